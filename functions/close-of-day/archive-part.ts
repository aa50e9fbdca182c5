/** One part of a day: its ticks become a file, its finished days items of the ticks table, and its facts a JSON. */

import { openParquet } from '../../archive/parquet.ts'
import { TICK_COLUMNS } from '../../archive/tick-rows.ts'
import { type Day, dayRecordOf } from '../../market/day-record.ts'
import { fnv1a } from '../../market/hash.ts'
import { compareIssueCodes } from '../../market/issue-code.ts'
import { DAY_MICROSECONDS, momentOf } from '../../market/moment.ts'
import type { Tick, TickPlace } from '../../market/tick.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import type { Item } from '../../tables/dynamodb.ts'
import { DAYS_KEPT, dayItems } from '../../tables/ticks/day-items.ts'
import { putItems } from '../../tables/ticks/put-items.ts'
import { ticksBetween } from '../../tables/ticks/read-ticks.ts'
import { createPace } from '../../tables/ticks/write-pace.ts'
import { type ArchivedFile, type Bucket, getJson, jsonBytes, keys, putObject } from './archive-objects.ts'
import { behindBoards, type DayIssues } from './day-issues.ts'
import { type Due, STAGES, stageEnd } from './due-stage.ts'

/**
 * Parts of a day, each with the issues that its number falls to. At a billion ticks a month one has 1.6 million rows,
 * and is done in two to three minutes. Another number leaves files of the old one behind where a day is archived again.
 */
export const PARTS = 32
/**
 * Write units a second of one part: half of them are left after what a pace keeps free, so all parts at once write 800,
 * less than one partition takes (1,000, DynamoDB). An issue's day takes some five.
 */
const UNITS_PER_SECOND = 50

export interface ArchiveWorld {
  readonly bucket: Bucket
  readonly boards: BoardsTable
  readonly ticks: Parameters<typeof ticksBetween>[0]
}

/** What is known of the ticks of a line. */
export interface LineCount {
  readonly line: number
  readonly ticks: number
  /** Ticks just behind messages that are lost for good. */
  readonly lost: number
  /** The highest counter. */
  readonly last: number
}

/** `parts/DATE/STAGE/part-NN.json` */
export interface PartReport {
  /** Without ticks there is no file. */
  readonly file?: ArchivedFile & { readonly rows: number }
  readonly lines: readonly LineCount[]
  /** Issues with ticks, in the order of their codes. */
  readonly days: readonly Day[]
  /** Issues of which a newer tick was known than was stored, if any. */
  readonly behind?: readonly string[]
}

/** Newer ticks are known than are stored: the part is to be asked for again. */
export class NotStoredYet extends Error {
  override readonly name = 'NotStoredYet'
}

/** The part that an issue belongs to. */
export function partOf(issue: string): number {
  return fnv1a(issue) % PARTS
}

/**
 * Archives a part. The same ticks leave the same behind, however often.
 * @param patient whether ticks that are known and not stored yet are waited for.
 * @param deadline epoch ms.
 * @throws NotStoredYet where they are.
 * @throws Error when the table does not take all items by then, or less is found than was archived before.
 */
export async function archivePart(
  { bucket, boards, ticks }: ArchiveWorld,
  due: Due,
  part: number,
  patient: boolean,
  deadline: number,
): Promise<PartReport> {
  const { date, stage } = due
  const listed = await getJson<DayIssues>(bucket, keys.issues(date))
  if (listed === undefined) throw new Error(`expected ${keys.issues(date)} in the archive, found none`)
  const file = openParquet(TICK_COLUMNS)
  const lines = new Map<number, LineCount>()
  const days: Day[] = []
  const items: Item[] = []
  // By the date, not by now: an item that is written again is the same.
  const expires = (momentOf(date, 0) + DAYS_KEPT * DAY_MICROSECONDS) / 1_000_000
  async function* filed(issue: string): AsyncGenerator<Tick> {
    for await (const tick of ticksBetween(ticks, issue, date, { time: 0, sequence: 0 }, stageEnd(due))) {
      file.add(tick)
      lines.set(tick.line, counted(lines.get(tick.line), tick))
      yield tick
    }
  }
  const last = new Map<string, TickPlace | undefined>()
  for (const issue of issuesOf(listed, part)) {
    last.set(issue, undefined)
    const record = await dayRecordOf(filed(issue), stage === 'final')
    if (record === undefined) continue
    items.push(...dayItems(record, expires))
    const { minutes: _, ...day } = record
    days.push(day)
    last.set(issue, day.last)
  }
  // The boards come by another way, at once: what they know has been sent.
  const behind = await behindBoards(boards, date, stageEnd(due), last)
  if (patient && behind.length > 0) {
    throw new NotStoredYet(
      `newer ticks than are stored are known of ${behind.length} issues: ${behind.slice(0, 5)}`,
    )
  }
  await refuseLess(bucket, due, part, file.rows)

  const stored =
    file.rows === 0
      ? undefined
      : await putObject(bucket, keys.ticks(date, part), Buffer.concat(file.finish()))
  const left = await putItems(ticks.client, ticks.table, items, deadline, createPace(UNITS_PER_SECOND))
  if (left.length > 0) {
    throw new Error(
      `expected the ticks table to take ${items.length} items of ${date}, ${left.length} are left`,
    )
  }
  const report: PartReport = {
    ...(stored === undefined ? {} : { file: { ...stored, rows: file.rows } }),
    lines: [...lines.values()].sort((a, b) => a.line - b.line),
    days,
    ...(behind.length === 0 ? {} : { behind }),
  }
  await putObject(bucket, keys.part(due, part), jsonBytes(report))
  return report
}

function issuesOf({ issues, others }: DayIssues, part: number): string[] {
  const codes = [...issues.map(({ code }) => code), ...others]
  return codes.filter(code => partOf(code) === part).sort(compareIssueCodes)
}

function counted(before: LineCount | undefined, { line, sequence, lost }: Tick): LineCount {
  return {
    line,
    ticks: (before?.ticks ?? 0) + 1,
    lost: (before?.lost ?? 0) + (lost ? 1 : 0),
    last: Math.max(before?.last ?? 0, sequence),
  }
}

/** A day of which ticks are gone, deleted or expired, keeps the archive that it has. */
async function refuseLess(bucket: Bucket, due: Due, part: number, rows: number): Promise<void> {
  // The final stage has what the close had, and more.
  const stages = STAGES.slice(0, STAGES.indexOf(due.stage) + 1)
  const reports = await Promise.all(
    stages.map(stage => getJson<PartReport>(bucket, keys.part({ ...due, stage }, part))),
  )
  const had = Math.max(...reports.map(report => report?.file?.rows ?? 0))
  if (rows < had) {
    throw new Error(
      `expected at least the ${had} ticks that part ${part} of ${due.date} has in the archive, found ${rows}`,
    )
  }
}
