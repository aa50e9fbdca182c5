import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { tableFromIPC } from 'apache-arrow'
import { readParquet } from 'parquet-wasm'
import { archiveKeys, PARTS } from '../../../archive/archive-keys.ts'
import { closeAgain, closeDay } from '../../../functions/close-of-day/close-day.ts'
import type { Tick } from '../../../market/tick.ts'
import { readDays } from '../../../tables/ticks/day-items.ts'
import { readFinishedIssues } from '../../../tables/ticks/finished-issues.ts'
import { watermarksKey } from '../../../tables/ticks/ticks-item.ts'
import { stateStored } from '../stored-lanes.ts'
import { startTables } from '../tables.ts'
import {
  at,
  DATE,
  DAY,
  dayItemsOf,
  LISTED,
  LISTED_PARTS,
  OTHER,
  openArchive,
  storedTicksOf,
  storeListed,
} from './test-archive.ts'

const tables = await startTables()
after(() => tables[Symbol.asyncDispose]())
await storeListed(tables)

/** A tick of the last tick's issue, after the end of the close stage and directly after lost messages. */
const LATE: Tick = { ...DAY.at(-1)!, sequence: 100_000, time: 16 * 3_600_000_000, lost: true }

test('a day is archived in parts, and is complete after the last part', async t => {
  const archive = await openArchive(t, tables)
  const { context, asked } = archive
  await archive.store(DAY)
  assert.deepEqual(await closeDay(context, at(15, 45)), {
    date: DATE,
    stage: 'close',
    state: 'working',
    asked: PARTS,
    overdue: false,
    incomplete: 0,
  })
  assert.deepEqual(
    asked.map(({ part }) => part),
    Array.from({ length: PARTS }, (_, part) => part),
  )
  const held = asked.splice(5, 1)
  await archive.archiveRequested(at(15, 45))
  assert.equal(await archive.manifest(), undefined)
  const again = await closeDay(context, at(15, 50))
  assert.deepEqual([again.state, asked], ['working', held])
  await archive.archiveRequested(at(15, 50))

  const truth = await storedTicksOf(archive, LISTED)
  assert.equal(truth.length, DAY.length)
  assert.deepEqual(await archive.archived(), truth)
  const manifest = (await archive.manifest())!
  assert.equal(manifest.date, '2026-11-20')
  assert.equal(manifest.until, '2026-11-20T15:41:59.999999+09:00')
  assert.equal(manifest.ticks, truth.length)
  const last = Math.max(...truth.map(({ sequence }) => sequence))
  const lost = truth.filter(tick => tick.lost).length
  assert.deepEqual(manifest.lines, [
    { line: 1, ticks: truth.length, lost, last, missing: last - truth.length },
  ])
  assert.deepEqual(
    Object.entries(manifest.issues),
    ['6758', '7203'].map(issue => [issue, truth.filter(tick => tick.board.issue === issue).length]),
  )
  const digests = await archive.digests()
  for (const { key, sha256, bytes } of manifest.files) {
    assert.equal(sha256, digests[key], key)
    assert.equal(bytes, (await archive.body(key)).length, key)
  }
  assert.deepEqual(
    manifest.files.map(({ key }) => key),
    Object.keys(digests).filter(key => !/^(parts|manifests)\//.test(key)),
  )
  assert.equal((await closeDay(context, at(15, 55))).state, 'complete')
  assert.deepEqual(asked, [])
})

test('the daily bars have a row for every listed issue, and the table has a day for each issue with ticks', async t => {
  const archive = await openArchive(t, tables)
  await archive.store(DAY)
  await closeDay(archive.context, at(15, 45))
  await archive.archiveRequested(at(15, 45))
  const table = tableFromIPC(readParquet(await archive.body(archiveKeys.dailyBars(DATE))).intoIPCStream())
  const truth = await storedTicksOf(archive, LISTED)
  const rows = table.toArray().map(row => row.toJSON() as Record<string, unknown>)
  assert.deepEqual(
    rows.map(row => [row.issue, row.name, Number(row.ticks)]),
    LISTED.map(issue => [issue, `銘柄${issue}`, truth.filter(tick => tick.board.issue === issue).length]),
  )
  assert.equal(rows[2]?.last_price, null)
  assert.equal(String(rows[0]?.base_price), '10000000')
  const [day] = await readDays(archive.context.ticks, '7203', DATE, DATE)
  assert.equal(String(rows[1]?.last_price), String(day?.prices.last?.price))
  assert.deepEqual([day?.count, day?.final], [Number(rows[1]?.ticks), false])
  assert.deepEqual(await readDays(archive.context.ticks, '9999', DATE, DATE), [])
  const withTicks = LISTED.filter(issue => truth.some(({ board }) => board.issue === issue))
  assert.deepEqual(await readFinishedIssues(archive.context.ticks), new Set(withTicks))
})

test('a second run writes the same bytes to the archive and the table', async t => {
  const archive = await openArchive(t, tables)
  await archive.store(DAY)
  await closeDay(archive.context, at(16, 35))
  await archive.archiveRequested(at(16, 35))
  const [objects, items] = [await archive.digests(), await dayItemsOf(archive, LISTED)]
  assert.equal(items.length, 4)
  assert.equal((await closeAgain(archive.context, DATE, at(12, 0, 4))).asked, PARTS)
  await archive.archiveRequested(at(12, 0, 4), LISTED_PARTS)
  assert.deepEqual(await archive.digests(), objects)
  assert.deepEqual(await dayItemsOf(archive, LISTED), items)
})

test('ticks after the close stage are in the final stage', async t => {
  const archive = await openArchive(t, tables)
  await archive.store(DAY)
  await closeDay(archive.context, at(15, 45))
  await archive.archiveRequested(at(15, 45))
  await archive.store([LATE])
  assert.equal((await closeDay(archive.context, at(16, 30))).state, 'complete')
  const before = await archive.manifest()
  assert.equal(before?.ticks, DAY.length)

  const final = await closeDay(archive.context, at(16, 35))
  assert.deepEqual([final.stage, final.asked], ['final', PARTS])
  await archive.archiveRequested(at(16, 35))
  const manifest = await archive.manifest()
  assert.deepEqual([manifest?.stage, manifest?.ticks], ['final', DAY.length + 1])
  assert.deepEqual([before?.lines[0]?.lost, manifest?.lines[0]?.lost], [0, 1])
  assert.deepEqual(await archive.archived(), await storedTicksOf(archive, LISTED))
  const [day] = await readDays(archive.context.ticks, LATE.board.issue, DATE, DATE)
  assert.deepEqual([day?.final, day?.lost, day?.last.sequence], [true, true, LATE.sequence])
  assert.equal((await closeDay(archive.context, at(9, 0, 1))).state, 'complete')
})

test('a day without a tick gets a manifest of 0 ticks', async t => {
  const archive = await openArchive(t, tables)
  await closeDay(archive.context, at(15, 45))
  await archive.archiveRequested(at(15, 45))
  const manifest = (await archive.manifest())!
  assert.deepEqual([manifest.ticks, manifest.lines, manifest.issues], [0, [], {}])
  assert.deepEqual(
    manifest.files.map(({ key, rows }) => [key, rows]),
    [
      ['daily-bars/date=2026-11-20/part-00.parquet', LISTED.length],
      ['issues/2026-11-20.json', undefined],
    ],
  )
})

test('a day of which the system has seen nothing is not archived: before the close, on a holiday, in a new system', async t => {
  const archive = await openArchive(t, tables)
  for (const now of [at(9, 0), at(15, 40), at(12, 0, 1), at(15, 50, 3)]) {
    const { state, asked, overdue } = await closeDay(archive.context, now)
    assert.deepEqual([state, asked, overdue], ['nothing', 0, false])
  }
  assert.deepEqual(await archive.digests(), {})
})

test('a day that was started is finished on a later day, with its own list of issues', async t => {
  const archive = await openArchive(t, tables)
  await archive.store(DAY)
  await closeDay(archive.context, at(15, 45))
  const issues = String(await archive.body(archiveKeys.issues(DATE)))
  archive.asked.splice(0)
  const later = await closeDay(archive.context, at(10, 0, 1))
  assert.deepEqual([later.stage, later.asked, later.overdue], ['final', PARTS, true])
  await archive.archiveRequested(at(10, 0, 1))
  assert.equal((await archive.manifest())?.ticks, DAY.length)
  assert.equal(String(await archive.body(archiveKeys.issues(DATE))), issues)
})

test('an issue that has a board but is not in the issue master is archived too', async t => {
  const archive = await openArchive(t, tables)
  const other = OTHER.filter(tick => tick.board.issue === '130A')
  await archive.store([...DAY, ...other])
  await archive.put(
    archiveKeys.issues(DATE),
    JSON.stringify({ tradingDate: DATE, issues: [{ code: '7203' }], others: ['130A'] }),
  )
  await closeDay(archive.context, at(10, 0, 1))
  await archive.archiveRequested(at(10, 0, 1))
  assert.deepEqual(Object.keys((await archive.manifest())!.issues).sort(), ['130A', '7203'])
})

test('a day is final only when its lanes are stored to its end, and then becomes final by itself', async t => {
  const archive = await openArchive(t, tables)
  const { context } = archive
  await stateStored(context.ticks, DATE, at(14, 0), [2])
  await archive.store(DAY)
  await closeDay(context, at(16, 35))
  const early = archive.archiveRequested(at(16, 35))
  await assert.rejects(early, /expected all lanes to be stored to the end of the day; 2-0,2-1 are not/)
  // Once the day is overdue it is archived as it is.
  archive.asked.splice(0)
  await closeDay(context, at(17, 15))
  await archive.archiveRequested(at(17, 15))
  const incomplete = await archive.manifest()
  assert.deepEqual([incomplete?.stage, incomplete?.incomplete], ['final', ['2-0', '2-1']])
  assert.deepEqual((await readDays(context.ticks, '7203', DATE, DATE))[0]?.final, false)
  for (const now of [at(17, 20), at(9, 0, 1), at(15, 50, 3)]) {
    const { asked, incomplete } = await closeDay(context, now)
    assert.deepEqual([asked, incomplete], [0, 1], 'reported until nothing is missing, also on later dates')
  }
  await archive.store([LATE])
  await stateStored(context.ticks, DATE)
  assert.equal((await closeDay(context, at(15, 55, 3))).asked, PARTS)
  await archive.archiveRequested(at(15, 55, 3))
  const whole = await archive.manifest()
  assert.deepEqual([whole?.incomplete, whole?.ticks], [undefined, DAY.length + 1])
  assert.deepEqual((await readDays(context.ticks, '7203', DATE, DATE))[0]?.final, true)
  const { asked, incomplete: left } = await closeDay(context, at(16, 0, 3))
  assert.deepEqual([asked, left], [0, 0])
})

test('a day that lacks envelopes which were given up is not final until someone decides that they will not come', async t => {
  const archive = await openArchive(t, tables)
  const { context } = archive
  const { client, table } = context.ticks
  await client.send(
    new UpdateCommand({
      TableName: table,
      Key: { key: watermarksKey(DATE), time: '1-0' },
      UpdateExpression: 'SET #missing = :missing',
      ExpressionAttributeNames: { '#missing': 'missing' },
      ExpressionAttributeValues: { ':missing': '1:5-5' },
    }),
  )
  await archive.store(DAY)
  await closeDay(context, at(17, 15))
  await archive.archiveRequested(at(17, 15))
  assert.deepEqual((await archive.manifest())?.incomplete, ['1-0'])
  await closeAgain(context, DATE, at(12, 0, 4))
  await archive.archiveRequested(at(12, 0, 4))
  assert.deepEqual((await archive.manifest())?.incomplete, undefined)
  assert.deepEqual((await readDays(context.ticks, '7203', DATE, DATE))[0]?.final, true)
  assert.equal((await closeDay(context, at(12, 5, 4))).incomplete, 0)
})
