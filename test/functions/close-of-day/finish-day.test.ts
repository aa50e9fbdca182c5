import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { tableFromIPC } from 'apache-arrow'
import { readParquet } from 'parquet-wasm'
import { archiveKeys, PARTS } from '../../../archive/archive-keys.ts'
import type { DayIssues, Manifest } from '../../../archive/manifest.ts'
import { type Bucket, getJson, putJson } from '../../../functions/close-of-day/archive-objects.ts'
import type { PartReport } from '../../../functions/close-of-day/archive-part.ts'
import { finishDay, missingParts } from '../../../functions/close-of-day/finish-day.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import type { Day } from '../../../market/day-record.ts'
import { asTradingDate } from '../../../market/units.ts'
import { boot, client as sdk } from '../../local/cloud/cloud-fixture.ts'

const DATE = asTradingDate(20261120)
const FINAL = { date: DATE, stage: 'final' } as const
const CLOSE = { date: DATE, stage: 'close' } as const
const EMPTY: PartReport = { lines: [], days: [] }

async function openBucket(t: TestContext): Promise<Bucket> {
  const { cloud } = await boot(t, { resources: { archive: { Type: 'AWS::S3::Bucket' } } })
  const client = new S3Client(sdk(cloud))
  t.after(() => client.destroy())
  return { client, bucket: cloud.ref('archive') }
}

const dayOf = (issue: string, count: number): Day => ({
  issue,
  date: DATE,
  prices: {},
  last: { time: 1, sequence: 1 },
  count,
  lost: false,
  final: true,
})

const fileOf = (part: number, rows: number) => ({
  key: archiveKeys.ticks(DATE, part),
  bytes: 10 * rows,
  sha256: String(part),
  rows,
})

/** Writes the reports of all parts; parts without a report of their own are empty. */
async function putReports(bucket: Bucket, reports: Readonly<Record<number, PartReport>>): Promise<void> {
  const parts = Array.from({ length: PARTS }, (_, part) => part)
  await Promise.all(
    parts.map(part => putJson(bucket, archiveKeys.report(DATE, 'final', part), reports[part] ?? EMPTY)),
  )
}

const master = (code: string) => ({ code, name: code, section: '', unit: 100, basePrice: 1, topix500: false })

async function putIssues(bucket: Bucket, ...codes: string[]): Promise<void> {
  const issues: DayIssues = { tradingDate: DATE, issues: codes.map(master), others: [] }
  await putJson(bucket, archiveKeys.issues(DATE), issues)
}

test('a part is missing until it has a report of the stage', async t => {
  const bucket = await openBucket(t)
  const all = Array.from({ length: 32 }, (_, part) => part)
  assert.deepEqual(await missingParts(bucket, FINAL), all)
  for (const part of [0, 7, 31]) await putJson(bucket, archiveKeys.report(DATE, 'final', part), EMPTY)
  assert.deepEqual(
    await missingParts(bucket, FINAL),
    all.filter(part => ![0, 7, 31].includes(part)),
  )
  assert.deepEqual(await missingParts(bucket, CLOSE), all)
})

test('the manifest sums up the lines of all parts, and names issues, lanes and files in order', async t => {
  const bucket = await openBucket(t)
  await putIssues(bucket, '1301', '7203')
  await putReports(bucket, {
    4: {
      file: fileOf(4, 5),
      lines: [{ line: 2, ticks: 5, lost: 1, last: 90 }],
      days: [dayOf('7203', 3), dayOf('9999', 2)],
      behind: ['7203'],
      incomplete: ['2-1', '1-0'],
    },
    3: {
      file: fileOf(3, 7),
      lines: [
        { line: 2, ticks: 3, lost: 2, last: 100 },
        { line: 1, ticks: 4, lost: 0, last: 4 },
      ],
      days: [dayOf('130A', 7)],
      behind: ['130A'],
      incomplete: ['1-0'],
    },
    5: { lines: [{ line: 2, ticks: 1, lost: 0, last: 20 }], days: [] },
  })
  const { files, ...manifest } = await finishDay(bucket, FINAL, RULES)
  assert.deepEqual(manifest, {
    date: '2026-11-20',
    stage: 'final',
    until: '2026-11-20T23:59:59.999999+09:00',
    ticks: 13,
    lines: [
      { line: 1, ticks: 4, lost: 0, last: 4, missing: 0 },
      { line: 2, ticks: 9, lost: 3, last: 100, missing: 91 },
    ],
    issues: { '7203': 3, '9999': 2, '130A': 7 },
    behind: ['130A', '7203'],
    incomplete: ['1-0', '2-1'],
  })
  assert.deepEqual(Object.keys(manifest.issues), ['7203', '9999', '130A'])
  assert.deepEqual(
    files.map(({ key, rows }) => [key, rows]),
    [
      ['daily-bars/date=2026-11-20/part-00.parquet', 4],
      ['issues/2026-11-20.json', undefined],
      ['ticks/date=2026-11-20/part-03.parquet', 7],
      ['ticks/date=2026-11-20/part-04.parquet', 5],
    ],
  )
  assert.deepEqual(await getJson<Manifest>(bucket, archiveKeys.manifest(DATE)), { ...manifest, files })

  const { client, bucket: Bucket } = bucket
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: archiveKeys.dailyBars(DATE) }))
  const bars = tableFromIPC(readParquet(await Body!.transformToByteArray()).intoIPCStream())
  assert.deepEqual(
    bars.toArray().map(row => [row.issue, row.name, Number(row.ticks)]),
    [
      ['1301', '1301', 0],
      ['130A', null, 7],
      ['7203', '7203', 3],
      ['9999', null, 2],
    ],
  )
})

test('a whole day has neither issues that are behind nor incomplete lanes', async t => {
  const bucket = await openBucket(t)
  await putIssues(bucket)
  await putReports(bucket, {})
  const manifest = await finishDay(bucket, FINAL, RULES)
  assert.deepEqual(Object.keys(manifest), ['date', 'stage', 'until', 'ticks', 'lines', 'issues', 'files'])
})

test('a day with a missing report, or without its list of issues, is not finished', async t => {
  const bucket = await openBucket(t)
  await putIssues(bucket)
  await assert.rejects(finishDay(bucket, FINAL, RULES), {
    message: /^expected parts\/2026-11-20\/final\/part-\d+\.json/,
  })
  const other = await openBucket(t)
  await putReports(other, {})
  await assert.rejects(finishDay(other, FINAL, RULES), {
    message: /^expected issues\/2026-11-20\.json in the archive/,
  })
  assert.equal(await getJson(other, archiveKeys.manifest(DATE)), undefined)
})
