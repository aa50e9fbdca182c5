import assert from 'node:assert/strict'
import { after, type TestContext, test } from 'node:test'
import { DeleteCommand } from '@aws-sdk/lib-dynamodb'
import { archiveKeys, PARTS, partOf } from '../../../archive/archive-keys.ts'
import {
  closeAgain,
  closeDay,
  closePart,
  type PartRequest,
} from '../../../functions/close-of-day/close-day.ts'
import type { Tick } from '../../../market/tick.ts'
import { addMillis, asTradingDate, type EpochMicros, nowMillis } from '../../../market/units.ts'
import { boardGroupOf } from '../../../tables/boards/board-groups.ts'
import { boardGroupId } from '../../../tables/boards/board-items.ts'
import { readDays } from '../../../tables/ticks/day-items.ts'
import { writeBoards } from '../boards-fixture.ts'
import { startTables, TABLES } from '../tables.ts'
import { at, DATE, DAY, dayItemsOf, LISTED, LISTED_PARTS, openArchive, storeListed } from './test-archive.ts'

const tables = await startTables()
after(() => tables[Symbol.asyncDispose]())
await storeListed(tables)

/** Stores an issue's board, as broadcast does, until the test ends. */
async function storeBoard(t: TestContext, tick: Tick): Promise<void> {
  const boards = { client: tables.client, table: TABLES.BOARDS_TABLE }
  await writeBoards(boards, [tick])
  const Key = { id: boardGroupId(boardGroupOf(tick.board.issue)) }
  t.after(() => tables.client.send(new DeleteCommand({ TableName: boards.table, Key })))
}

test('a part that fails half-way is requested again, and then has the same result as without the failure', async t => {
  const [calm, archive] = [await openArchive(t, tables), await openArchive(t, tables)]
  for (const each of [calm, archive]) {
    await each.store(DAY)
    await closeDay(each.context, at(16, 35))
  }
  await calm.archiveRequested(at(16, 35))
  const part = partOf('7203')
  const request = archive.asked.find(each => each.part === part)!
  // Its time is over after the file is written, before its days and its report are.
  const late = closePart(archive.context, request, at(16, 35), addMillis(nowMillis(), -1_000))
  await assert.rejects(late, /to take 3 items of 20261120, 3 are left/)
  assert.ok(Object.keys(await archive.digests()).includes(archiveKeys.ticks(DATE, part)))
  archive.asked.splice(archive.asked.indexOf(request), 1)
  await archive.archiveRequested(at(16, 35))
  assert.equal(await archive.manifest(), undefined)

  const again = await closeDay(archive.context, at(16, 40))
  assert.deepEqual([again.asked, archive.asked[0]?.part], [1, part])
  await archive.archiveRequested(at(16, 40))
  assert.deepEqual(await archive.digests(), await calm.digests())
  assert.deepEqual(await dayItemsOf(archive, LISTED), await dayItemsOf(calm, LISTED))
})

test('a part requested twice is archived once, and not for the close stage if the final stage is due', async t => {
  const archive = await openArchive(t, tables)
  await archive.store(DAY)
  await closeDay(archive.context, at(15, 45))
  const request = archive.asked.find(({ part }) => part === partOf('7203'))!
  const run = (now: EpochMicros) => closePart(archive.context, request, now, addMillis(nowMillis(), 10_000))
  assert.equal(await run(at(16, 35)), undefined)
  assert.ok(((await run(at(15, 46)))?.file?.rows ?? 0) > 0)
  assert.equal(await run(at(15, 47)), undefined)
})

test('a day whose ticks were deleted keeps its archive', async t => {
  const archive = await openArchive(t, tables)
  await archive.store(DAY)
  await closeDay(archive.context, at(16, 35))
  await archive.archiveRequested(at(16, 35))
  const before = await archive.digests()
  const empty = await openArchive(t, tables)
  const context = { ...archive.context, ticks: empty.context.ticks }
  const request = { date: DATE, stage: 'final', part: partOf('7203'), again: true } as const
  const oneLess = await openArchive(t, tables)
  await oneLess.store(
    DAY.toSpliced(
      DAY.findIndex(({ board }) => board.issue === '7203'),
      1,
    ),
  )
  await assert.rejects(
    closePart(
      { ...context, ticks: oneLess.context.ticks },
      request,
      at(12, 0, 2),
      addMillis(nowMillis(), 10_000),
    ),
    /has in the archive, found \d+$/,
  )
  await assert.rejects(
    closePart(context, request, at(12, 0, 2), addMillis(nowMillis(), 10_000)),
    /expected at least the \d+ ticks that part \d+ of 20261120 has in the archive, found 0/,
  )
  await assert.rejects(closeAgain(context, DATE, at(12, 0, 31)), /31 days, got 20261120/)
  await assert.rejects(closeAgain(context, asTradingDate(20261123), at(12, 0, 10)), /expected a trading date/)
  await assert.rejects(closeAgain(context, DATE, at(12, 0)), /expected a trading date up to 20261119/)
  assert.deepEqual(await archive.digests(), before)
})

