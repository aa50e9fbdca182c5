/**
 * The envelopes of a lane that were given up and are not stored, as ranges of counters.
 *
 * The first envelope of a task names the envelope that the task follows (docs/envelope-format.md). If the first envelope
 * was given up, nobody knows how far the task before it got. So everything that the earlier task may have sent counts as missing: an
 * open range. The first envelope ends the open range when it is delivered again.
 *
 * What comes after the followed envelope is repeated by the new task. It stays in the ranges, with the new task as `repeater`,
 * until the new task has published as much as the watermark states.
 */
import type { Envelope } from '../../market/codec/envelope.ts'
import { DAY_MICROSECONDS, momentOf } from '../../market/moment.ts'
import { asEpochMillis, type EpochMillis, type TradingDate } from '../../market/units.ts'

/**
 * Most ranges of missing envelopes in an item. Every range is some twenty bytes. A batch that is given up is one range,
 * so there are rarely more than a few.
 */
const MAX_RANGES = 50
/** The end of an open range: the highest counter of 32 bits. A task would need years to get there. */
export const OPEN_END = 0xffff_ffff

/** Envelopes of an epoch from `first` to `last`. */
export interface MissingRange {
  readonly epoch: EpochMillis
  readonly first: number
  readonly last: number
  /** Epoch of the task that repeats the ticks of the range. */
  readonly repeater?: EpochMillis
}

/** The place of an envelope in its lane. */
export interface EnvelopePlace {
  readonly epoch: EpochMillis
  readonly counter: number
}

/**
 * Returns what is missing after an envelope was stored.
 * @param last the last envelope of the lane that was stored before; epoch 0 if there is none.
 */
export function missingAfter(
  missing: readonly MissingRange[],
  envelope: Envelope,
  last: EnvelopePlace,
): MissingRange[] {
  const { epoch, counter, tradingDate } = envelope
  const rest = missing.flatMap(range => withoutEnvelope(range, envelope))
  if (epoch === last.epoch && counter > last.counter)
    return [...rest, ...rangeOf(epoch, last.counter + 1, counter - 1)]
  /** Without an earlier envelope of the date, a task that started before the date has envelopes of other dates. */
  const isKnown = last.epoch !== 0 || startedOn(epoch, tradingDate)
  const own = isKnown ? rangeOf(epoch, 1, counter - 1) : []
  if (epoch > last.epoch) {
    const before = last.epoch === 0 ? [] : rangeOf(last.epoch, last.counter + 1, OPEN_END)
    return withTaskStart([...rest, ...before, ...own], envelope, last)
  }
  if (missing.some(range => isFirstOf(range, epoch))) return withTaskStart(rest, envelope, last)
  if (!isUnseen(missing, epoch)) return rest
  return withTaskStart([...rest, ...own, ...rangeOf(epoch, counter + 1, OPEN_END)], envelope, last)
}

/**
 * Returns `missing` without what a task has repeated.
 * @param reporter the last task that has published as much as the watermark states.
 */
export function withoutRepeated(missing: readonly MissingRange[], reporter: EpochMillis): MissingRange[] {
  /** After the repeater is a task whose first envelope is missing: it may not go on where the repeater ended. */
  const isInterrupted = (repeater: EpochMillis): boolean =>
    missing.some(range => isOpen(range) && range.epoch >= repeater)
  return missing.filter(
    ({ repeater }) => repeater === undefined || repeater > reporter || isInterrupted(repeater),
  )
}

/** Applies what the first envelope of a task shows about the tasks before it. Other envelopes show nothing. */
function withTaskStart(
  missing: readonly MissingRange[],
  envelope: Envelope,
  last: EnvelopePlace,
): MissingRange[] {
  const { epoch, counter, follows, tradingDate } = envelope
  if (counter !== 1) return [...missing]
  // A task that starts with a snapshot repeats nothing, and nothing shows how far the task before it got.
  if (follows === undefined) {
    const before = taskBefore(missing, epoch)
    return missing.flatMap(range => {
      if (range.epoch >= epoch || (range.repeater ?? 0) >= epoch) return [range]
      return isOpen(range) && range.epoch === before ? [] : [withoutRepeater(range)]
    })
  }
  const isKnown = last.epoch !== 0 || startedOn(follows.epoch, tradingDate)
  // All envelopes of the task that it follows may have been given up.
  const unseen =
    isKnown && isUnseen(missing, follows.epoch, epoch) ? rangeOf(follows.epoch, 1, follows.counter) : []
  return [...missing.flatMap(range => splitAt(range, epoch, follows)), ...unseen]
}

