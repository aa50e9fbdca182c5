/**
 * The watermark of a lane: the market time up to which every tick of the lane is stored, and the envelopes that were
 * given up. Two tasks may publish in the lane, one after the other or at the same time: docs/envelope-format.md. Ingest tasks
 * publish in each lane how far they have read their line (`complete`), so a quiet lane moves too. A line that is down publishes
 * nothing, and its watermarks stand.
 */
import type { Envelope } from '../../market/codec/envelope.ts'
import { momentFromIso } from '../../market/moment.ts'
import {
  addMillis,
  asEpochMicros,
  asEpochMillis,
  type EpochMicros,
  type EpochMillis,
} from '../../market/units.ts'
import type { WatermarkItem } from '../../tables/ticks/ticks-item.ts'
import { SETTLE_MS } from '../../tables/ticks/watermarks.ts'
import { formatRanges, missingAfter, parseRanges, withoutRepeated } from './missing-envelopes.ts'

/** What a watermark item has besides its key and expiry. */
export type Watermark = Omit<WatermarkItem, 'key' | 'time' | 'expires'>

const NO_TASK = asEpochMillis(0)
const NOTHING_STORED = { epoch: NO_TASK, counter: 0, until: asEpochMicros(0), reporter: NO_TASK }

/**
 * Returns the watermark of a lane and trading date after `envelopes` were stored.
 *
 * Lambda delivers the records of a lane in order, and later records only after earlier ones were stored or given up. So
 * a counter that skips numbers shows envelopes that were given up. They stay missing until they are delivered again, or until
 * a new task has published their ticks.
 * @param before the stored watermark; undefined if there is none.
 * @param envelopes of the lane and date, in the order of the stream, at least one.
 * @param now epoch ms.
 */
export function nextWatermark(
  before: Watermark | undefined,
  envelopes: readonly Envelope[],
  now: EpochMillis,
): Watermark {
  let { epoch, counter, until, reporter } = before ?? NOTHING_STORED
  let missing = parseRanges(before?.missing ?? '')
  for (const envelope of envelopes) {
    missing = missingAfter(missing, envelope, { epoch, counter })
    // Otherwise the record was delivered before, or its task has been replaced.
    if (envelope.epoch > epoch || (envelope.epoch === epoch && envelope.counter > counter)) {
      epoch = envelope.epoch
      counter = envelope.counter
      const reported = completeUntil(envelope) ?? asEpochMicros(0)
      if (reported >= until) {
        until = reported
        reporter = epoch
      }
    }
    missing = withoutRepeated(missing, reporter)
  }
  return {
    until,
    reporter,
    written: before === undefined || now > before.written ? now : addMillis(before.written, 1),
    settled: before === undefined ? asEpochMicros(0) : settledUntil(before, now),
    epoch,
    counter,
    missing: formatRanges(missing),
  }
}

/** Returns the moment up to which the envelope's lane is complete, if the envelope reports it. */
export function completeUntil(envelope: Envelope): EpochMicros | undefined {
  if (envelope.kind !== 'events') return undefined
  return envelope.events
    .flatMap(event => (event.type === 'complete' ? (momentFromIso(event.until) ?? []) : []))
    .reduce<EpochMicros | undefined>((a, b) => (a === undefined || b > a ? b : a), undefined)
}

/** Returns a moment that every reader may use at `now` (epoch ms): see {@link SETTLE_MS}. */
function settledUntil({ until, written, settled }: Watermark, now: EpochMillis): EpochMicros {
  return now - written >= SETTLE_MS ? until : settled
}
