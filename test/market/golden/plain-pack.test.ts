import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { ABSENT, ASKS, BIDS, emptyBoard, F, statusNumber } from '../../../market/board.ts'
import { decodePack, encodePack } from '../../../market/codec/pack.ts'
import type { Tick } from '../../../market/tick.ts'
import { asTradingDate } from '../../../market/units.ts'
import { type Level, type PlainTick, type Traded, writePlainPack } from './plain-pack.ts'

const SECOND = 1_000_000
const NOON = 12 * 3_600 * SECOND
const GENERAL_SIGN = 1

/** Returns the tick with every field that follows from the others. */
function tickOf(plain: PlainTick): Tick {
  const { code, asks, bids, traded, time } = plain
  const board = emptyBoard(code)
  const { values } = board
  values[F.updateNumber] = plain.updateNumber
  values[F.status] = statusNumber(plain.status)
  values[F.statusTime] = time
  for (const [side, levels] of [
    [ASKS, asks],
    [BIDS, bids],
  ] as const) {
    for (const [level, [price, quantity]] of levels.entries()) values.set([price, quantity], side + 2 * level)
  }
  if (asks.length > 0) values.set([plain.askTime, GENERAL_SIGN], F.askTime)
  if (bids.length > 0) values.set([plain.bidTime, GENERAL_SIGN], F.bidTime)
  values[F.over] = plain.over
  values[F.under] = plain.under
  values[F.marketSell] = plain.marketSell
  values[F.marketBuy] = plain.marketBuy
  if (traded !== undefined) {
    const { volume, turnover, lastTime } = traded
    for (const name of [
      'last',
      'lastTime',
      'open',
      'openTime',
      'high',
      'highTime',
      'low',
      'lowTime',
    ] as const)
      values[F[name]] = traded[name]
    values[F.volume] = volume
    values[F.volumeTime] = lastTime - (lastTime % SECOND)
    values[F.turnover] = turnover
    // Adding 0 turns −0 into 0.
    values[F.vwap] = volume > 0 ? Math.round((turnover * 100) / volume) + 0 : ABSENT
  }
  return {
    tradingDate: asTradingDate(plain.tradingDate),
    line: plain.line,
    sequence: plain.sequence,
    time,
    board,
  }
}

/** Returns `count` levels from a price on, with gaps of one to three units, up or down. */
const levelsFrom = (start: number, unit: number, lot: number, direction: 1 | -1) =>
  fc
    .array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 50_000 })), { maxLength: 10 })
    .map((steps): Level[] => {
      let price = start
      return steps.map(([gap, lots], index) => {
        if (index > 0) price += direction * gap * unit
        return [price, lots * lot]
      })
    })

const before = (time: number) => fc.oneof(fc.constant(time), fc.integer({ min: 0, max: time }))
const secondBefore = (time: number) =>
  fc.integer({ min: 0, max: Math.floor(time / SECOND) }).map(second => second * SECOND)

/** Generates a board as it may be at any time of a day. */
const plainTicks: fc.Arbitrary<PlainTick> = fc
  .record({
    unit: fc.constantFrom(1, 1_000, 5_000, 10_000, 50_000, 10_000_000),
    lot: fc.constantFrom(1, 10, 100),
    best: fc.integer({ min: 100, max: 20_000 }),
    spread: fc.integer({ min: -3, max: 12 }),
    time: fc.integer({ min: NOON, max: NOON + 3_600 * SECOND }),
  })
  .chain(({ unit, lot, best, spread, time }) => {
    const price = fc.integer({ min: best - 50, max: best + 50 }).map(units => units * unit)
    const traded: fc.Arbitrary<Traded> = fc
      .record({
        prices: fc.array(price, { minLength: 4, maxLength: 4 }),
        lots: fc.integer({ min: 1, max: 1_000 }),
        off: fc.integer({ min: -500, max: 500 }),
        lastTime: before(time),
        openTime: secondBefore(time),
      })
      .chain(({ prices, lots, off, lastTime, openTime }) => {
        const [last, open, one, other] = prices as [number, number, number, number]
        const lastSecond = lastTime - (lastTime % SECOND)
        const extremeTime = fc.oneof(fc.constant(lastSecond), fc.constant(openTime), secondBefore(time))
        const step = Math.max(1, Math.floor((unit * lot) / 100))
        const volume = lots * lot
        return fc.record({
          last: fc.constant(last),
          open: fc.constant(open),
          high: fc.constantFrom(Math.max(last, open), Math.max(last, open, one, other)),
          low: fc.constantFrom(Math.min(last, open), Math.min(last, open, one, other)),
          lastTime: fc.constant(lastTime),
          openTime: fc.constant(openTime),
          highTime: extremeTime,
          lowTime: extremeTime,
          volume: fc.constant(volume),
          turnover: fc.constant(Math.round((volume * last) / 100) + off * step),
        })
      })
    return fc.record({
      tradingDate: fc.constant(20261120),
      line: fc.integer({ min: 1, max: 3 }),
      code: fc.constantFrom('7203', '0001', '130A', '25935'),
      sequence: fc.integer({ min: 1, max: 100_000_000 }),
      time: fc.constant(time),
      updateNumber: fc.integer({ min: 0, max: 1_000_000 }),
      status: fc.constantFrom('20', '11', '0 '),
      bids: levelsFrom(best * unit, unit, lot, -1),
      asks: levelsFrom((best + spread) * unit, unit, lot, 1),
      askTime: before(time),
      bidTime: before(time),
      over: fc.integer({ min: 0, max: 10_000 }).map(lots => lots * lot),
      under: fc.integer({ min: 0, max: 10_000 }).map(lots => lots * lot),
      marketSell: fc.integer({ min: 0, max: 100 }).map(lots => lots * 100),
      marketBuy: fc.integer({ min: 0, max: 100 }).map(lots => lots * 100),
      traded,
      isTraded: fc.boolean(),
    })
  })
  .map(({ isTraded, traded, ...tick }): PlainTick => (isTraded ? { ...tick, traded } : tick))
  // A unit of the board may be larger than that of the generator. Then the turnover may lie between two steps.
  .filter(hasWholeSteps)

