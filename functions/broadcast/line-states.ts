/**
 * The states of the lines, as apps get them. A task reports the state of its line every few seconds. A repeated report
 * is a sign of life; without one the line becomes stale. All environments of broadcast share the states in the boards
 * table.
 */
import { LINE_NUMBERS } from '../../market/lane.ts'
import type { EventOf } from '../../market/market-event.ts'
import { strictlyAfter } from '../../market/moment.ts'
import { addMillis, asEpochMillis, type EpochMillis, nowMillis } from '../../market/units.ts'
import { type LineItem, lineId } from '../../tables/boards/board-items.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import {
  type LineRecord,
  lineItemOf,
  lineRecordOf,
  SILENT_AFTER_MS,
  staleSince,
  stateAt,
} from '../../tables/boards/line-record.ts'
import { copyLine } from '../../tables/boards/status-copy.ts'
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

/** When a report came. It may be stored later. */
export interface Arrival {
  /** By the real clock. */
  readonly at: EpochMillis
  /** The same moment in market time: ISO 8601 with the Tokyo offset. */
  readonly time: string
  /** Epoch of the task that sent it. */
  readonly epoch: EpochMillis
}

export interface LineStates {
  /** Notes that a report has come. The line is not silent, whether or not the table takes the report. */
  noteArrival(event: LineEvent, arrival: Arrival): void
  /** Stores what a task reports of its line. Returns the event that apps are to be sent, if any. */
  report(event: LineEvent, arrival: Arrival): Promise<LineEvent | undefined>
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
  /** JSON of the last report, its task, and when it was written to the table. */
  readonly written: Map<
    number,
    { readonly text: string; readonly epoch: EpochMillis; readonly at: EpochMillis }
  >
  /** When the line may become silent at the earliest. */
  readonly lookAt: Map<number, EpochMillis>
  /** The last report. */
  readonly last: Map<number, Pick<LineRecord, 'reported' | 'epoch'>>
  /** JSON of the announced event in a write without an answer: the table may have it. */
  readonly unsure: Map<number, string>
}

export function createLineStates(boards: BoardsTable): LineStates {
  const memory: Memory = { written: new Map(), lookAt: new Map(), last: new Map(), unsure: new Map() }
  return {
    noteArrival(event, { at, epoch }) {
      const { line } = event
      const last = memory.last.get(line)
      const lookAt = memory.lookAt.get(line) ?? asEpochMillis(0)
      if (last !== undefined && isOld(event, epoch, last, at >= lookAt)) return
      memory.last.set(line, { reported: event, epoch })
      memory.lookAt.set(line, asEpochMillis(Math.max(lookAt, addMillis(at, SILENT_AFTER_MS))))
    },
    report(event, arrival) {
      const deadline = addMillis(nowMillis(), REPORT_LIMIT_MS)
      const expected = `${lineId(event.line)} in ${boards.table} replaced`
      return retryUntil({ deadline, expected, isRetryable: () => false }, () =>
        storeReport(boards, memory, event, arrival),
      )
    },
    findSilent: () => findSilent(boards, memory),
    isRepeat: event => memory.written.get(event.line)?.text === JSON.stringify(event),
  }
}

async function storeReport(
  boards: BoardsTable,
  memory: Memory,
  event: LineEvent,
  { at, time, epoch }: Arrival,
): Promise<LineEvent | undefined | TryAgain> {
  const { line } = event
  const text = JSON.stringify(event)
  const last = memory.written.get(line)
  if (last?.text === text && last.epoch === epoch && at - last.at < WRITE_EVERY_MS) return undefined
  const item = await getItem<LineItem>(boards, { id: lineId(line) })
  const before = item && lineRecordOf(item)
  const wasSilent = before !== undefined && at - before.reportedAt > SILENT_AFTER_MS
  if (before !== undefined && isOld(event, epoch, before, wasSilent)) return undefined
  const news = announcementOf(event, before, at, time) ?? (before && unsureNews(memory, before))
  const announced = news ?? before?.announced ?? event
  // Another environment may have stored a later report while this report was waiting.
  const isLater = before === undefined || at > before.reportedAt
  const reported = isLater
    ? { reportedAt: at, reportedTime: time }
    : { reportedAt: before.reportedAt, reportedTime: before.reportedTime }
  const after = { reported: event, announced, epoch, ...reported }
  if (!(await replace(boards, memory, before, after))) return new TryAgain('a concurrent change')
  memory.unsure.delete(line)
  memory.written.set(line, { text, epoch, at })
  return news
}

