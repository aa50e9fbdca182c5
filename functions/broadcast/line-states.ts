/**
 * The states of the lines, as apps get them. A task reports the state of its line every few seconds. A repeated report
 * is a sign of life; without one the line becomes stale. All environments of broadcast share the states in the boards
 * table.
 */
import type { Clock } from '../../market/clock.ts'
import { LINE_NUMBERS } from '../../market/lane.ts'
import type { EventOf } from '../../market/market-event.ts'
import { momentToIso } from '../../market/moment.ts'
import { addMillis, type EpochMillis, nowMillis } from '../../market/units.ts'
import { type LineItem, lineId } from '../../tables/boards/board-items.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import {
  type LineRecord,
  lineItemOf,
  lineRecordOf,
  SILENT_AFTER_MS,
  stateAt,
} from '../../tables/boards/line-record.ts'
import { getItem, getItems, putIf, unchanged } from '../../tables/dynamodb.ts'
import { retryUntil, TryAgain } from '../../tables/retry.ts'

/** Repeated reports of a line are written at most this often (ms). */
const WRITE_EVERY_MS = 2_000
/**
 * A line counts as returned if its report comes less than this (ms) before {@link SILENT_AFTER_MS}. The clocks of
 * environments differ, so another environment may already have reported the line as stale to an app.
 */
const CLOCK_MARGIN_MS = 1_000
/** After a failed look for silent lines the next look comes this much later (ms). */
const LOOK_AGAIN_MS = 1_000
/** Time to store a report (ms), while other environments store theirs. */
const REPORT_LIMIT_MS = 2_000

type LineEvent = EventOf<'line'>

export interface LineStates {
  /** Stores what a task reports of its line. Returns the event that apps are to be sent, if any. */
  report(event: LineEvent): Promise<LineEvent | undefined>
  /**
   * Returns a stale event for each line that has gone silent. A line is in the result of one environment only, which
   * sends the event to all apps.
   */
  findSilent(): Promise<LineEvent[]>
  /** Returns whether the line's last report in this environment was the same. */
  isRepeat(event: LineEvent): boolean
}

/** What an environment remembers of the lines, by line number. */
interface Memory {
  /** JSON of the last report, and when it was written to the table. */
  readonly written: Map<number, { readonly text: string; readonly at: EpochMillis }>
  /** When the line may become silent at the earliest. */
  readonly lookAt: Map<number, EpochMillis>
}

export function createLineStates(boards: BoardsTable, clock: Clock): LineStates {
  const memory: Memory = { written: new Map(), lookAt: new Map() }
  return {
    report(event) {
      const deadline = addMillis(nowMillis(), REPORT_LIMIT_MS)
      const expected = `${lineId(event.line)} in ${boards.table} replaced`
      return retryUntil({ deadline, expected, isRetryable: () => false }, () =>
        storeReport(boards, clock, memory, event),
      )
    },
    findSilent: () => findSilent(boards, memory),
    isRepeat: event => memory.written.get(event.line)?.text === JSON.stringify(event),
  }
}

async function storeReport(
  boards: BoardsTable,
  clock: Clock,
  { written, lookAt }: Memory,
  event: LineEvent,
): Promise<LineEvent | undefined | TryAgain> {
  const { line } = event
  const text = JSON.stringify(event)
  const now = nowMillis()
  const last = written.get(line)
  if (last?.text === text && now - last.at < WRITE_EVERY_MS) return undefined
  const item = await getItem<LineItem>(boards, { id: lineId(line) })
  const before = item && lineRecordOf(item)
  // The report of a task that was replaced.
  if (before !== undefined && event.since < before.reported.since) return undefined
  const reportedTime = momentToIso(clock.now())
  const news = announcementOf(event, before, now, reportedTime)
  const announced = news ?? before?.announced ?? event
  const isReplaced = await replace(boards, before, {
    reported: event,
    announced,
    reportedAt: now,
    reportedTime,
  })
  if (!isReplaced) return new TryAgain('a concurrent change')
  written.set(line, { text, at: now })
  lookAt.set(line, addMillis(now, SILENT_AFTER_MS))
  return news
}

async function findSilent(boards: BoardsTable, { lookAt }: Memory): Promise<LineEvent[]> {
  const now = nowMillis()
  const due = LINE_NUMBERS.filter(line => (lookAt.get(line) ?? 0) < now)
  if (due.length === 0) return []
  for (const line of due) lookAt.set(line, addMillis(now, LOOK_AGAIN_MS))
  const items = await getItems<LineItem>(
    boards,
    due.map(line => ({ id: lineId(line) })),
  )
  for (const line of due) lookAt.set(line, addMillis(now, SILENT_AFTER_MS))
  const silent: LineEvent[] = []
  for (const record of items.map(lineRecordOf)) {
    if (record.announced.state === 'stale') continue
    const announced = stateAt(record, now)
    if (announced.state !== 'stale') lookAt.set(announced.line, addMillis(record.reportedAt, SILENT_AFTER_MS))
    else if (await replace(boards, record, { ...record, announced })) silent.push(announced)
  }
  return silent
}

/** Writes a line's next version. Returns false if another environment has written since `before` was read. */
function replace(
  boards: BoardsTable,
  before: LineRecord | undefined,
  after: Omit<LineRecord, 'version'>,
): Promise<boolean> {
  const version = (before?.version ?? 0) + 1
  return putIf(boards, lineItemOf({ ...after, version }), unchanged('version', before?.version))
}

/**
 * Returns the event that apps are to be sent for a report; undefined if they have it.
 * @param event a report that is not older than `before`.
 * @param time `now` as market time, ISO 8601.
 */
function announcementOf(
  event: LineEvent,
  before: LineRecord | undefined,
  now: EpochMillis,
  time: string,
): LineEvent | undefined {
  if (before === undefined) return event
  const { reported, announced, reportedAt, reportedTime } = before
  const wasSilent =
    (announced.state === 'stale' && reported.state !== 'stale') ||
    now - reportedAt > SILENT_AFTER_MS - CLOCK_MARGIN_MS
  const isRepeat = JSON.stringify(reported) === JSON.stringify(event)
  if (isRepeat && (!wasSilent || event.state === 'stale')) return undefined
  if (event.since > announced.since && event.since > reportedTime) return event
  // A process that continues after a pause reports the same `since` as before. For apps the state starts now.
  const since = wasSilent ? time : announced.since
  return { ...event, since: since > event.since ? since : event.since }
}
