/** The end of a day's archive: the daily bars of all issues, and the manifest, which says that all is there. */
import { isDeepStrictEqual } from 'node:util'
import { DAILY_BAR_COLUMNS } from '../../archive/daily-bars.ts'
import { openParquet } from '../../archive/parquet.ts'
import type { Day } from '../../market/day-record.ts'
import { compareIssueCodes } from '../../market/issue-code.ts'
import type { IssueMaster } from '../../market/market-event.ts'
import { isoDate, isoTime } from '../../market/moment.ts'
import {
  type ArchivedFile,
  type Bucket,
  describe,
  getJson,
  jsonBytes,
  keys,
  listKeys,
  putObject,
} from './archive-objects.ts'
import { type LineCount, PARTS, type PartReport } from './archive-part.ts'
import type { DayIssues } from './day-issues.ts'
import { type Due, type Stage, stageEnd } from './due-stage.ts'

/** `manifests/DATE.json`. Nothing in it differs from run to run. */
export interface Manifest {
  /** YYYY-MM-DD. */
  readonly date: string
  readonly stage: Stage
  /** The last microsecond of which the archive has the ticks. */
  readonly until: string
  readonly ticks: number
  /**
   * By line. `missing` counters of 1 to `last` have no tick: they were messages of other exchanges and issues that
   * nobody knows, or are lost.
   */
  readonly lines: readonly (LineCount & { readonly missing: number })[]
  /** Ticks of each issue that has some. */
  readonly issues: Readonly<Record<string, number>>
  /** Issues of which a newer tick was known than was stored, if any. */
  readonly behind?: readonly string[]
  /** Everything of the day but this manifest, in the order of keys. */
  readonly files: readonly (ArchivedFile & { readonly rows?: number })[]
}

/** The parts that are not done yet. */
export async function missingParts({ client, bucket }: Bucket, due: Due): Promise<number[]> {
  const done = await listKeys({ client, bucket }, keys.parts(due))
  return Array.from({ length: PARTS }, (_, part) => part).filter(part => !done.has(keys.part(due, part)))
}

/**
 * Writes daily bars and manifest from the reports of all parts. Parts that are done at once do so at once: what one
 * has written by older reports than another, it writes again.
 * @throws Error when a report is missing.
 */
export async function finishDay(bucket: Bucket, due: Due): Promise<Manifest> {
  let reports = await readReports(bucket, due)
  for (;;) {
    const manifest = await writeManifest(bucket, due, reports)
    const now = await readReports(bucket, due)
    if (isDeepStrictEqual(now, reports)) return manifest
    reports = now
  }
}

function readReports(bucket: Bucket, due: Due): Promise<PartReport[]> {
  return Promise.all(
    Array.from({ length: PARTS }, (_, part) => needed<PartReport>(bucket, keys.part(due, part))),
  )
}

async function writeManifest(bucket: Bucket, due: Due, reports: readonly PartReport[]): Promise<Manifest> {
  const { date, stage } = due
  const listed = await needed<DayIssues>(bucket, keys.issues(date))
  const days = reports.flatMap(report => report.days)
  const bars = dailyBars(listed, days)
  const files = [
    ...reports.flatMap(({ file }) => file ?? []),
    { ...(await putObject(bucket, keys.dailyBars(date), bars.bytes)), rows: bars.rows },
    describe(keys.issues(date), jsonBytes(listed)),
  ]
  const lines = linesOf(reports)
  const behind = reports.flatMap(report => report.behind ?? []).sort(compareIssueCodes)
  const manifest: Manifest = {
    date: isoDate(date),
    stage,
    until: isoTime(date, stageEnd(due)),
    ticks: lines.reduce((sum, { ticks }) => sum + ticks, 0),
    lines,
    issues: Object.fromEntries(days.sort(byIssue).map(({ issue, count }) => [issue, count])),
    ...(behind.length === 0 ? {} : { behind }),
    files: files.sort((a, b) => (a.key < b.key ? -1 : 1)),
  }
  await putObject(bucket, keys.manifest(date), jsonBytes(manifest))
  return manifest
}

async function needed<T>(bucket: Bucket, key: string): Promise<T> {
  const value = await getJson<T>(bucket, key)
  if (value === undefined) throw new Error(`expected ${key} in the archive, found none`)
  return value
}

function byIssue(a: Day, b: Day): number {
  return compareIssueCodes(a.issue, b.issue)
}

/** A row for every listed issue, with a tick or without, and for every other that had one. */
function dailyBars({ issues }: DayIssues, days: readonly Day[]): { bytes: Uint8Array; rows: number } {
  const dayOf = new Map(days.map(day => [day.issue, day]))
  const masterOf = new Map<string, IssueMaster>(issues.map(issue => [issue.code, issue]))
  const codes = [...new Set([...masterOf.keys(), ...dayOf.keys()])].sort(compareIssueCodes)
  const file = openParquet(DAILY_BAR_COLUMNS)
  for (const issue of codes) file.add({ issue, master: masterOf.get(issue), day: dayOf.get(issue) })
  return { bytes: Buffer.concat(file.finish()), rows: file.rows }
}

function linesOf(reports: readonly PartReport[]): Manifest['lines'] {
  const lines = new Map<number, LineCount>()
  for (const { line, ticks, lost, last } of reports.flatMap(report => report.lines)) {
    const before = lines.get(line) ?? { ticks: 0, lost: 0, last: 0 }
    lines.set(line, {
      line,
      ticks: before.ticks + ticks,
      lost: before.lost + lost,
      last: Math.max(before.last, last),
    })
  }
  return [...lines.values()]
    .sort((a, b) => a.line - b.line)
    .map(count => ({ ...count, missing: count.last - count.ticks }))
}
