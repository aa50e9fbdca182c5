/** The state of a line in the boards table: what its task reported, when, and what apps got. */
import type { EventOf } from '../../market/market-event.ts'
import { strictlyAfter } from '../../market/moment.ts'
import { asEpochMillis, type EpochMillis } from '../../market/units.ts'
import { type LineItem, lineId } from './board-items.ts'

/**
 * A line whose task has not reported for longer (real ms) is stale. A task reports every three seconds, so three
 * reports in a row are missing.
 */
export const SILENT_AFTER_MS = 10_000

type LineEvent = EventOf<'line'>

/** {@link LineItem} with its events parsed. */
export interface LineRecord {
  readonly version: number
  /** The event that the line's task reported last. */
  readonly reported: LineEvent
  /** The event that apps got last. It differs from `reported` after the line was silent. */
  readonly announced: LineEvent
  /** When the task reported last: epoch milliseconds of the real clock. */
  readonly reportedAt: EpochMillis
  /** The same moment in market time: ISO 8601 with the Tokyo offset. */
  readonly reportedTime: string
  /** Epoch of the task that reported last; 0 if it is not known, because release 0.1.0 wrote the item. */
  readonly epoch: EpochMillis
}

export function lineRecordOf({ version, own, told, seen, heard, epoch }: LineItem): LineRecord {
  return {
    version,
    reported: JSON.parse(own) as LineEvent,
    announced: JSON.parse(told) as LineEvent,
    reportedAt: seen,
    reportedTime: heard,
    epoch: epoch ?? asEpochMillis(0),
  }
}

export function lineItemOf(record: LineRecord): LineItem {
  return {
    id: lineId(record.reported.line),
    version: record.version,
    own: JSON.stringify(record.reported),
    told: JSON.stringify(record.announced),
    seen: record.reportedAt,
    heard: record.reportedTime,
    epoch: record.epoch,
  }
}

/** Returns the state of a line at `now` (epoch ms): the announced state, or stale since the last report. */
export function stateAt(record: LineRecord, now: EpochMillis): LineEvent {
  const { announced, reportedAt } = record
  if (announced.state === 'stale' || now - reportedAt <= SILENT_AFTER_MS) return announced
  return { ...announced, state: 'stale', since: staleSince(record) }
}

/** Returns since when a silent line is stale. Apps take the state with the latest time. */
export function staleSince({ announced, reportedTime }: LineRecord): string {
  return announced.state === 'stale' ? announced.since : strictlyAfter(reportedTime, announced.since)
}