function hasWholeSteps({ traded, asks, bids, over, under }: PlainTick): boolean {
  if (traded === undefined) return true
  const prices = [...asks, ...bids]
    .map(([price]) => price)
    .concat(traded.last, traded.open, traded.high, traded.low)
  const quantities = [...asks, ...bids].map(([, quantity]) => quantity).concat(over, under, traded.volume)
  const largest = (sizes: readonly number[], values: readonly number[]): number =>
    sizes.findLast(size => values.every(value => value % size === 0)) ?? 1
  const unit = largest([1, 1e3, 5e3, 1e4, 5e4, 1e5, 5e5, 1e6, 5e6, 1e7, 5e7], prices)
  const lot = largest([1, 10, 100], quantities)
  const step = Math.max(1, Math.floor((unit * lot) / 100))
  return (traded.turnover - Math.round((traded.volume * traded.last) / 100)) % step === 0
}

suite('a pack of one tick', () => {
  test('has the bytes that the document describes, written by a writer of its own', () => {
    fc.assert(
      fc.property(plainTicks, plain => {
        const tick = tickOf(plain)
        assert.equal(Buffer.from(encodePack([tick])).toString('hex'), writePlainPack(plain).toString('hex'))
        assert.deepEqual(decodePack(writePlainPack(plain)), [tick])
      }),
      { numRuns: 500 },
    )
  })

  test('has these bytes, computed by hand', () => {
    // Code 7203, sequence 5, 09:00:00; one ask of 100 shares at 101 yen, one bid of 300 at 100 yen, nothing traded.
    const time = 9 * 3_600 * SECOND
    const quotes = {
      asks: [[1_010_000, 100]],
      bids: [[1_000_000, 300]],
      askTime: time,
      bidTime: time,
    } as const
    const sums = { over: 0, under: 0, marketSell: 0, marketBuy: 0 }
    const place = { tradingDate: 20261120, line: 2, code: '7203', sequence: 5, time }
    const tick = tickOf({ ...place, updateNumber: 9, status: '20', ...quotes, ...sums })
    const bits = [
      '1 11000100001110', // a code of four digits: 7203 = 1c23
      '10 01 0', // sequence: 5 − 1 = 4 as a count of order 1, 6 = 110, one more bit; not negative
      `${'1'.repeat(27)}0 ${[...(32_400_000_000 + 128 - 2 ** 34).toString(2).padStart(34, '0')].reverse().join('')} 0`, // time, order 7
      '0 1001000', // update number 9, order 7: 9 + 128 = 1 0001001
      '1', // status: trading
      '1100 01', // unit 3: 1 yen; lot 2: 100 shares
      '0 1000 1000', // depths 1 and 1
      '0 0010011000', // bid: 100, order 10: 100 + 1024 = 1 0001100100
      '0', // spread: one unit, so 0 as a count of order 0
      '0 100', // ask: 1 lot, order 3: 1 + 8 = 1 001
      '0 110', // bid: 3 lots: 3 + 8 = 1 011
      '1 0 0000000'.repeat(4), // over, under and market orders: 0 lots, order 7
      '1', // ask time: that of the tick
      '1', // bid time: that of the ask
      '0', // nothing traded
      '0', // no exceptions
      '1', // no news
    ]
    const text = bits.join('').replaceAll(' ', '')
    const body = (text.match(/.{1,8}/g) ?? []).map(octet =>
      Number.parseInt([...octet.padEnd(8, '0')].reverse().join(''), 2),
    )
    const bytes = [3, 2, 0x80, 0xd2, 0xd4, 0x09, 1, ...body]
    assert.deepEqual([...encodePack([tick])].slice(0, -4), bytes)
  })
})
