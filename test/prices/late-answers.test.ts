import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { Audience } from '../../contract/publication.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import { laneOf } from '../../market/lane.ts'
import { DAY_MICROSECONDS, momentOf, momentToIso } from '../../market/moment.ts'
import {
  addMicros,
  asTradingDate,
  type DayMicros,
  type EpochMicros,
  nowMillis,
  PRICE_SCALE,
  toEpochMillis,
} from '../../market/units.ts'
import { barsIn } from '../../prices/bars-answer.ts'
import { boardAsOf, boardsAsOf } from '../../prices/boards-answer.ts'
import { dayAsOf } from '../../prices/days-answer.ts'
import type { PriceSource } from '../../prices/price-source.ts'
import { createStoring } from '../../prices/storing.ts'
import { ticksOf, tradesOf } from '../../prices/ticks-answer.ts'
import type { TicksTable } from '../../tables/ticks/ticks-table.ts'
import { recordsOf, store } from '../functions/store-ticks/batch-delivery.ts'
import { LANES, stateStored } from '../functions/stored-lanes.ts'
import {
  envelopesOf,
  ISSUES,
  openSender,
  sampleTicks,
  TRADING_DATE,
  ticksOfLine,
} from '../functions/stored-market.ts'
import { addTicksTable, startTables, type Tables } from '../functions/tables.ts'
import { PriceTruth } from './price-truth.ts'
import { sourceAt } from './standing-source.ts'

const MINUTE = 60_000_000
const at = (hours: number, minutes: number): EpochMicros =>
  momentOf(TRADING_DATE, (hours * 60 + minutes) * MINUTE)
const ALL = { from: undefined, to: undefined, limit: 2_000, after: undefined }
const YESTERDAY = asTradingDate(20261119)

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** Returns a source that knows by the table what is stored. Every issue is on line 1. */
function readingSource(ticks: TicksTable, audience: Audience, now: EpochMicros): PriceSource {
  const source = sourceAt(ticks, audience, now)
  const { clock } = source
  return { ...source, storing: createStoring({ clock, ticks, lanes: LANES, lineOf: async () => 1 }) }
}

const stampsOf = async (source: PriceSource, issue: string, named?: string) =>
  (
    await Promise.all([
      boardAsOf(source, issue, named),
      boardsAsOf(source, [issue], named),
      ticksOf(source, { ...ALL, issue, to: named }),
      tradesOf(source, { ...ALL, issue, to: named }),
      barsIn(source, { issue, from: undefined, to: named, interval: '1m' }),
      barsIn(source, { issue, from: undefined, to: named, interval: '1d' }),
      dayAsOf(source, issue, named),
    ])
  ).map(({ stamp }) => [stamp.asOf, stamp.late === true])

test('every answer is true as of what is stored, and marked as late, if storing is behind the cut', async () => {
  const table = await addTicksTable(tables)
  await stateStored(table, TRADING_DATE, at(9, 30))
  const expect = async (source: PriceSource, asOf: EpochMicros, isLate: boolean, named?: EpochMicros) => {
    const stamps = await stampsOf(source, '7203', named && momentToIso(named))
    assert.deepEqual(stamps, Array(stamps.length).fill([momentToIso(asOf), isLate]))
  }
  await expect(readingSource(table, 'everybody', at(9, 50)), at(9, 30), false)
  await expect(readingSource(table, 'everybody', at(10, 20)), at(9, 30), true)
  await expect(readingSource(table, 'everybody', at(10, 20)), at(9, 30), true, at(9, 45))
  await expect(readingSource(table, 'everybody', at(10, 20)), at(9, 20), false, at(9, 20))
  // Registered users see what is stored. Three minutes are the usual time of storing.
  await expect(readingSource(table, 'registered', at(9, 31)), at(9, 30), false)
  await expect(readingSource(table, 'registered', at(9, 33)), at(9, 30), false)
  await expect(readingSource(table, 'registered', at(9, 34)), at(9, 30), true)
  await expect(readingSource(table, 'registered', at(9, 34)), at(9, 30), true, at(9, 31))
})

test('a table without any watermark never looks like a quiet market', async () => {
  const table = await addTicksTable(tables)
  for (const audience of ['everybody', 'registered'] as const) {
    const [board] = await stampsOf(readingSource(table, audience, at(10, 0)), '7203')
    // The system starts half an hour before the exchange accepts orders, and nothing can be missing before.
    assert.deepEqual(board, [momentToIso(at(7, 30)), true])
    assert.deepEqual((await stampsOf(readingSource(table, audience, at(7, 0)), '7203'))[0]?.[1], false)
  }
})

