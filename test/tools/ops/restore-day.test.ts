import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { archiveKeys, partOf } from '../../../archive/archive-keys.ts'
import { closeDay } from '../../../functions/close-of-day/close-day.ts'
import { addMillis, nowMillis } from '../../../market/units.ts'
import { readDays } from '../../../tables/ticks/day-items.ts'
import { readFinishedIssues } from '../../../tables/ticks/finished-issues.ts'
import { readIncompleteLanes } from '../../../tables/ticks/watermarks.ts'
import { createPace } from '../../../tables/ticks/write-pace.ts'
import { RestoreError, type RestoreParts, restoreDay } from '../../../tools/ops/restore-day.ts'
import {
  at,
  DATE,
  DAY,
  LISTED,
  openArchive,
  storedTicksOf,
  storeListed,
  type TestArchive,
} from '../../functions/close-of-day/test-archive.ts'
import { LANES } from '../../functions/stored-lanes.ts'
import { addTicksTable, startTables } from '../../functions/tables.ts'

const tables = await startTables()
after(() => tables[Symbol.asyncDispose]())
await storeListed(tables)
const WATERMARK_SECONDS = 3_000

/** Returns what a restore into an empty table needs, `days` days after the date. */
async function partsOf({ context }: TestArchive, days: number): Promise<RestoreParts> {
  return {
    archive: context.bucket,
    calendar: context.calendar,
    ticks: { ...(await addTicksTable(tables)), consistent: true },
    pace: createPace(1_000_000),
    now: at(12, 0, days),
    print: () => {},
  }
}

test('a day comes back with its ticks, its finished days and its watermarks', async t => {
  const archive = await openArchive(t, tables)
  await archive.store(DAY)
  await closeDay(archive.context, at(17, 0))
  await archive.archiveRequested(at(17, 0))
  const parts = await partsOf(archive, 1)
  const { ticks, issues } = await restoreDay(parts, DATE)
  assert.equal(ticks, DAY.length)
  const restored = { ...archive, context: { ...archive.context, ticks: parts.ticks } }
  assert.deepEqual(await storedTicksOf(restored, LISTED), await storedTicksOf(archive, LISTED))
  for (const issue of LISTED)
    assert.deepEqual(
      await readDays(parts.ticks, issue, DATE, DATE),
      await readDays(archive.context.ticks, issue, DATE, DATE),
    )
  assert.equal(issues, (await readFinishedIssues(parts.ticks)).size)
  const hours = parts.calendar.hoursOf(DATE)
  const later = addMillis(nowMillis(), WATERMARK_SECONDS)
  assert.deepEqual(await readIncompleteLanes(parts.ticks, DATE, hours, LANES, later), [])
})

test('of a day whose ticks are no longer kept the finished days come back alone', async t => {
  const archive = await openArchive(t, tables)
  await archive.store(DAY)
  await closeDay(archive.context, at(17, 0))
  await archive.archiveRequested(at(17, 0))
  const parts = await partsOf(archive, 32)
  assert.equal((await restoreDay(parts, DATE)).packs, 0)
  const restored = { ...archive, context: { ...archive.context, ticks: parts.ticks } }
  assert.deepEqual(await storedTicksOf(restored, LISTED), [])
  assert.equal((await readDays(parts.ticks, '7203', DATE, DATE)).length, 1)
})

test('a date that is not archived, not final, or has another file is refused', async t => {
  const archive = await openArchive(t, tables)
  const parts = await partsOf(archive, 1)
  await assert.rejects(restoreDay(parts, DATE), new RestoreError('2026-11-20 is not in the archive'))
  await archive.store(DAY)
  await closeDay(archive.context, at(15, 45))
  await archive.archiveRequested(at(15, 45))
  await assert.rejects(restoreDay(parts, DATE), /archived up to its close only/)
  await closeDay(archive.context, at(17, 0))
  await archive.archiveRequested(at(17, 0))
  await archive.put(archiveKeys.ticks(DATE, partOf('7203')), 'another file')
  await assert.rejects(restoreDay(parts, DATE), /is not the file of the manifest/)
})
