import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { archiveKeys } from '../../../archive/archive-keys.ts'
import { closeAgain, closeDay, closePart } from '../../../functions/close-of-day/close-day.ts'
import { addMicros, addMillis, asTradingDate, type EpochMicros, nowMillis } from '../../../market/units.ts'
import { startTables } from '../tables.ts'
import { at, DATE, openArchive, storeListed } from './test-archive.ts'

const tables = await startTables()
after(() => tables[Symbol.asyncDispose]())
await storeListed(tables)

test('the trading dates before the due date are looked at while their ticks are kept', async t => {
  const lookedAt = async (now: EpochMicros) => {
    const { context } = await openArchive(t, tables)
    await closeDay({ ...context, keepDays: 5 }, now)
    return [...context.wholeDates].sort()
  }
  // Friday afternoon.
  assert.deepEqual(await lookedAt(at(15, 50)), [20261116, 20261117, 20261118, 20261119])
  // The Monday is a holiday: Friday is due. The ticks of Thursday expire with Tuesday.
  assert.deepEqual(await lookedAt(at(12, 0, 3)), [20261119])
  assert.deepEqual(await lookedAt(addMicros(at(0, 0, 4), -1)), [20261119])
  assert.deepEqual(await lookedAt(at(0, 0, 4)), [])
  assert.deepEqual(await lookedAt(at(15, 50, 4)), [20261120])
})

test('the due date is asked for in parts from 0 to 31, then for the parts that are missing', async t => {
  const { context, asked, put } = await openArchive(t, tables)
  const all = Array.from({ length: 32 }, (_, part) => ({ date: DATE, stage: 'close', part, again: false }))
  const result = { date: DATE, stage: 'close', state: 'working', incomplete: 0 }
  assert.deepEqual(await closeDay(context, at(15, 45)), { ...result, asked: 32, overdue: false })
  assert.deepEqual(asked.splice(0), all)
  for (const part of [0, 30])
    await put(archiveKeys.report(DATE, 'close', part), JSON.stringify({ lines: [], days: [] }))
  assert.deepEqual(await closeDay(context, at(16, 15)), { ...result, asked: 30, overdue: true })
  assert.deepEqual(
    asked,
    all.filter(({ part }) => part !== 0 && part !== 30),
  )
})

test('the list of issues is stored with the first request, and not replaced on a later date', async t => {
  const { context, body, put } = await openArchive(t, tables)
  await closeDay(context, at(15, 45))
  const key = archiveKeys.issues(DATE)
  const list = JSON.parse(String(await body(key))) as { issues: { code: string }[] }
  assert.deepEqual(
    list.issues.map(({ code }) => code),
    ['6758', '7203', '9999'],
  )
  await put(key, '{"issues":[],"others":[]}')
  await closeAgain(context, DATE, at(12, 0, 1))
  assert.equal(String(await body(key)), '{"issues":[],"others":[]}')
  await closeAgain(context, DATE, at(15, 50))
  assert.deepEqual(JSON.parse(String(await body(key))), list)
})

test('an earlier date that has a list of issues is archived, and is looked at again', async t => {
  const { context, asked, put } = await openArchive(t, tables)
  const wednesday = asTradingDate(20261118)
  await put(archiveKeys.issues(wednesday), JSON.stringify({ tradingDate: wednesday, issues: [], others: [] }))
  await closeDay({ ...context, keepDays: 5 }, at(12, 0))
  assert.deepEqual([...new Set(asked.map(({ date, stage }) => `${date} ${stage}`))], ['20261118 final'])
  assert.deepEqual(asked.length, 32)
  assert.deepEqual([...context.wholeDates].sort(), [20261116, 20261117])
  asked.length = 0
  await closeDay({ ...context, keepDays: 5, wholeDates: new Set([wednesday]) }, at(12, 0))
  assert.deepEqual(asked, [], 'a date that is known to be whole needs no further look')
})

test('a date is archived again up to the due date, while its ticks are kept', async t => {
  const { context, asked } = await openArchive(t, tables)
  const again = (now: EpochMicros, date = DATE) => closeAgain(context, date, now)
  await assert.rejects(again(at(15, 44)), { message: 'expected a trading date up to 20261119, got 20261120' })
  assert.deepEqual(await again(at(15, 45)), {
    ...{ date: DATE, stage: 'close', state: 'working' },
    ...{ asked: 32, overdue: false, incomplete: 0 },
  })
  assert.ok(asked.every(request => request.again))
  assert.equal((await again(at(16, 33))).stage, 'final')
  assert.equal((await again(at(15, 45), asTradingDate(20261119))).stage, 'final')
  assert.equal((await again(addMicros(at(0, 0, 31), -1))).stage, 'final')
  await assert.rejects(again(at(0, 0, 31)), {
    name: 'RangeError',
    message:
      'expected a date whose ticks are still stored, 31 days, got 20261120: its archive stays as it is',
  })
  await assert.rejects(again(at(12, 0, 5), asTradingDate(20261123)), {
    name: 'RangeError',
    message: 'expected a trading date up to 20261124, got 20261123',
  })
})

test('a part of the close stage is not archived when another stage is due', async t => {
  const archive = await openArchive(t, tables)
  await closeDay(archive.context, at(15, 45))
  const request = { date: DATE, stage: 'close', part: 0, again: true } as const
  const run = (now: EpochMicros) => closePart(archive.context, request, now, addMillis(nowMillis(), 60_000))
  assert.equal(await run(at(15, 44)), undefined)
  assert.deepEqual(await run(at(15, 45)), { lines: [], days: [] })
  assert.equal(await run(at(16, 33)), undefined)
  assert.equal(await run(at(15, 50, 4)), undefined)
})
