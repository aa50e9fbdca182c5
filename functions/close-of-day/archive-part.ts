/** Archives one part of a day: ticks to a Parquet file, finished days to the ticks table, and a report to the bucket. */
import { archiveKeys, partOf } from '../../archive/archive-keys.ts'
import { type ArchivedFile, type DayIssues, type LineCount, STAGES } from '../../archive/manifest.ts'
import { openParquet, type ParquetFile } from '../../archive/parquet.ts'
import { TICK_COLUMNS } from '../../archive/tick-rows.ts'
import type { Calendar } from '../../market/calendar/calendar.ts'
import { type Day, type DayRecord, dayRecordOf } from '../../market/day-record.ts'
import { compareIssueCodes } from '../../market/issue-code.ts'
import { DAY_MICROSECONDS, momentOf } from '../../market/moment.ts'
import type { Tick, TickPlace } from '../../market/tick.ts'
import {
  addMicros,
  type EpochMillis,
  type EpochSeconds,
  nowMillis,
  toEpochSeconds,
} from '../../market/units.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import { DAYS_KEPT, dayItems } from '../../tables/ticks/day-items.ts'
import { finishedIssuesItem } from '../../tables/ticks/finished-issues.ts'
import { putItems } from '../../tables/ticks/put-items.ts'
import { ticksBetween } from '../../tables/ticks/read-ticks.ts'
import type { TicksItem } from '../../tables/ticks/ticks-item.ts'
import type { TicksTable } from '../../tables/ticks/ticks-table.ts'
import { readIncompleteLanes } from '../../tables/ticks/watermarks.ts'
import { createPace } from '../../tables/ticks/write-pace.ts'
import { type Bucket, getJson, putJson, putObject, requireJson } from './archive-objects.ts'
import { issuesBehind } from './day-issues.ts'
import { type Due, stageEnd } from './due-stage.ts'

/**
 * Write units a second of one part. A pace keeps 25 of them free, so 32 parts at once write 800 units a second. One
 * partition of a table takes 1,000 (DynamoDB quotas). The day of an issue takes about five units.
 */
const UNITS_PER_SECOND = 50

export interface ArchiveContext {
  readonly bucket: Bucket
  readonly boards: BoardsTable
  readonly calendar: Calendar
  /** Its reads are consistent: what is archived replaces what readers see. */
  readonly ticks: TicksTable & { readonly consistent: true }
  /** Lanes of a line. */
  readonly lanes: number
}

export interface PartOptions {
  /** Whether to give up, for a later attempt, if ticks are known that are not stored yet. */
  readonly waitForTicks: boolean
  /** Whether to take the lanes as stored to their end although their watermarks do not show it. */
  readonly acceptLanes: boolean
  readonly deadline: EpochMillis
}

/** `parts/DATE/STAGE/part-NN.json`: the facts that the manifest is made of. */
export interface PartReport {
  /** Absent if the part has no tick. */
  readonly file?: ArchivedFile & { readonly rows: number }
  readonly lines: readonly LineCount[]
  /** Issues with ticks, sorted by code. */
  readonly days: readonly Day[]
  /** Issues whose newest known tick was not stored yet, if there are any. */
  readonly behind?: readonly string[]
  /** Lanes that were not stored to the end of the day, if there are any; of the `final` stage. */
  readonly incomplete?: readonly string[]
}

/** Ticks are known that are not stored yet. The part has to be archived later. */
export class NotStoredYet extends Error {
  override readonly name = 'NotStoredYet'
}

/** What the ticks table has of a part. */
interface PartContent {
  readonly file: ParquetFile<Tick>
  readonly lines: readonly LineCount[]
  readonly records: readonly DayRecord[]
}

/**
 * Archives a part. Archiving the same ticks again writes the same objects and items.
 * @throws NotStoredYet see {@link PartOptions.waitForTicks}.
 * @throws Error if the table does not take all items by the deadline, or has fewer ticks than the archive.
 */
