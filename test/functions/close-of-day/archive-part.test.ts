import assert from 'node:assert/strict'
import { after, type TestContext, test } from 'node:test'
import { archiveKeys, partOf } from '../../../archive/archive-keys.ts'
import { getJson, listKeys } from '../../../functions/close-of-day/archive-objects.ts'
import { archivePart, type PartReport } from '../../../functions/close-of-day/archive-part.ts'
import { addMillis, nowMillis } from '../../../market/units.ts'
import { readDays } from '../../../tables/ticks/day-items.ts'
import { readFinishedIssues } from '../../../tables/ticks/finished-issues.ts'
import { stateStored } from '../stored-lanes.ts'
import { startTables } from '../tables.ts'
import { at, DATE, DAY, dayItemsOf, openArchive, type TestArchive } from './test-archive.ts'

const tables = await startTables()
after(() => tables[Symbol.asyncDispose]())

const ISSUE = '7203'
const PART = partOf(ISSUE)
const TICKS = DAY.filter(({ board }) => board.issue === ISSUE)
const CLOSE = { date: DATE, stage: 'close' } as const
const FINAL = { date: DATE, stage: 'final' } as const
/** Midnight of the date in Tokyo, epoch seconds. */
const MIDNIGHT = Date.UTC(2026, 10, 19, 15) / 1_000

/** Opens an archive of a day with one listed issue. */
async function openPart(t: TestContext): Promise<TestArchive> {
  const archive = await openArchive(t, tables)
  await archive.put(
    archiveKeys.issues(DATE),
    JSON.stringify({ tradingDate: DATE, issues: [{ code: ISSUE }], others: [] }),
  )
  return archive
}

const run = ({ context }: TestArchive, due: typeof CLOSE | typeof FINAL, more = {}, part = PART) =>
  archivePart(context, due, part, {
    waitForTicks: false,
    acceptLanes: false,
    deadline: addMillis(nowMillis(), 60_000),
    ...more,
  })

test('a part has its ticks in a file, its days in the table, and a report of both', async t => {
  const archive = await openPart(t)
  await archive.store(TICKS)
  const { file, lines, days, ...rest } = await run(archive, CLOSE)
  const key = archiveKeys.ticks(DATE, PART)
  const body = await archive.body(key)
  assert.deepEqual([file?.key, file?.rows, file?.bytes], [key, TICKS.length, body.length])
  const last = Math.max(...TICKS.map(({ sequence }) => sequence))
  const lost = TICKS.filter(tick => tick.lost).length
  assert.deepEqual(lines, [{ line: 1, ticks: TICKS.length, lost, last }])
  assert.deepEqual(
    days.map(({ issue, count, final }) => [issue, count, final]),
    [[ISSUE, TICKS.length, false]],
  )
  assert.deepEqual(rest, {})
  const report = await getJson<PartReport>(archive.context.bucket, archiveKeys.report(DATE, 'close', PART))
  assert.deepEqual(report, { file, lines, days })
  assert.deepEqual(await readDays(archive.context.ticks, ISSUE, DATE, DATE), days)
  assert.deepEqual(await readFinishedIssues(archive.context.ticks), new Set([ISSUE]))
})

test('the days of a part are kept for ten years from the date on', async t => {
  const archive = await openPart(t)
  await archive.store(TICKS)
  await run(archive, FINAL)
  const items = (await dayItemsOf(archive, [ISSUE])) as { expires: number }[]
  assert.deepEqual(
    items.map(({ expires }) => expires),
    [MIDNIGHT + 3_653 * 86_400, MIDNIGHT + 3_653 * 86_400],
  )
})

test('a part without a tick has a report alone', async t => {
  const archive = await openPart(t)
  assert.deepEqual(await run(archive, FINAL, {}, (PART + 1) % 32), { lines: [], days: [] })
  assert.deepEqual(await run(archive, FINAL), { lines: [], days: [] })
  assert.deepEqual(await listKeys(archive.context.bucket, 'ticks/'), new Set())
  assert.deepEqual(await readFinishedIssues(archive.context.ticks), new Set())
})

test('the final stage needs lanes that are stored to the end of the day, or somebody who accepts them', async t => {
  const archive = await openPart(t)
  await archive.store(TICKS)
  await stateStored(archive.context.ticks, DATE, at(14, 0), [2])
  const stateOf = async (...given: [due: typeof CLOSE | typeof FINAL, more?: object]) => {
    const { days, incomplete } = await run(archive, ...given)
    return [days[0]?.final, incomplete]
  }
  assert.deepEqual(await stateOf(CLOSE, { waitForTicks: true }), [false, undefined])
  await assert.rejects(run(archive, FINAL, { waitForTicks: true }), {
    name: 'NotStoredYet',
    message: 'expected all lanes to be stored to the end of the day; 2-0,2-1 are not',
  })
  assert.deepEqual(await stateOf(FINAL), [false, ['2-0', '2-1']])
  assert.deepEqual(await stateOf(FINAL, { acceptLanes: true, waitForTicks: true }), [true, undefined])
})

test('a stage is refused if it has fewer ticks than an earlier stage, or than itself before', async t => {
  const archive = await openPart(t)
  await archive.store(TICKS)
  await run(archive, CLOSE)
  const oneLess = await openArchive(t, tables)
  await oneLess.store(TICKS.slice(1))
  const less = { ...archive, context: { ...archive.context, ticks: oneLess.context.ticks } }
  const refusal = {
    message: `expected at least the ${TICKS.length} ticks that part ${PART} of 20261120 has in the archive, found ${TICKS.length - 1}`,
  }
  for (const stage of [CLOSE, FINAL]) await assert.rejects(run(less, stage), refusal)
  assert.equal((await run(archive, FINAL)).file?.rows, TICKS.length)
})

test('a part needs the list of issues', async t => {
  const archive = await openArchive(t, tables)
  await assert.rejects(run(archive, CLOSE), {
    message: 'expected issues/2026-11-20.json in the archive, found none',
  })
})
