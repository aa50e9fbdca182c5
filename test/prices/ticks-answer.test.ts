import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DAY_MICROSECONDS, isoTime, momentOf, momentToIso } from '../../market/moment.ts'
import type { Tick } from '../../market/tick.ts'
import { addMicros } from '../../market/units.ts'
import { ticksOf, tradesOf } from '../../prices/ticks-answer.ts'
import { addTicksTable, startTables, type Tables } from '../functions/tables.ts'
import { sourceAt } from './standing-source.ts'
import { DATE, ISSUE, storePack, tickOf } from './stored-packs.ts'

const NINE = 9 * 3_600_000_000
const EVENING = momentOf(DATE, 20 * 3_600_000_000)
const ALL = { issue: ISSUE, from: undefined, to: undefined, limit: 100, after: undefined }

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

async function sourceOf(...ticks: readonly Tick[]) {
  const table = await addTicksTable(tables)
  await storePack(table, ticks)
  return sourceAt(table, 'everybody', EVENING)
}

const trade = { price: 20_000_000, quantity: 100, side: 'buy' } as const
const timeOf = (time: number): string => isoTime(DATE, time)

test('a trade has its members, a loss its place, and both the shares that were lost if there are any', async () => {
  const lost = { lost: true } as const
  const source = await sourceOf(
    tickOf(1, NINE, { volume: 100 }),
    tickOf(2, NINE + 1, { volume: 200 }, { trade }),
    tickOf(3, NINE + 2, { volume: 200 }),
    tickOf(4, NINE + 3, { volume: 201 }, lost),
    tickOf(5, NINE + 4, { volume: 301 }, { ...lost, trade }),
    tickOf(6, NINE + 5, { volume: 403 }, { ...lost, trade }),
  )
  const shown = { price: 2_000, quantity: 100, side: 'buy' }
  const { trades } = (await tradesOf(source, ALL)).data
  assert.deepEqual(trades, [
    { time: timeOf(NINE + 1), sequence: 2, ...shown },
    { time: timeOf(NINE + 3), sequence: 4, ...lost, lostQuantity: 1 },
    { time: timeOf(NINE + 4), sequence: 5, ...shown, ...lost },
    { time: timeOf(NINE + 5), sequence: 6, ...shown, ...lost, lostQuantity: 2 },
  ])
  const { ticks } = (await ticksOf(source, ALL)).data
  assert.deepEqual(
    ticks.map(tick => [tick.sequence, tick.trade?.quantity, tick.lost, tick.volume]),
    [
      [1, undefined, undefined, 100],
      [2, 100, undefined, 200],
      [3, undefined, undefined, 200],
      [4, undefined, true, 201],
      [5, 100, true, 301],
      [6, 100, true, 403],
    ],
  )
  assert.deepEqual(Object.keys(ticks[0]!).includes('trade'), false)
})

test('a page has up to its limit of entries, and names the last of them if there are more', async () => {
  const ticks = Array.from({ length: 4 }, (_, index) =>
    tickOf(1 + index, NINE + index, { volume: 100 * index }, index % 2 === 1 ? { trade } : {}),
  )
  const source = await sourceOf(...ticks)
  const ticksWith = async (limit: number, from?: string) => {
    const { data } = await ticksOf(source, { ...ALL, limit, after: from })
    return [data.ticks.map(({ sequence }) => sequence), data.next]
  }
  const place = (sequence: number) => `${ISSUE}-${DATE}-${NINE + sequence - 1}-${sequence}`
  assert.deepEqual(await ticksWith(4), [[1, 2, 3, 4], undefined])
  assert.deepEqual(await ticksWith(3), [[1, 2, 3], place(3)])
  assert.deepEqual(await ticksWith(3, place(3)), [[4], undefined])
  assert.deepEqual(await ticksWith(1, place(4)), [[], undefined])
  const tradesWith = async (limit: number) => {
    const { data } = await tradesOf(source, { ...ALL, limit })
    return [data.trades.map(({ sequence }) => sequence), data.next]
  }
  assert.deepEqual(await tradesWith(2), [[2, 4], undefined])
  // The page ends with the quote after its last trade.
  assert.deepEqual(await tradesWith(1), [[2], place(2)])
})