/** Splits a range at the envelope that the first envelope of the task `epoch` follows: the task repeats what comes after it. */
function splitAt(range: MissingRange, epoch: EpochMillis, follows: EnvelopePlace): MissingRange[] {
  const { repeater } = range
  // The task goes on where the repeater ended, or the repeater is a later task.
  if (repeater !== undefined && (repeater <= follows.epoch || repeater >= epoch)) return [range]
  const plain = withoutRepeater(range)
  if (range.epoch >= epoch || range.epoch < follows.epoch) return [plain]
  const end = range.epoch === follows.epoch ? Math.min(range.last, follows.counter) : 0
  const kept = rangeOf(range.epoch, range.first, end)
  // No envelope at the end of an open range was seen, so the watermark states nothing that only these envelopes have.
  if (isOpen(range)) return kept
  const repeated = rangeOf(range.epoch, Math.max(range.first, end + 1), range.last)
  return [...kept, ...repeated.map(each => ({ ...each, repeater: epoch }))]
}

/**
 * Returns whether a task is one of which no envelope was seen: it is between a task whose first envelope is missing and the
 * last task that was seen before it.
 * @param later a task whose first envelope is just seen.
 */
function isUnseen(missing: readonly MissingRange[], epoch: EpochMillis, later?: EpochMillis): boolean {
  if (missing.some(range => range.epoch === epoch)) return false
  const starts = missing.filter(range => isFirstOf(range, range.epoch)).map(range => range.epoch)
  return [...starts, ...(later === undefined ? [] : [later])].some(
    start => start > epoch && taskBefore(missing, start) < epoch,
  )
}

/** Returns the last task that was seen before a task whose first envelope is missing; 0 if there is none. */
function taskBefore(missing: readonly MissingRange[], epoch: EpochMillis): EpochMillis {
  const before = missing.filter(range => isOpen(range) && range.epoch < epoch).map(range => range.epoch)
  return asEpochMillis(Math.max(0, ...before))
}

/** Returns whether nobody knows where a range ends. No open range has a repeater. */
function isOpen({ last }: MissingRange): boolean {
  return last === OPEN_END
}

/** Returns whether a range has the first envelope of a task, and no task repeats it. */
function isFirstOf(range: MissingRange, epoch: EpochMillis): boolean {
  return range.epoch === epoch && range.first === 1 && range.repeater === undefined
}

function rangeOf(epoch: EpochMillis, first: number, last: number): MissingRange[] {
  return first > last ? [] : [{ epoch, first, last }]
}

function withoutRepeater({ epoch, first, last }: MissingRange): MissingRange {
  return { epoch, first, last }
}

/** Returns whether a task started on a trading date, so that it has no envelopes of an earlier date. */
function startedOn(epoch: EpochMillis, tradingDate: TradingDate): boolean {
  const midnight = momentOf(tradingDate, 0)
  return epoch * 1000 >= midnight && epoch * 1000 < midnight + DAY_MICROSECONDS
}

function withoutEnvelope(range: MissingRange, { epoch, counter }: EnvelopePlace): MissingRange[] {
  if (range.epoch !== epoch || counter < range.first || counter > range.last) return [range]
  return [
    { ...range, last: counter - 1 },
    { ...range, first: counter + 1 },
  ].filter(({ first, last }) => first <= last)
}

/**
 * Joins the last ranges of each task if there are too many. A joined range has stored envelopes too, so it is never too
 * short.
 */
function bounded(ranges: readonly MissingRange[]): readonly MissingRange[] {
  if (ranges.length <= MAX_RANGES) return ranges
  const rest = Map.groupBy(
    ranges.slice(MAX_RANGES - 1),
    ({ epoch, last, repeater }) => `${epoch} ${last === OPEN_END} ${repeater}`,
  )
  const joined = [...rest.values()].map(group => ({
    ...group[0]!,
    first: Math.min(...group.map(({ first }) => first)),
    last: Math.max(...group.map(({ last }) => last)),
  }))
  return [...ranges.slice(0, MAX_RANGES - 1), ...joined]
}

/** Returns the text of ranges in an item: `epoch:first-last`, with `:repeater` if there is one, separated by commas. */
export function formatRanges(ranges: readonly MissingRange[]): string {
  return bounded(ranges)
    .map(({ epoch, first, last, repeater }) => {
      const range = `${epoch}:${first}-${last}`
      return repeater === undefined ? range : `${range}:${repeater}`
    })
    .join(',')
}

export function parseRanges(text: string): MissingRange[] {
  return text.split(',').flatMap(part => {
    const [epoch = NaN, first = NaN, last = NaN, repeater] = part.split(/[:-]/).map(Number)
    if (part === '') return []
    const range = { epoch: asEpochMillis(epoch), first, last }
    return repeater === undefined ? [range] : [{ ...range, repeater: asEpochMillis(repeater) }]
  })
}
