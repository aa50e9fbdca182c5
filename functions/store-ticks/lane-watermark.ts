/**
 * The watermark of a lane: the market time up to which every tick of the lane is stored, and the envelopes that were
 * given up. Two tasks may publish in the lane, one after the other or at the same time: docs/envelope-format.md. Ingest tasks publish in each lane how far they have read their line (`complete`), so a quiet lane moves too.
 * A line that is down publishes nothing, and its watermarks stand.
 */
import type { Envelope } from '../../market/codec/envelope.ts'
import { DAY_MICROSECONDS, momentFromIso, momentOf } from '../../market/moment.ts'
import {
  addMillis,
  asEpochMicros,
  asEpochMillis,
  type EpochMicros,
  type EpochMillis,
  type TradingDate,
} from '../../market/units.ts'
import type { WatermarkItem } from '../../tables/ticks/ticks-item.ts'
import { SETTLE_MS } from '../../tables/ticks/watermarks.ts'

/**
 * Most ranges of missing envelopes in an item. Every range is some twenty bytes. A batch that is given up is one range,
 * so there are rarely more than a few.
 */
const MAX_RANGES = 50

/** What a watermark item has besides its key and expiry. */
export type Watermark = Omit<WatermarkItem, 'key' | 'time' | 'expires'>

const NOTHING_STORED = { epoch: asEpochMillis(0), counter: 0, until: asEpochMicros(0) }

/** Envelopes of an epoch from `first` to `last`. */
interface MissingRange {
  readonly epoch: EpochMillis
  readonly first: number
  readonly last: number
}

/**
 * Returns the watermark of a lane and trading date after `envelopes` were stored.
 *
 * Lambda delivers the records of a lane in order, and later records only after earlier ones were stored or given up. So
 * a counter that skips numbers shows envelopes that were given up. They stay missing until they are delivered again.
 * @param before the stored watermark; undefined if there is none.
 * @param envelopes of the lane and date, in the order of the stream, at least one.
 * @param now epoch ms.
 */
export function nextWatermark(
  before: Watermark | undefined,
  envelopes: readonly Envelope[],
  now: EpochMillis,
): Watermark {
  let { epoch, counter, until } = before ?? NOTHING_STORED
  let missing = parseRanges(before?.missing ?? '')
  for (const envelope of envelopes) {
    const { epoch: own, counter: number } = envelope
    missing = missing.flatMap(range => withoutEnvelope(range, own, number))
    // The record was delivered before, or its task has been replaced.
    if (own < epoch || (own === epoch && number <= counter)) continue
    missing = missing.flatMap(range => withoutRepeated(range, envelope))
    missing.push(...skippedBefore(envelope, { epoch, counter }))
    epoch = own
    counter = number
    until = latest(until, completeUntil(envelope))
  }
  return {
    until,
    written: before === undefined || now > before.written ? now : addMillis(before.written, 1),
    settled: before === undefined ? asEpochMicros(0) : settledUntil(before, now),
    epoch,
    counter,
    missing: formatRanges(bounded(missing)),
  }
}

/** Returns the envelopes between the last stored envelope and this one, which is later. */
function skippedBefore(envelope: Envelope, last: Pick<Watermark, 'epoch' | 'counter'>): MissingRange[] {
  const { epoch, counter, follows, tradingDate } = envelope
  const range = (of: EpochMillis, first: number, end: number): MissingRange[] =>
    first > end ? [] : [{ epoch: of, first, last: end }]
  if (epoch === last.epoch) return range(epoch, last.counter + 1, counter - 1)
  /** Without an earlier envelope of the date, a task that started before the date has envelopes of other dates. */
  const isKnown = (of: EpochMillis): boolean => last.epoch !== 0 || startedOn(of, tradingDate)
  const own = isKnown(epoch) ? range(epoch, 1, counter - 1) : []
  if (follows === undefined || follows.epoch < last.epoch || !isKnown(follows.epoch)) return own
  // All envelopes of the task that it follows may have been given up.
  const first = follows.epoch === last.epoch ? last.counter + 1 : 1
  return [...range(follows.epoch, first, follows.counter), ...own]
}

/**
 * Returns what is still missing of a range when the first envelope of a task comes: the task publishes again what came after
 * the envelope that it follows. The first envelope of another task stays missing, because nothing else shows what that task
 * followed.
 */
function withoutRepeated(range: MissingRange, { epoch, follows }: Envelope): MissingRange[] {
  if (follows === undefined || range.epoch >= epoch || range.epoch < follows.epoch) return [range]
  const last = range.epoch === follows.epoch ? Math.min(range.last, follows.counter) : Math.min(range.last, 1)
  return range.first <= last ? [{ ...range, last }] : []
}

/** Returns whether a task started on a trading date, so that it has no envelopes of an earlier date. */
function startedOn(epoch: EpochMillis, tradingDate: TradingDate): boolean {
  const midnight = momentOf(tradingDate, 0)
  return epoch * 1000 >= midnight && epoch * 1000 < midnight + DAY_MICROSECONDS
}

/** Returns the moment up to which the envelope's lane is complete, if the envelope reports it. */
export function completeUntil(envelope: Envelope): EpochMicros | undefined {
  if (envelope.kind !== 'events') return undefined
  return envelope.events
    .flatMap(event => (event.type === 'complete' ? (momentFromIso(event.until) ?? []) : []))
    .reduce<EpochMicros | undefined>(latest, undefined)
}

function latest<T extends EpochMicros | undefined>(a: T, b: EpochMicros | undefined): T | EpochMicros {
  return b !== undefined && (a === undefined || b > a) ? b : a
}

/** Returns a moment that every reader may use at `now` (epoch ms): see {@link SETTLE_MS}. */
function settledUntil({ until, written, settled }: Watermark, now: EpochMillis): EpochMicros {
  return now - written >= SETTLE_MS ? until : settled
}

function withoutEnvelope(range: MissingRange, epoch: EpochMillis, counter: number): MissingRange[] {
  if (range.epoch !== epoch || counter < range.first || counter > range.last) return [range]
  return [
    { ...range, last: counter - 1 },
    { ...range, first: counter + 1 },
  ].filter(({ first, last }) => first <= last)
}

/** Joins the last ranges if there are too many. The joined range has stored envelopes too, so it is never too short. */
function bounded(ranges: readonly MissingRange[]): readonly MissingRange[] {
  if (ranges.length <= MAX_RANGES) return ranges
  const kept = ranges.slice(0, MAX_RANGES - 1)
  const rest = ranges.slice(MAX_RANGES - 1)
  const { epoch } = rest.at(-1)!
  const last = Math.max(...rest.map(range => range.last))
  return [...kept, { epoch, first: Math.min(...rest.map(range => range.first)), last }]
}

function formatRanges(ranges: readonly MissingRange[]): string {
  return ranges.map(({ epoch, first, last }) => `${epoch}:${first}-${last}`).join(',')
}

function parseRanges(text: string): MissingRange[] {
  return text.split(',').flatMap(part => {
    const [epoch = NaN, first = NaN, last = NaN] = part.split(/[:-]/).map(Number)
    return part === '' ? [] : [{ epoch: asEpochMillis(epoch), first, last }]
  })
}