test('a range has the ticks from its start to its end, both included', async () => {
  const source = await sourceOf(...[0, 1, 2, 3].map(index => tickOf(1 + index, NINE + index)))
  const within = async (from: number, to: number) => {
    const range = { from: timeOf(NINE + from), to: timeOf(NINE + to) }
    return (await ticksOf(source, { ...ALL, ...range })).data.ticks.map(({ sequence }) => sequence)
  }
  assert.deepEqual(await within(1, 2), [2, 3])
  assert.deepEqual(await within(0, 3), [1, 2, 3, 4])
  assert.deepEqual(await within(2, 2), [3])
  // A cursor before the start of the range does not move the start.
  const early = { ...ALL, from: timeOf(NINE + 2), after: `${ISSUE}-${DATE}-${NINE}-1` }
  assert.deepEqual(
    (await ticksOf(source, early)).data.ticks.map(({ sequence }) => sequence),
    [3, 4],
  )
})

test('the stamp has the end of the range, and an expiring date shows no tick', async () => {
  const source = await sourceOf(tickOf(1, NINE))
  const { stamp } = await ticksOf(source, { ...ALL, to: timeOf(NINE + 7) })
  assert.deepEqual(stamp, { delay: 'PT20M', asOf: timeOf(NINE + 7) })
  const monday = momentOf(DATE, 3 * DAY_MICROSECONDS + NINE)
  const expired = { ...sourceAt(source.ticks, 'everybody', monday), keepDays: 3 }
  const { data, stamp: later } = await ticksOf(expired, ALL)
  assert.deepEqual([data.ticks, later.asOf], [[], momentToIso(addMicros(monday, -1_200_000_000))])
  assert.equal((await ticksOf({ ...expired, keepDays: 4 }, ALL)).data.ticks.length, 1)
})

test('ticks of the same microsecond can be on two pages', async () => {
  const source = await sourceOf(tickOf(1, NINE), tickOf(2, NINE), tickOf(3, NINE))
  const request = { ...ALL, from: timeOf(NINE), limit: 2 }
  const { data } = await ticksOf(source, request)
  assert.equal(data.next, `${ISSUE}-${DATE}-${NINE}-2`)
  const rest = await ticksOf(source, { ...request, after: data.next })
  assert.deepEqual(
    rest.data.ticks.map(({ sequence }) => sequence),
    [3],
  )
})

test('a page of trades ends after 5,000 ticks, and the next page continues there', async () => {
  const quotes = Array.from({ length: 5_001 }, (_, index) => tickOf(1 + index, NINE + index))
  const source = await sourceOf(...quotes)
  const { data } = await tradesOf(source, { ...ALL, limit: 1 })
  assert.deepEqual(data, { trades: [], next: `${ISSUE}-${DATE}-${NINE + 4_999}-5000` })
  assert.deepEqual((await tradesOf(source, { ...ALL, after: data.next })).data, { trades: [] })
  const last = await ticksOf(source, { ...ALL, after: data.next })
  assert.deepEqual(
    last.data.ticks.map(({ sequence }) => sequence),
    [5_001],
  )
})

test('an issue that is certainly unknown is refused before its ticks are read', async () => {
  const source = { ...(await sourceOf(tickOf(1, NINE))), isCertainlyUnknown: async () => true }
  for (const answer of [ticksOf, tradesOf])
    await assert.rejects(answer(source, ALL), { code: 'unknown-issue' })
})

test('an issue that no list has is known by a tick up to the end of the range', async () => {
  const source = { ...(await sourceOf(tickOf(1, NINE))), isListed: async () => false }
  for (const answer of [ticksOf, tradesOf]) {
    await answer(source, { ...ALL, to: timeOf(NINE) })
    await answer(source, { ...ALL, from: timeOf(NINE + 1) })
    await assert.rejects(answer(source, { ...ALL, to: timeOf(NINE - 1) }), { code: 'unknown-issue' })
  }
})
