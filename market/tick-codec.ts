/**
 * Ticks as bytes: the body that envelopes and packs share.
 *
 * An issue's first tick in a body is written against an empty board, later ones against the tick before. Each
 * field is written only where a prediction from what both sides know fails, as the distance from that prediction.
 */
import { ABSENT, ASKS, emptyBoard, F, FIELD_COUNT, PRICE_SCALE } from './board.ts'
import { ByteReader, type ByteWriter, CodecError, foldSign, MAX_MAGNITUDE, unfoldSign } from './bytes.ts'
import type { Side, Tick, Trade } from './tick.ts'
import { anchor, growthOfVolume, predict } from './tick-prediction.ts'

/** Prices are multiples of 0.1 yen, the smallest tick size: distances are written in that unit where they can be. */
const PRICE_STEP = PRICE_SCALE / 10
/** Most trading units are 100 shares. */
const QUANTITY_STEP = 100

const HAS_TRADE = 1
/** The trade's price is the last price and its quantity the growth of the volume. */
const TRADE_FROM_BOARD = 2
const SIDE_SHIFT = 2
const SIDE_MASK = 3
const HAS_AVERAGE = 16
const LOST = 32
const SIDES: readonly (Side | undefined)[] = [undefined, 'buy', 'sell']

/** How a field's distance is scaled, by field. */
const STEPS = stepOfFields()
interface Context {
  readonly index: number
  readonly values: Float64Array
}

/** Writes ticks of one trading date and line, one after the other. */
export class TickEncoder {
  readonly #out: ByteWriter
  readonly #contexts = new Map<string, Context>()
  readonly #changed: number[] = []
  #sequence = 0
  #time = 0
  #count = 0

  constructor(out: ByteWriter) {
    this.#out = out
  }

  get count(): number {
    return this.#count
  }

