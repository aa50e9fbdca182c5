/**
 * Writes a pack of one tick as docs/pack-format.md describes it, one bit after the other. It shares no code with
 * market/codec, so a change of writer and reader together does not change it.
 */
import { crc32 } from 'node:zlib'

/** A price level: price in 10⁻⁴ yen, quantity in shares. */
export type Level = readonly [price: number, quantity: number]

/** What the exchange has traded. Prices in 10⁻⁴ yen, times in µs of the day, turnover in 10⁻² yen. */
export interface Traded {
  readonly last: number
  readonly lastTime: number
  readonly open: number
  readonly openTime: number
  readonly high: number
  readonly highTime: number
  readonly low: number
  readonly lowTime: number
  readonly volume: number
  readonly turnover: number
}

/** A board without any exception: each field has a value that the layout can hold. */
export interface PlainTick {
  readonly tradingDate: number
  readonly line: number
  readonly code: string
  readonly sequence: number
  /** µs of the day. */
  readonly time: number
  readonly updateNumber: number
  /** The two characters of the status; `20` is trading. */
  readonly status: string
  /** Best first, with rising prices. */
  readonly asks: readonly Level[]
  /** Best first, with falling prices. */
  readonly bids: readonly Level[]
  readonly askTime: number
  readonly bidTime: number
  readonly over: number
  readonly under: number
  readonly marketSell: number
  readonly marketBuy: number
  readonly traded?: Traded
}

/** Tick sizes in 10⁻⁴ yen: 0.0001, 0.1, 0.5, 1, 5, 10, 50, 100, 500, 1,000 and 5,000 yen. */
const UNITS = [
  1, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000, 10_000_000, 50_000_000,
]
const LOTS = [1, 10, 100]
const SECOND = 1_000_000

/** Bits as text, in the order in which they fill the bytes. */
class PlainBits {
  #text = ''

  bits(count: number, value: number): void {
    this.#text += [...value.toString(2).padStart(count, '0')].reverse().join('')
  }

  flag(value: boolean): void {
    this.#text += value ? '1' : '0'
  }

  count(order: number, value: number): void {
    const sum = (BigInt(value) + 2n ** BigInt(order)).toString(2)
    // The sum has k + n + 1 bits. The highest is 1 and is not written.
    this.#text += `${'1'.repeat(sum.length - 1 - order)}0`
    this.#text += [...sum.slice(1)].reverse().join('')
  }

  signed(order: number, value: number): void {
    this.count(order, Math.abs(value))
    if (value !== 0) this.flag(value < 0)
  }

  bytes(): number[] {
    const octets = this.#text.match(/.{1,8}/g) ?? []
    return octets.map(octet => Number.parseInt([...octet.padEnd(8, '0')].reverse().join(''), 2))
  }
}

function leb128(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) + 128)
  }
}

/** Returns the place of the largest size that divides all values. */
function largestDividing(sizes: readonly number[], values: readonly number[]): number {
  return sizes.findLastIndex(size => values.every(value => value % size === 0))
}

export function writePlainPack(tick: PlainTick): Buffer {
  const bits = new PlainBits()
  const isFourDigits = /^\d{4}$/.test(tick.code)
  bits.flag(isFourDigits)
  if (isFourDigits) bits.bits(14, Number(tick.code))
  else {
    bits.bits(5, tick.code.length)
    for (const character of tick.code) bits.bits(7, character.charCodeAt(0))
  }
  bits.signed(1, tick.sequence - 1)
  bits.signed(7, tick.time)
  writeBoard(bits, tick)
  // No exceptions, and no news.
  bits.count(0, 0)
  bits.flag(true)
  const bytes = Buffer.from([3, tick.line, ...leb128(tick.tradingDate), ...leb128(1), ...bits.bytes()])
  const crc = Buffer.alloc(4)
  crc.writeUInt32BE(crc32(bytes))
  return Buffer.concat([bytes, crc])
}