test('a date is complete if its lanes are stored up to the end of the system, also in the night and on holidays', async () => {
  const table = await addTicksTable(tables)
  const night = momentOf(TRADING_DATE, 23 * 60 * MINUTE)
  const sunday = momentOf(asTradingDate(20261122), 12 * 60 * MINUTE)
  await stateStored(table, TRADING_DATE, at(16, 14))
  for (const now of [night, sunday])
    assert.deepEqual((await stampsOf(readingSource(table, 'everybody', now), '7203'))[0], [
      momentToIso(at(16, 14)),
      true,
    ])
  await stateStored(table, TRADING_DATE, at(16, 15))
  for (const now of [night, sunday]) {
    const stamps = await stampsOf(readingSource(table, 'everybody', now), '7203')
    assert.deepEqual(stamps, Array(stamps.length).fill([momentToIso(addMicros(now, -20 * MINUTE)), false]))
  }
})

test('an answer depends on the lanes of its issues only', async () => {
  const table = await addTicksTable(tables)
  const [slow = '', quick = ''] = [0, 1].map(lane => ISSUES.find(issue => laneOf(issue, LANES) === lane))
  const sender = openSender(toEpochMillis(at(7, 30)))
  const [first, second] = [sender.complete(at(9, 0)), sender.complete(at(9, 30))]
  await store(table, recordsOf([...first, second[1]!]))
  const source = readingSource(table, 'everybody', at(9, 50))
  const later = { ...source, storing: createStoring({ ...source, lanes: LANES, lineOf: async () => 1 }) }
  const asOf = async (issues: readonly string[]) => (await boardsAsOf(later, issues, undefined)).stamp.asOf
  // The watermark counts when every read shows what was written before it.
  const settled = nowMillis() + 2_000
  while (nowMillis() < settled) await new Promise(resolve => setTimeout(resolve, 100))
  assert.equal(await asOf([quick]), momentToIso(at(9, 30)))
  assert.equal(await asOf([slow]), momentToIso(at(9, 0)))
  assert.equal(await asOf([quick, slow]), momentToIso(at(9, 0)))
  const unknown = createStoring({ ...source, lanes: LANES, lineOf: async () => undefined })
  assert.equal(
    await unknown.until(TRADING_DATE, RULES.hoursOf(TRADING_DATE), [quick]),
    at(7, 30),
    'lines 2 and 3 have stored nothing',
  )
})

test('the last price of an incomplete date is not given as its close', async () => {
  const table = await addTicksTable(tables)
  const traded = { ...sampleTicks(40).find(({ trade }) => trade !== undefined)!, tradingDate: YESTERDAY }
  await store(table, recordsOf(envelopesOf([[traded]])))
  await stateStored(table, YESTERDAY, momentOf(YESTERDAY, 14 * 60 * MINUTE))
  await stateStored(table, TRADING_DATE, at(10, 0))
  const ask = () => dayAsOf(readingSource(table, 'everybody', at(10, 0)), traded.board.issue, undefined)
  const { stamp, data } = await ask()
  assert.deepEqual([stamp.late, data.day.previousClose], [true, undefined])
  await stateStored(table, YESTERDAY)
  const complete = await ask()
  assert.equal(complete.stamp.late, undefined)
  assert.deepEqual(complete.data.day.previousClose, {
    price: traded.trade!.price / PRICE_SCALE,
    date: '2026-11-19',
  })
})

/** A day that is stored step by step, and the moments of its readers. */
const growing = ticksOfLine({ minLength: 2, maxLength: 30 }).chain(ticks =>
  fc.record({
    ticks: fc.constant(ticks),
    steps: fc.array(fc.integer({ min: 1, max: ticks.length }), { minLength: 1, maxLength: 4 }),
    reads: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
  }),
)

test('what was answered once stays: no tick appears later at a time up to an asOf that was given before', async () => {
  await fc.assert(
    fc.asyncProperty(growing, async ({ ticks, steps, reads }) => {
      const table = await addTicksTable(tables)
      const given: { issue: string; asOf: string; board: object | null; until: DayMicros }[] = []
      const ends = steps.toSorted((a, b) => a - b)
      for (const [index, end] of [...ends, ticks.length].entries()) {
        await store(table, recordsOf(envelopesOf([ticks.slice(0, end)])))
        const stored = momentOf(TRADING_DATE, ticks[end - 1]!.time - 1)
        await stateStored(table, TRADING_DATE, stored)
        const issue = ISSUES[reads[index % reads.length]! % ISSUES.length]!
        for (const audience of ['everybody', 'registered'] as const) {
          const source = readingSource(table, audience, momentOf(TRADING_DATE, DAY_MICROSECONDS / 2 + index))
          const { stamp, data } = await boardAsOf(source, issue, undefined)
          given.push({
            issue,
            asOf: stamp.asOf,
            board: data.board,
            until: stored - momentOf(TRADING_DATE, 0),
          })
        }
      }
      for (const { issue, asOf, board, until } of given) {
        assert.deepEqual(board, new PriceTruth(ticks, issue).board(TRADING_DATE, until), asOf)
        assert.equal(asOf, momentToIso(momentOf(TRADING_DATE, until)))
      }
    }),
    { numRuns: 15 },
  )
})