test('a part waits for ticks that are known but not stored, until the day is overdue', async t => {
  const archive = await openArchive(t, tables)
  const issue = '7203'
  const ofIssue = DAY.filter(tick => tick.board.issue === issue)
  await storeBoard(t, ofIssue.at(-1)!)
  await archive.store(ofIssue.slice(0, -1))
  await closeDay(archive.context, at(15, 45))
  const request = archive.asked.find(({ part }) => part === partOf(issue))!
  const run = (now: EpochMicros) => closePart(archive.context, request, now, addMillis(nowMillis(), 10_000))
  await assert.rejects(
    run(at(15, 46)),
    /expected all ticks to be stored; the boards of 1 issues show ticks that are not: 7203/,
  )
  assert.deepEqual(Object.keys(await archive.digests()), [archiveKeys.issues(DATE)])

  archive.asked.splice(archive.asked.indexOf(request), 1)
  await archive.archiveRequested(at(15, 50))
  assert.equal(await archive.manifest(), undefined)
  assert.ok(await run(at(16, 15)))
  const late = await archive.manifest()
  assert.deepEqual([late?.behind, late?.ticks], [[issue], ofIssue.length - 1])

  await archive.store([ofIssue.at(-1)!])
  await closeDay(archive.context, at(16, 35))
  await archive.archiveRequested(at(16, 35))
  const whole = await archive.manifest()
  assert.deepEqual([whole?.behind, whole?.ticks], [undefined, ofIssue.length])
})

test('an issue that is behind is not final, and is archived again as soon as its ticks are stored', async t => {
  const archive = await openArchive(t, tables)
  const { context } = archive
  const ofIssue = (issue: string) => DAY.filter(tick => tick.board.issue === issue)
  await storeBoard(t, ofIssue('7203').at(-1)!)
  await archive.store([...ofIssue('6758'), ...ofIssue('7203').slice(0, -1)])
  await closeDay(context, at(17, 15))
  await archive.archiveRequested(at(17, 15))
  const finals = async () =>
    Promise.all(
      ['6758', '7203'].map(async issue => (await readDays(context.ticks, issue, DATE, DATE))[0]?.final),
    )
  assert.deepEqual((await archive.manifest())?.behind, ['7203'])
  assert.deepEqual(await finals(), [true, false])
  const waiting = await closeDay(context, at(17, 20))
  assert.deepEqual([waiting.state, waiting.asked, waiting.incomplete], ['incomplete', 0, 1])
  // A request by hand does not make it final either.
  await closeAgain(context, DATE, at(17, 25))
  await archive.archiveRequested(at(17, 25))
  assert.deepEqual(await finals(), [true, false])

  await archive.store(ofIssue('7203'))
  const working = await closeDay(context, at(17, 30))
  assert.deepEqual([working.state, working.asked], ['working', PARTS])
  await archive.archiveRequested(at(17, 30))
  assert.deepEqual([(await archive.manifest())?.behind, await finals()], [undefined, [true, true]])
  assert.deepEqual((await closeDay(context, at(17, 35))).incomplete, 0)
})

test('the close stage does not wait for ticks after its end', async t => {
  const archive = await openArchive(t, tables)
  const last = DAY.findLast(({ board }) => board.issue === '7203')!
  await archive.store(DAY)
  await storeBoard(t, { ...last, sequence: last.sequence + 1, time: 16 * 3_600_000_000 })
  await closeDay(archive.context, at(15, 45))
  await archive.archiveRequested(at(15, 46))
  const manifest = await archive.manifest()
  assert.deepEqual([manifest?.behind, manifest?.ticks], [undefined, DAY.length])
})

test('two concurrent runs have the same result as one run', async t => {
  const [calm, archive] = [await openArchive(t, tables), await openArchive(t, tables)]
  for (const each of [calm, archive]) {
    await each.store(DAY)
    await closeDay(each.context, at(16, 35))
  }
  await calm.archiveRequested(at(16, 35))
  const [busy, quiet] = [true, false].map(isBusy =>
    archive.asked.filter(({ part }) => LISTED_PARTS.has(part) === isBusy),
  ) as [PartRequest[], PartRequest[]]
  archive.asked.splice(0, Infinity, ...quiet)
  await archive.archiveRequested(at(16, 35))
  const run = () =>
    Promise.all(
      busy.map(request =>
        closePart(archive.context, { ...request, again: true }, at(16, 35), addMillis(nowMillis(), 60_000)),
      ),
    )
  await Promise.all([run(), run()])
  assert.deepEqual(await archive.digests(), await calm.digests())
})

test('a part that is archived again while another part finishes the day is in the manifest', async t => {
  const archive = await openArchive(t, tables)
  const { context } = archive
  await archive.store(DAY.slice(0, -1))
  await closeDay(context, at(16, 35))
  await archive.archiveRequested(at(16, 35))
  await archive.store(DAY.slice(-1))
  const part = partOf(DAY.at(-1)!.board.issue)
  const again = (of: number) =>
    closePart(
      context,
      { date: DATE, stage: 'final', part: of, again: true },
      at(16, 45),
      addMillis(nowMillis(), 10_000),
    )

  const { middlewareStack } = context.bucket.client
  middlewareStack.add(
    next => async args => {
      // The other part has read the reports and is about to write the manifest.
      if (
        (args.input as { Key?: string }).Key === archiveKeys.manifest(DATE) &&
        middlewareStack.remove('between')
      ) {
        await again(part)
      }
      return next(args)
    },
    { step: 'initialize', name: 'between' },
  )
  await again((part + 1) % PARTS)
  const manifest = (await archive.manifest())!
  assert.equal(manifest.ticks, DAY.length)
  const digests = await archive.digests()
  for (const { key, sha256 } of manifest.files) assert.equal(sha256, digests[key], key)
})
