/** Finishes a day's archive: writes the daily bars of all issues, and the manifest, which shows that the day is complete. */
import { isDeepStrictEqual } from 'node:util'
import { archiveKeys, PARTS } from '../../archive/archive-keys.ts'
import { DAILY_BAR_COLUMNS } from '../../archive/daily-bars.ts'
import {
  type DayIssues,
  describeFile,
  jsonBytes,
  type LineCount,
  type Manifest,
} from '../../archive/manifest.ts'
import { openParquet } from '../../archive/parquet.ts'
import type { Calendar } from '../../market/calendar/calendar.ts'
import type { Day } from '../../market/day-record.ts'
import { compareIssueCodes } from '../../market/issue-code.ts'
import { isoDate, isoTime } from '../../market/moment.ts'
import type { DayMicros } from '../../market/units.ts'
import { type Bucket, listKeys, putJson, putObject, requireJson } from './archive-objects.ts'
import type { PartReport } from './archive-part.ts'
import { type Due, stageEnd } from './due-stage.ts'

/** Returns the parts of a stage that have no report yet. */
export async function missingParts(bucket: Bucket, { date, stage }: Due): Promise<number[]> {
  const reports = await listKeys(bucket, archiveKeys.reports(date, stage))
  return allParts().filter(part => !reports.has(archiveKeys.report(date, stage, part)))
}

/** Returns the numbers of all parts. */
export function allParts(): number[] {
  return Array.from({ length: PARTS }, (_, part) => part)
}

/**
 * Writes daily bars and manifest from the reports of all parts. Two parts that end at the same time both run this. If a
 * report changed in the meantime, both objects are written again.
 * @throws Error if a report is missing.
 */
export async function finishDay(bucket: Bucket, due: Due, calendar: Calendar): Promise<Manifest> {
  let reports = await readReports(bucket, due)
  for (;;) {
    const manifest = await writeManifest(bucket, due, stageEnd(due, calendar), reports)
    const latest = await readReports(bucket, due)
    if (isDeepStrictEqual(latest, reports)) return manifest
    reports = latest
  }
}

function readReports(bucket: Bucket, { date, stage }: Due): Promise<PartReport[]> {
  return Promise.all(
    allParts().map(part => requireJson<PartReport>(bucket, archiveKeys.report(date, stage, part))),
  )
}

async function writeManifest(
  bucket: Bucket,
  due: Due,
  until: DayMicros,
  reports: readonly PartReport[],
): Promise<Manifest> {
  const { date, stage } = due
  const issues = await requireJson<DayIssues>(bucket, archiveKeys.issues(date))
  const days = reports.flatMap(report => report.days)
  const bars = dailyBars(issues, days)
  const files = [
    ...reports.flatMap(({ file }) => file ?? []),
    { ...(await putObject(bucket, archiveKeys.dailyBars(date), bars.bytes)), rows: bars.rows },
    describeFile(archiveKeys.issues(date), jsonBytes(issues)),
  ]
  const lines = sumLines(reports)
  const behind = reports.flatMap(report => report.behind ?? []).sort(compareIssueCodes)
  const incomplete = [...new Set(reports.flatMap(report => report.incomplete ?? []))].sort()
  const manifest: Manifest = {
    date: isoDate(date),
    stage,
    until: isoTime(date, until),
    ticks: lines.reduce((sum, { ticks }) => sum + ticks, 0),
    lines,
    issues: Object.fromEntries(days.sort(byIssue).map(({ issue, count }) => [issue, count])),
    ...(behind.length === 0 ? {} : { behind }),
    ...(incomplete.length === 0 ? {} : { incomplete }),
    files: files.sort((a, b) => (a.key < b.key ? -1 : 1)),
  }
  await putJson(bucket, archiveKeys.manifest(date), manifest)
  return manifest
}

function byIssue(a: Day, b: Day): number {
  return compareIssueCodes(a.issue, b.issue)
}

/** Writes a row for every issue of the master, with or without ticks, and for every other issue with ticks. */
function dailyBars({ issues }: DayIssues, days: readonly Day[]): { bytes: Uint8Array; rows: number } {
  const dayOf = new Map(days.map(day => [day.issue, day]))
  const masterOf = new Map(issues.map(issue => [issue.code, issue]))
  const codes = [...new Set([...masterOf.keys(), ...dayOf.keys()])].sort(compareIssueCodes)
  const file = openParquet(DAILY_BAR_COLUMNS)
  for (const issue of codes) file.add({ issue, master: masterOf.get(issue), day: dayOf.get(issue) })
  return { bytes: Buffer.concat(file.finish()), rows: file.rows }
}

/** Adds up the counts of each line over all parts. */
function sumLines(reports: readonly PartReport[]): Manifest['lines'] {
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
