/** A whole board, written for the first tick of an issue in a body: its layout, then the exceptions. */
import { ABSENT, ASKS, BIDS, emptyBoard, F, LEVELS } from '../board.ts'
import type { DayMicros } from '../units.ts'
import type { BitReader, BitWriter } from './bits.ts'
import { type IssueContext, readExceptions, writeExceptions } from './board-change.ts'
import { depthOf, isMultiple, type Scale } from './level-edits.ts'
import { LOTS, portWhole, type Shape, UNITS, type WholeContext } from './whole-layout.ts'

/**
 * Writes a board and keeps it in the context of its issue.
 * @param draft buffer of a board's size.
 * @throws RangeError if a number is not whole or too large.
 */
export function writeWhole(
  out: BitWriter,
  whole: WholeContext,
  context: IssueContext,
  board: Float64Array,
  time: DayMicros,
  draft: Float64Array,
): void {
  let askDepth = keptDepth(context, board, ASKS, context.askDepth)
  let bidDepth = keptDepth(context, board, BIDS, context.bidDepth)
  if (askDepth < 0 || bidDepth < 0) {
    setScale(context, board)
    askDepth = depthOf(board, ASKS, context)
    bidDepth = depthOf(board, BIDS, context)
  }
  draft.set(BLANK)
  context.askDepth = Math.max(0, askDepth)
  context.bidDepth = Math.max(0, bidDepth)
  portWhole(out, whole, context, board, draft, time)
  context.askDepth = askDepth
  context.bidDepth = bidDepth
  writeExceptions(out, draft, board)
  context.values.set(board)
}

/**
 * Reads a board into `values`, which must be blank.
 * @throws CodecError if the bytes are invalid.
 */
export function readWhole(
  reader: BitReader,
  whole: WholeContext,
  values: Float64Array,
  time: DayMicros,
): IssueContext {
  const shape = portWhole(reader, whole, NO_SHAPE, values, values, time)
  readExceptions(reader, values)
  const { unit, lot } = shape
  return { unit, lot, values, askDepth: depthOf(values, ASKS, shape), bidDepth: depthOf(values, BIDS, shape) }
}

const BLANK = emptyBoard('').values

/** Returns the depth of a side in the units that the issue had in the previous body; −1 if they do not fit any more. */
function keptDepth(
  context: IssueContext,
  board: Float64Array,
  side: typeof ASKS | typeof BIDS,
  before: number,
): number {
  return before > 0 ? depthOf(board, side, context, context.values) : -1
}

const NO_SHAPE: Shape = { unit: 1, lot: 1, askDepth: 0, bidDepth: 0 }

/** Sets the largest units of which all prices and quantities of a board are multiples. */
function setScale(scale: Scale, board: Float64Array): void {
  let unit = UNITS.length - 1
  let lot = LOTS.length - 1
  const fitPrice = (price: number): void => {
    if (price !== ABSENT) while (unit > 0 && !isMultiple(price, UNITS[unit]!)) unit--
  }
  const fitQuantity = (quantity: number): void => {
    if (quantity !== ABSENT) while (lot > 0 && !isMultiple(quantity, LOTS[lot]!)) lot--
  }
  for (let at = ASKS; at < ASKS + 4 * LEVELS; at += 2) {
    fitPrice(board[at]!)
    fitQuantity(board[at + 1]!)
  }
  fitPrice(board[F.last]!)
  fitPrice(board[F.open]!)
  fitPrice(board[F.high]!)
  fitPrice(board[F.low]!)
  fitQuantity(board[F.volume]!)
  fitQuantity(board[F.over]!)
  fitQuantity(board[F.under]!)
  scale.unit = UNITS[unit]!
  scale.lot = LOTS[lot]!
}
