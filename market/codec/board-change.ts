/**
 * A board as its difference from the previous board. The difference has three parts: a trade, edits of the two sides,
 * and exceptions. An exception is a field that the first two parts do not predict. The writer predicts the board in the
 * same way as the reader.
 */

import { ABSENT, ASKS, BIDS, F, FIELD_COUNT, LEVELS, MAX_VALUE, orZero } from '../board.ts'
import type { DayMicros } from '../units.ts'
import type { BitReader, BitWriter } from './bits.ts'
import { CodecError } from './bytes.ts'
import { depthOf, isMultiple, readEdits, type Scale, writeEdits } from './level-edits.ts'
import { predictMessage, predictQuote, predictTrade } from './tick-prediction.ts'

/** The state of an issue within a body. Writer and reader have the same state. */
export interface IssueContext extends Scale {
  values: Float64Array
  /** Levels of each side, −1 if the side is irregular: see {@link depthOf}. */
  askDepth: number
  bidDepth: number
}

/** Orders of the exponential Golomb codes. */
const LOTS_ORDER = 2
const MOVE_ORDER = 0
const LIST_ORDER = 0
const GAP_ORDER = 3
const VALUE_ORDER = 7
/** Most bytes of one exception. */
const FIELD_BYTES = 32

/**
 * Writes the difference from the board in `context` to `after`, and keeps `after` in the context.
 * @param draft buffer of a board's size.
 * @throws RangeError if a number is not whole or too large. The context cannot be used afterwards.
 */
export function writeChange(
  out: BitWriter,
  context: IssueContext,
  after: Float64Array,
  time: DayMicros,
  draft: Float64Array,
): void {
  const { values } = context
  draft.set(values)
  predictMessage(draft, time)
  const lots = tradedLots(values, after, context)
  out.flag(lots > 0)
  if (lots > 0) {
    const price = after[F.last]!
    out.count(LOTS_ORDER, lots - 1)
    const move = (price - orZero(values[F.last]!)) / context.unit
    out.signed(MOVE_ORDER, move)
    predictTrade(draft, lots * context.lot, price, time)
  }
  context.askDepth = writeSide(out, context, after, ASKS, context.askDepth, draft)
  context.bidDepth = writeSide(out, context, after, BIDS, context.bidDepth, draft)
  predictQuote(draft, values, ASKS, time)
  predictQuote(draft, values, BIDS, time)
  writeExceptions(out, draft, after)
  values.set(after)
}

/** Reads a difference of {@link writeChange}. Returns the new board, which the context keeps. */
export function readChange(reader: BitReader, context: IssueContext, time: DayMicros): Float64Array {
  const before = context.values
  const after = before.slice()
  predictMessage(after, time)
  if (reader.flag()) {
    const lots = reader.count(LOTS_ORDER) + 1
    const price = orZero(before[F.last]!) + reader.signed(MOVE_ORDER) * context.unit
    predictTrade(after, lots * context.lot, price, time)
  }
  readSide(reader, context, after, ASKS, context.askDepth)
  readSide(reader, context, after, BIDS, context.bidDepth)
  predictQuote(after, before, ASKS, time)
  predictQuote(after, before, BIDS, time)
  readExceptions(reader, after)
  context.askDepth = depthOf(after, ASKS, context)
  context.bidDepth = depthOf(after, BIDS, context)
  context.values = after
  return after
}

/** Returns the lots traded at the last price; 0 if the volume does not fit a trade in whole lots. */
function tradedLots(before: Float64Array, after: Float64Array, { unit, lot }: Scale): number {
  const volume = after[F.volume]!
  if (volume === before[F.volume] || volume === ABSENT) return 0
  const growth = volume - orZero(before[F.volume]!)
  const price = after[F.last]!
  if (growth <= 0 || !isMultiple(growth, lot) || price === ABSENT) return 0
  return isMultiple(price - orZero(before[F.last]!), unit) ? growth / lot : 0
}

function writeSide(
  out: BitWriter,
  context: IssueContext,
  after: Float64Array,
  side: typeof ASKS | typeof BIDS,
  before: number,
  draft: Float64Array,
): number {
  const { values } = context
  let isSame = true
  for (let at = side; at < side + 2 * LEVELS; at++) if (values[at] !== after[at]) isSame = false
  if (isSame) {
    out.flag(false)
    return before
  }
  const depth = before < 0 ? depthOf(after, side, context) : depthOf(after, side, context, values)
  const isEdit = before >= 0 && depth >= 0
  out.flag(isEdit)
  if (!isEdit) return depth
  const beyond = writeEdits(out, values, after, side, { before, after: depth }, context)
  for (let at = side; at < side + 2 * LEVELS; at++) draft[at] = after[at]!
  addBeyond(draft, side, beyond)
  return depth
}

function readSide(
  reader: BitReader,
  context: IssueContext,
  after: Float64Array,
  side: typeof ASKS | typeof BIDS,
  depth: number,
): void {
  if (!reader.flag()) return
  if (depth < 0) throw new CodecError('expected a field by field difference of levels, got edits')
  addBeyond(after, side, readEdits(reader, context.values, after, side, depth, context))
}

/** Adds shares that left the ten levels to OVER or UNDER. The number is negative for shares that entered. */
function addBeyond(values: Float64Array, side: typeof ASKS | typeof BIDS, shares: number): void {
  const field = side === ASKS ? F.over : F.under
  if (values[field] !== ABSENT) values[field]! += shares
}

/** Writes the fields in which `after` differs from the prediction in `draft`. */
export function writeExceptions(out: BitWriter, draft: Float64Array, after: Float64Array): void {
  let count = 0
  for (let field = 0; field < FIELD_COUNT; field++) if (draft[field] !== after[field]) count++
  out.count(LIST_ORDER, count)
  if (count === 0) return
  let next = 0
  for (let field = 0; field < FIELD_COUNT; field++) {
    const value = after[field]!
    const predicted = draft[field]!
    if (predicted === value) continue
    out.reserve(FIELD_BYTES)
    out.count(GAP_ORDER, field - next)
    next = field + 1
    out.flag(value === ABSENT)
    if (value === ABSENT) continue
    if (!(Number.isInteger(value) && Math.abs(value) <= MAX_VALUE)) {
      throw new RangeError(`expected whole numbers up to ${MAX_VALUE} in size, got ${value}`)
    }
    out.signed(VALUE_ORDER, value - baseOf(predicted))
  }
}

/** Reads exceptions into the predicted board. */
export function readExceptions(reader: BitReader, values: Float64Array): void {
  let field = 0
  for (let left = reader.count(LIST_ORDER); left > 0; left--) {
    field += reader.count(GAP_ORDER)
    if (field >= FIELD_COUNT) throw new CodecError(`expected a field below ${FIELD_COUNT}, got ${field}`)
    values[field] = reader.flag() ? ABSENT : baseOf(values[field]!) + reader.signed(VALUE_ORDER)
    field++
  }
}

/** Returns the base of an exception's distance: the predicted value, or 0 if distances from it would not be exact. */
function baseOf(predicted: number): number {
  return Math.abs(predicted) <= MAX_VALUE ? predicted : 0
}
