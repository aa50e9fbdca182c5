/**
 * One side of a board as edits of the previous side. Unchanged levels take no space, even if they moved.
 *
 * Edits start at the best level. Levels between two edits are unchanged. Levels after the tenth drop off the board, as
 * they do on the exchange.
 */

import { ABSENT, ASKS, LEVELS } from '../board.ts'
import type { FeedPrice } from '../units.ts'
import type { BitReader, BitWriter } from './bits.ts'
import { CodecError } from './bytes.ts'

/** The units in which prices and quantities of a board are whole numbers. */
export interface Scale {
  /** Price unit in 10⁻⁴ yen. */
  unit: FeedPrice
  /** Quantity unit in shares. */
  lot: number
}

const END = 0
const CHANGE = 1
const INSERT = 2
const REMOVE = 3
const KIND_BITS = 2

/** Orders of the exponential Golomb codes, chosen for the quantities and gaps of real boards. */
const QUANTITY_ORDER = 3
const GAP_ORDER = 0
/** A price without another level to count from. */
const PRICE_ORDER = 10

/** Returns whether a number is a multiple of `step`. */
export function isMultiple(value: number, step: number): boolean {
  // The remainder of 32-bit integers is much cheaper than that of doubles.
  return (value | 0) === value ? value % (step | 0) === 0 : value % step === 0
}

/**
 * Returns the number of levels of a side; −1 if the side is irregular. A regular side has no empty level between two
 * levels, its prices are in order, and prices and quantities are whole units and lots.
 * @param checked a board whose side is regular. Values that are equal in it are not checked again.
 */
export function depthOf(
  values: Float64Array,
  side: number,
  { unit, lot }: Scale,
  checked: Float64Array = values,
): number {
  const direction = side === ASKS ? 1 : -1
  const isNew = checked === values
  let last = 0
  let depth = 0
  for (let at = side; depth < LEVELS; at += 2, depth++) {
    const price = values[at]!
    const quantity = values[at + 1]!
    if (price === ABSENT && quantity === ABSENT) break
    if (price <= 0 || quantity < 0 || (depth > 0 && (price - last) * direction <= 0)) return -1
    if ((isNew || checked[at] !== price) && !isMultiple(price, unit)) return -1
    if ((isNew || checked[at + 1] !== quantity) && !isMultiple(quantity, lot)) return -1
    last = price
  }
  for (let at = side + 2 * depth; at < side + 2 * LEVELS; at++) if (values[at] !== ABSENT) return -1
  return depth
}

/**
 * Writes the edits of a regular side from `before` to `after`.
 * @param depths the result of {@link depthOf} for both boards.
 * @returns the shares that left the ten levels, less the shares that entered them.
 */
export function writeEdits(
  out: BitWriter,
  before: Float64Array,
  after: Float64Array,
  side: number,
  depths: { readonly before: number; readonly after: number },
  scale: Scale,
): number {
  const direction = side === ASKS ? 1 : -1
  const wasFull = depths.before === LEVELS
  let beyond = 0
  let old = 0
  let level = 0
  let run = 0
  while (level < depths.after || (old < depths.before && level < LEVELS)) {
    const oldAt = side + 2 * old
    const at = side + 2 * level
    const isBelowOld = old < depths.before
    // Positive: the old level was removed. Negative: the new level was inserted.
    const distance = level >= depths.after ? 1 : isBelowOld ? (after[at]! - before[oldAt]!) * direction : -1
    if (distance === 0 && after[at + 1] === before[oldAt + 1]) {
      run++
      old++
      level++
      continue
    }
    const kind = distance === 0 ? CHANGE : distance < 0 ? INSERT : REMOVE
    out.bits(KIND_BITS, kind)
    out.bits(runBits(depths.before - old + run, level - run), run)
    run = 0
    if (kind === CHANGE) {
      const growth = (after[at + 1]! - before[oldAt + 1]!) / scale.lot
      out.flag(growth < 0)
      out.count(QUANTITY_ORDER, Math.abs(growth) - 1)
    } else if (kind === INSERT) {
      const from = level > 0 ? after[at - 2]! : isBelowOld ? before[oldAt]! : 0
      const gap = Math.abs(after[at]! - from) / scale.unit
      if (from === 0) out.count(PRICE_ORDER, gap)
      else out.count(GAP_ORDER, gap - 1)
      out.count(QUANTITY_ORDER, after[at + 1]! / scale.lot)
      if (!isBelowOld && wasFull) beyond -= after[at + 1]!
    }
    if (kind !== INSERT) old++
    if (kind !== REMOVE) level++
  }
  for (; old < depths.before; old++) beyond += before[side + 2 * old + 1]!
  if (level < LEVELS || run > 0) out.bits(KIND_BITS, END)
  return beyond
}

/**
 * Reads edits of {@link writeEdits} into `after`.
 * @param depth levels of the side in `before`.
 * @returns the same as writeEdits.
 * @throws CodecError if the edits do not fit the side.
 */
export function readEdits(
  reader: BitReader,
  before: Float64Array,
  after: Float64Array,
  side: number,
  depth: number,
  scale: Scale,
): number {
  const direction = side === ASKS ? 1 : -1
  const wasFull = depth === LEVELS
  let beyond = 0
  let old = 0
  let level = 0
  const copyLevels = (count: number): void => {
    for (let left = count; left > 0; left--) {
      after[side + 2 * level] = before[side + 2 * old]!
      after[side + 2 * level++ + 1] = before[side + 2 * old++ + 1]!
    }
  }
  while (level < LEVELS) {
    const kind = reader.bits(KIND_BITS)
    const most = Math.min(depth - old, LEVELS - level)
    const run = kind === END ? most : reader.bits(runBits(depth - old, level))
    if (run > most) throw new CodecError(`expected at most ${most} unchanged levels, got ${run}`)
    copyLevels(run)
    if (kind === END) break
    const isBelowOld = old < depth
    const oldAt = side + 2 * old
    const at = side + 2 * level
    if (level === LEVELS || (kind !== INSERT && !isBelowOld)) {
      throw new CodecError(`expected an edit of level 1 to ${depth}, got level ${old + 1}`)
    }
    if (kind === CHANGE) {
      const shrinks = reader.flag()
      const growth = (reader.count(QUANTITY_ORDER) + 1) * scale.lot
      after[at] = before[oldAt]!
      after[at + 1] = before[oldAt + 1]! + (shrinks ? -growth : growth)
    } else if (kind === INSERT) {
      const from = level > 0 ? after[at - 2]! : isBelowOld ? before[oldAt]! : 0
      const gap = (from === 0 ? reader.count(PRICE_ORDER) : reader.count(GAP_ORDER) + 1) * scale.unit
      // A new best level precedes the old best level. Any other new level follows the level above it.
      after[at] = from === 0 ? gap : level > 0 ? from + gap * direction : from - gap * direction
      after[at + 1] = reader.count(QUANTITY_ORDER) * scale.lot
      if (!isBelowOld && wasFull) beyond -= after[at + 1]!
    }
    if (kind !== INSERT) old++
    if (kind !== REMOVE) level++
  }
  for (; old < depth; old++) beyond += before[side + 2 * old + 1]!
  for (let at = side + 2 * level; at < side + 2 * LEVELS; at++) after[at] = ABSENT
  return beyond
}

/** Returns the bits of a number of unchanged levels: at most `levelsLeft`, and at most as many as fit the side. */
function runBits(levelsLeft: number, level: number): number {
  return 32 - Math.clz32(Math.min(levelsLeft, LEVELS - level))
}