function writeBoard(bits: PlainBits, tick: PlainTick): void {
  const { asks, bids, traded, status } = tick
  bits.count(7, tick.updateNumber)
  bits.flag(status === '20')
  if (status !== '20') bits.count(14, status.charCodeAt(0) * 256 + status.charCodeAt(1))

  const levels = [...asks, ...bids]
  const prices = levels.map(([price]) => price)
  const quantities = levels.map(([, quantity]) => quantity)
  const { over, under } = tick
  const tradedPrices = traded === undefined ? [] : [traded.last, traded.open, traded.high, traded.low]
  const unitIndex = largestDividing(UNITS, [...prices, ...tradedPrices])
  const lotIndex = largestDividing(LOTS, [
    ...quantities,
    over,
    under,
    ...(traded === undefined ? [] : [traded.volume]),
  ])
  const [unit, lot] = [UNITS[unitIndex]!, LOTS[lotIndex]!]
  bits.bits(4, unitIndex)
  bits.bits(2, lotIndex)
  const isFull = asks.length === 10 && bids.length === 10
  bits.flag(isFull)
  if (!isFull) {
    bits.bits(4, asks.length)
    bits.bits(4, bids.length)
  }
  writeLevels(bits, tick, unit, lot)
  for (const sum of [over, under, tick.marketSell, tick.marketBuy]) {
    bits.flag(sum % lot === 0)
    bits.count(7, sum / lot)
  }
  if (asks.length > 0) writeTime(bits, tick.askTime, tick.time)
  if (bids.length > 0) {
    const isSame = asks.length > 0 && tick.bidTime === tick.askTime
    bits.flag(isSame)
    if (!isSame) writeTime(bits, tick.bidTime, tick.time)
  }
  bits.flag(traded !== undefined)
  if (traded !== undefined) writeTraded(bits, tick, traded, unit, lot)
}

function writeLevels(bits: PlainBits, { asks, bids }: PlainTick, unit: number, lot: number): void {
  const [bestAsk, bestBid] = [asks[0]?.[0], bids[0]?.[0]]
  if (bestBid !== undefined) bits.count(10, bestBid / unit)
  if (bestAsk !== undefined) {
    if (bestBid === undefined) bits.count(10, bestAsk / unit)
    else bits.signed(0, (bestAsk - bestBid) / unit - 1)
  }
  for (const side of [asks, bids]) {
    for (let level = 1; level < side.length; level++)
      bits.count(0, Math.abs(side[level]![0] - side[level - 1]![0]) / unit - 1)
  }
  for (const [, quantity] of [...asks, ...bids]) bits.count(3, quantity / lot)
}

/** Writes a time that is not after `now`. */
function writeTime(bits: PlainBits, time: number, now: number): void {
  bits.flag(time === now)
  if (time === now) return
  const distance = now - time
  bits.count(1, Math.floor(distance / 2 ** 20))
  bits.bits(20, distance % 2 ** 20)
}

/** Writes a time in whole seconds that is not after `now`. */
function writeSecond(bits: PlainBits, time: number, now: number): void {
  bits.count(4, (now - (now % SECOND) - time) / SECOND)
}

function writeTraded(bits: PlainBits, tick: PlainTick, traded: Traded, unit: number, lot: number): void {
  const { last, open, high, low, lastTime, openTime, volume } = traded
  const best = tick.bids[0]?.[0] ?? tick.asks[0]?.[0] ?? 0
  bits.signed(1, (last - best) / unit)
  bits.signed(2, (open - last) / unit)
  bits.count(2, (high - Math.max(last, open)) / unit)
  bits.count(2, (Math.min(last, open) - low) / unit)
  const quoted = Math.max(
    0,
    ...(tick.asks.length > 0 ? [tick.askTime] : []),
    ...(tick.bids.length > 0 ? [tick.bidTime] : []),
  )
  bits.flag(lastTime === quoted)
  if (lastTime !== quoted) writeTime(bits, lastTime, tick.time)
  // The first board of a pack predicts an open time of 0.
  bits.flag(openTime === 0)
  if (openTime !== 0) writeSecond(bits, openTime, tick.time)
  const lastSecond = lastTime - (lastTime % SECOND)
  for (const [price, time] of [
    [high, traded.highTime],
    [low, traded.lowTime],
  ] as const) {
    if (price === last) {
      bits.flag(time === lastSecond)
      if (time === lastSecond) continue
    }
    if (price === open) {
      bits.flag(time === openTime)
      if (time === openTime) continue
    }
    writeSecond(bits, time, tick.time)
  }
  bits.count(8, volume / lot)
  const step = Math.max(1, Math.floor((unit * lot) / 100))
  bits.signed(9, (traded.turnover - Math.round((volume * last) / 100)) / step)
}