export async function archivePart(
  { bucket, boards, calendar, ticks, lanes }: ArchiveContext,
  due: Due,
  part: number,
  { waitForTicks, acceptLanes, deadline }: PartOptions,
): Promise<PartReport> {
  const { date, stage } = due
  const incomplete =
    stage === 'final' && !acceptLanes
      ? await readIncompleteLanes(ticks, date, calendar.hoursOf(date), lanes, nowMillis())
      : []
  if (waitForTicks && incomplete.length > 0) {
    throw new NotStoredYet(`expected all lanes to be stored to the end of the day; ${incomplete} are not`)
  }
  const issues = issuesOf(await requireJson<DayIssues>(bucket, archiveKeys.issues(date)), part)
  const { file, lines, records } = await readPart(ticks, due, calendar, issues)
  // Broadcast writes the boards at once, so they show ticks that may not be stored yet.
  const lastStored = new Map<string, TickPlace | undefined>(issues.map(issue => [issue, undefined]))
  for (const { issue, last } of records) lastStored.set(issue, last)
  const behind = await issuesBehind(boards, date, stageEnd(due, calendar), lastStored, deadline)
  if (waitForTicks && behind.length > 0) {
    throw new NotStoredYet(
      `expected all ticks to be stored; the boards of ${behind.length} issues show ticks that are not: ${behind.slice(0, 5)}`,
    )
  }
  const isOver = (issue: string): boolean =>
    stage === 'final' && incomplete.length === 0 && !behind.includes(issue)
  const finished = records.map(record => ({ ...record, final: isOver(record.issue) }))
  const days = finished.map(({ minutes: _, ...day }) => day)
  const items: TicksItem[] = finished.flatMap(record => dayItems(record, expiryOf(due)))
  await refuseFewerRows(bucket, due, part, file.rows)

  const stored =
    file.rows === 0
      ? undefined
      : await putObject(bucket, archiveKeys.ticks(date, part), Buffer.concat(file.finish()))
  const all = days.length === 0 ? items : [await listFinished(ticks, due, part, days), ...items]
  const left = await putItems(ticks, all, deadline, createPace(UNITS_PER_SECOND))
  if (left.length > 0) {
    throw new Error(
      `expected the ticks table to take ${all.length} items of ${date}, ${left.length} are left`,
    )
  }
  const report: PartReport = {
    ...(stored === undefined ? {} : { file: { ...stored, rows: file.rows } }),
    lines,
    days,
    ...(behind.length === 0 ? {} : { behind }),
    ...(incomplete.length === 0 ? {} : { incomplete }),
  }
  await putJson(bucket, archiveKeys.report(date, stage, part), report)
  return report
}

function listFinished(ticks: TicksTable, due: Due, part: number, days: readonly Day[]): Promise<TicksItem> {
  return finishedIssuesItem(
    ticks,
    part,
    days.map(({ issue }) => issue),
    expiryOf(due),
  )
}

/** The expiry depends on the date and not on the current time, so that a later run writes the same item. */
function expiryOf({ date }: Due): EpochSeconds {
  return toEpochSeconds(addMicros(momentOf(date, 0), DAYS_KEPT * DAY_MICROSECONDS))
}

function issuesOf({ issues, others }: DayIssues, part: number): string[] {
  const codes = [...issues.map(({ code }) => code), ...others]
  return codes.filter(code => partOf(code) === part).sort(compareIssueCodes)
}

async function readPart(
  ticks: TicksTable,
  due: Due,
  calendar: Calendar,
  issues: readonly string[],
): Promise<PartContent> {
  const file = openParquet(TICK_COLUMNS)
  const lines = new Map<number, LineCount>()
  const records: DayRecord[] = []
  async function* archivedTicks(issue: string): AsyncGenerator<Tick> {
    for await (const tick of ticksBetween(
      ticks,
      issue,
      due.date,
      { time: 0, sequence: 0 },
      stageEnd(due, calendar),
    )) {
      file.add(tick)
      lines.set(tick.line, countTick(lines.get(tick.line), tick))
      yield tick
    }
  }
  const hours = calendar.hoursOf(due.date)
  for (const issue of issues) {
    const record = await dayRecordOf(hours, archivedTicks(issue), false)
    if (record !== undefined) records.push(record)
  }
  return { file, lines: [...lines.values()].sort((a, b) => a.line - b.line), records }
}

function countTick(before: LineCount | undefined, { line, sequence, lost }: Tick): LineCount {
  return {
    line,
    ticks: (before?.ticks ?? 0) + 1,
    lost: (before?.lost ?? 0) + (lost ? 1 : 0),
    last: Math.max(before?.last ?? 0, sequence),
  }
}

/** Keeps the archive of a part whose ticks were deleted or have expired. @throws Error if it has more than `rows`. */
async function refuseFewerRows(
  bucket: Bucket,
  { date, stage }: Due,
  part: number,
  rows: number,
): Promise<void> {
  // The final stage has all ticks of the close stage.
  const stages = STAGES.slice(0, STAGES.indexOf(stage) + 1)
  const reports = await Promise.all(
    stages.map(earlier => getJson<PartReport>(bucket, archiveKeys.report(date, earlier, part))),
  )
  const archived = Math.max(...reports.map(report => report?.file?.rows ?? 0))
  if (rows < archived) {
    throw new Error(
      `expected at least the ${archived} ticks that part ${part} of ${date} has in the archive, found ${rows}`,
    )
  }
}