  /** @throws RangeError when a number of the tick is beyond what the format can hold; nothing is then written. */
  add(tick: Tick): void {
    const { issue, values } = tick.board
    checkMagnitudes(tick)
    const out = this.#out
    let context = this.#contexts.get(issue)
    if (context === undefined) {
      context = { index: this.#contexts.size + 1, values: emptyBoard(issue).values }
      this.#contexts.set(issue, context)
      out.unsigned(0)
      out.ascii(issue)
    } else {
      out.unsigned(context.index)
    }
    out.signed(tick.sequence - this.#sequence)
    out.signed(tick.time - this.#time)
    this.#sequence = tick.sequence
    this.#time = tick.time
    this.#trade(tick, context.values)
    this.#fields(context.values, values, tick.time)
    context.values.set(values)
    this.#count++
  }

  clear(): void {
    this.#contexts.clear()
    this.#sequence = 0
    this.#time = 0
    this.#count = 0
  }

  #trade({ trade, lost, board }: Tick, before: Float64Array): void {
    const mark = lost ? LOST : 0
    if (trade === undefined) {
      this.#out.byte(mark)
      return
    }
    const after = board.values
    const fromBoard = trade.price === after[F.last] && trade.quantity === growthOfVolume(before, after)
    const average = trade.average === undefined ? 0 : HAS_AVERAGE
    const side = SIDES.indexOf(trade.side) << SIDE_SHIFT
    this.#out.byte(HAS_TRADE | (fromBoard ? TRADE_FROM_BOARD : 0) | side | average | mark)
    if (!fromBoard) {
      this.#out.unsigned(trade.price)
      this.#out.unsigned(trade.quantity)
    }
    if (trade.average !== undefined) this.#out.signed(trade.average - trade.price)
  }

  #fields(before: Float64Array, after: Float64Array, time: number): void {
    const changed = this.#changed
    changed.length = 0
    for (let field = 0; field < FIELD_COUNT; field++) {
      if (after[field] !== predict(field, before, after, time)) changed.push(field)
    }
    const out = this.#out
    out.unsigned(changed.length)
    let next = 0
    for (const field of changed) {
      out.unsigned(field - next)
      next = field + 1
      const value = after[field]!
      if (value === ABSENT) out.byte(0)
      else out.unsigned(1 + scale(value - anchor(field, before, after, time), STEPS[field]!))
    }
  }
}

/**
 * Reads ticks until the end of the bytes. Each has a board of its own.
 * @throws CodecError
 */
export function decodeTicks(bytes: Uint8Array, line: number, tradingDate: number): Tick[] {
  const reader = new ByteReader(bytes)
  const contexts: { issue: string; values: Float64Array }[] = []
  const ticks: Tick[] = []
  let sequence = 0
  let time = 0
  while (!reader.atEnd) {
    const index = reader.unsigned()
    if (index === 0) contexts.push(emptyBoard(reader.ascii()))
    const context = contexts[index === 0 ? contexts.length - 1 : index - 1]
    if (context === undefined) {
      throw new CodecError(
        `expected an issue of ${contexts.length} known before offset ${reader.offset}, got number ${index}`,
      )
    }
    sequence += reader.signed()
    time += reader.signed()
    const flags = reader.byte()
    const stated = flags & HAS_TRADE && !(flags & TRADE_FROM_BOARD)
    const price = stated ? reader.unsigned() : 0
    const quantity = stated ? reader.unsigned() : 0
    const distance = flags & HAS_AVERAGE ? reader.signed() : undefined
    const values = readFields(reader, context.values, time)
    const tradePrice = stated ? price : values[F.last]!
    const trade: Trade | undefined =
      flags & HAS_TRADE
        ? {
            price: tradePrice,
            quantity: stated ? quantity : growthOfVolume(context.values, values),
            ...sideOf((flags >> SIDE_SHIFT) & SIDE_MASK, reader),
            ...(distance === undefined ? {} : { average: tradePrice + distance }),
          }
        : undefined
    context.values = values
    const board = { issue: context.issue, values }
    ticks.push({
      tradingDate,
      line,
      sequence,
      time,
      board,
      ...(trade === undefined ? {} : { trade }),
      ...(flags & LOST ? { lost: true } : {}),
    })
  }
  return ticks
}

function readFields(reader: ByteReader, before: Float64Array, time: number): Float64Array {
  const after = new Float64Array(FIELD_COUNT)
  let left = reader.unsigned()
  let changed = left-- > 0 ? reader.unsigned() : FIELD_COUNT
  for (let field = 0; field < FIELD_COUNT; field++) {
    if (field !== changed) {
      after[field] = predict(field, before, after, time)
      continue
    }
    const code = reader.unsigned()
    after[field] = code === 0 ? ABSENT : anchor(field, before, after, time) + unscale(code - 1, STEPS[field]!)
    changed = left-- > 0 ? field + 1 + reader.unsigned() : FIELD_COUNT
  }
  if (left >= 0)
    throw new CodecError(`expected fields below ${FIELD_COUNT} before offset ${reader.offset}, got more`)
  return after
}

function sideOf(code: number, reader: ByteReader): { side?: Side } {
  if (code >= SIDES.length)
    throw new CodecError(`expected a side of 0 to 2 before offset ${reader.offset}, got ${code}`)
  const side = SIDES[code]
  return side === undefined ? {} : { side }
}

/** Distance → code: in whole steps (even codes) where it is a multiple of the step, else as it is (odd codes). */
function scale(distance: number, step: number): number {
  if (step === 1) return foldSign(distance)
  return distance % step === 0 ? 2 * foldSign(distance / step) : 2 * foldSign(distance) + 1
}

function unscale(code: number, step: number): number {
  if (step === 1) return unfoldSign(code)
  return code % 2 === 0 ? unfoldSign(code / 2) * step : unfoldSign((code - 1) / 2)
}

function stepOfFields(): Uint16Array {
  const steps = new Uint16Array(FIELD_COUNT).fill(1)
  for (const field of [F.open, F.high, F.low, F.last]) steps[field] = PRICE_STEP
  for (const field of [F.volume, F.marketSell, F.marketBuy, F.over, F.under]) steps[field] = QUANTITY_STEP
  for (let field = ASKS; field < FIELD_COUNT; field += 2) {
    steps[field] = PRICE_STEP
    steps[field + 1] = QUANTITY_STEP
  }
  return steps
}

function checkMagnitudes({ board, sequence, time, trade }: Tick): void {
  for (const value of board.values) {
    if (value !== ABSENT && !(Number.isInteger(value) && Math.abs(value) <= MAX_MAGNITUDE / 2))
      refuse(board.issue, sequence, value)
  }
  for (const value of [sequence, time, trade?.price ?? 0, trade?.quantity ?? 0, trade?.average ?? 0]) {
    if (!(Number.isInteger(value) && value >= 0 && value <= MAX_MAGNITUDE / 2))
      refuse(board.issue, sequence, value)
  }
}

function refuse(issue: string, sequence: number, value: number): never {
  throw new RangeError(
    `tick ${sequence} of issue ${issue}: expected whole numbers up to ${MAX_MAGNITUDE / 2} in size, got ${value}`,
  )
}