async function findSilent(boards: BoardsTable, memory: Memory): Promise<LineEvent[]> {
  const now = nowMillis()
  const { lookAt } = memory
  const due = LINE_NUMBERS.filter(line => (lookAt.get(line) ?? 0) < now)
  if (due.length === 0) return []
  for (const line of due) lookAt.set(line, addMillis(now, LOOK_AGAIN_MS))
  const keys = due.map(line => ({ id: lineId(line) }))
  const items = await getItems<LineItem>(boards, keys)
  const silent: LineEvent[] = []
  const lookLater = new Map<number, EpochMillis>(due.map(line => [line, addMillis(now, SILENT_AFTER_MS)]))
  for (const record of items.map(lineRecordOf)) {
    const unsure = unsureNews(memory, record)
    const announced = stateAt(record, now)
    if (record.announced.state === 'stale') {
      if (unsure !== undefined) silent.push(unsure)
      memory.unsure.delete(announced.line)
    } else if (announced.state !== 'stale') {
      lookLater.set(announced.line, addMillis(record.reportedAt, SILENT_AFTER_MS))
    } else if (await replace(boards, memory, record, { ...record, announced })) {
      silent.push(announced)
    }
  }
  // After an error before this point, the lines are looked for again soon.
  for (const [line, at] of lookLater) lookAt.set(line, at)
  return silent
}

/**
 * Writes a line's next version. Returns false if another environment has written since `before` was read. A write
 * without an answer leaves its announced event in `unsure`.
 */
async function replace(
  boards: BoardsTable,
  { unsure }: Memory,
  before: LineRecord | undefined,
  after: Omit<LineRecord, 'version'>,
): Promise<boolean> {
  const version = (before?.version ?? 0) + 1
  const record = { ...after, version }
  try {
    if (!(await putIf(boards, lineItemOf(record), unchanged('version', before?.version)))) return false
    // After an error the next attempt writes both again.
    await copyLine(boards, record)
    return true
  } catch (error) {
    const text = JSON.stringify(after.announced)
    if (text !== JSON.stringify(before?.announced)) unsure.set(after.announced.line, text)
    throw error
  }
}

/**
 * Returns whether a report comes from a task that was replaced, or before the last report of its task. The states of two
 * tasks have unrelated times: each states since when its own connections are in this state.
 * @param last the last report. Its epoch is 0 if release 0.1.0 stored it.
 * @param wasSilent nothing was reported after it, so its task may have ended, whatever its epoch.
 */
function isOld(
  event: LineEvent,
  epoch: EpochMillis,
  last: Pick<LineRecord, 'reported' | 'epoch'>,
  wasSilent: boolean,
): boolean {
  if (last.epoch !== 0 && epoch > last.epoch) return false
  if (epoch < last.epoch && !wasSilent) return true
  return event.since < last.reported.since
}

/** Returns the event that apps lack because a write without an answer has reached the table after all. */
function unsureNews({ unsure }: Memory, { announced }: LineRecord): LineEvent | undefined {
  return unsure.get(announced.line) === JSON.stringify(announced) ? announced : undefined
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
  const start = wasSilent ? time : announced.since
  const since = start > event.since ? start : event.since
  // Apps take the state with the latest time. A local clock may stand still between two states.
  if (event.state === (wasSilent ? 'stale' : announced.state)) {
    const same = { ...event, since }
    // The task that has taken over reports the state that apps know.
    return JSON.stringify(same) === JSON.stringify(announced) ? undefined : same
  }
  const known = wasSilent ? staleSince(before) : announced.since
  return { ...event, since: strictlyAfter(since, known) }
}
