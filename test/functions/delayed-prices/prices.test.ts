import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { delayedBars, delayedBoards, delayedTicks } from '../../../functions/delayed-prices/prices.ts'
import { DELAY_MICROSECONDS } from '../../../functions/shared/cut.ts'
import { momentFromIso, momentToIso } from '../../../functions/shared/moment.ts'
import { createFence } from '../../../functions/store-ticks/fence.ts'
import { storeBatch } from '../../../functions/store-ticks/store.ts'
import { boardToJson } from '../../../market/board-to-json.ts'
import { type Clock, momentOf } from '../../../market/clock.ts'
import type { Tick } from '../../../market/tick.ts'
import { envelopesOf, ISSUES, MORNING, sampleTicks, slicesOf, TRADING_DATE, ticksOfLine } from '../market.ts'
import { addTicksTable, startTables, type Tables } from '../tables.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** A clock that stands still at a market time (epoch µs). */
const standing = (moment: number): Clock => ({
  now: () => moment,
  speed: () => 1,
  realMillisecondsUntil: () => 0,
})
const MINUTE = 60_000_000

async function stored(ticks: readonly Tick[], slices: readonly Tick[][] = [[...ticks]]) {
  const table = await addTicksTable(tables)
  const records = envelopesOf(slices).map((bytes, index) => ({ sequenceNumber: String(index), bytes }))
  await storeBatch(records, { ...table, keepDays: 31, unitsPerLane: 1_000 }, Date.now() + 10_000, createFence())
  return table
}

test('no answer ever holds anything younger than twenty minutes, and it holds all that is older', async () => {
  const scenario = ticksOfLine({ minLength: 1, maxLength: 40 }).chain(ticks =>
    fc.record({
      ticks: fc.constant(ticks),
      slices: slicesOf(ticks),
      nows: fc.array(
        fc.record({
          near: fc.constantFrom(...ticks.map(tick => tick.time)),
          off: fc.constantFrom(-1, 0, 1, 1_000_000),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    }),
  )
  await fc.assert(
    fc.asyncProperty(scenario, async ({ ticks, slices, nows }) => {
      const table = await stored(ticks, slices)
      for (const { near, off } of nows) {
        const cut = near + off
        const clock = standing(momentOf(TRADING_DATE, cut) + DELAY_MICROSECONDS)
        const old = ticks.filter(tick => tick.time <= cut)
        const { boards, asOf } = await delayedBoards(table, clock, ISSUES, undefined)
        assert.equal(asOf, momentToIso(momentOf(TRADING_DATE, cut)))
        assert.deepEqual(
          boards,
          ISSUES.map(issue => {
            const last = old.findLast(tick => tick.board.issue === issue)
            return last === undefined ? null : boardToJson(last)
          }),
        )
        for (const issue of ISSUES) {
          const truth = old.filter(tick => tick.board.issue === issue)
          const request = { issue, from: undefined, to: undefined, limit: 3 }
          const seen: number[] = []
          let after: string | undefined
          do {
            const page = await delayedTicks(table, clock, { ...request, after })
            assert.ok(page.ticks.length <= request.limit)
            seen.push(...page.ticks.map(tick => tick.sequence))
            after = page.next
          } while (after !== undefined)
          assert.deepEqual(
            seen,
            truth.map(tick => tick.sequence),
          )
          const { bars } = await delayedBars(table, clock, request)
          assert.equal(
            bars.reduce((sum, bar) => sum + bar.volume, 0),
            truth.reduce((sum, tick) => sum + (tick.trade?.quantity ?? 0), 0),
          )
        }
      }
    }),
    { numRuns: 12 },
  )
})

test('where messages are lost the tick says so, and no trade is made up for them', async () => {
  const ticks = sampleTicks(40)
  const index = ticks.findIndex(({ trade }) => trade !== undefined)
  const { trade: _, ...rest } = ticks[index]!
  const table = await stored(ticks.with(index, { ...rest, lost: true }))
  const clock = standing(momentOf(TRADING_DATE, MORNING) + 600 * MINUTE)
  const request = { issue: rest.board.issue, from: undefined, to: undefined, limit: 40, after: undefined }
  const answer = await delayedTicks(table, clock, request)
  const marked = answer.ticks.filter(tick => tick.lost)
  assert.deepEqual(
    marked.map(tick => [tick.sequence, tick.trade]),
    [[rest.sequence, undefined]],
  )
})

test('a time younger than the cut is refused, and the answer names the youngest allowed', async () => {
  const table = await stored([])
  const now = momentOf(TRADING_DATE, MORNING + 30 * MINUTE)
  const youngest = momentToIso(now - DELAY_MICROSECONDS)
  for (const young of [now - DELAY_MICROSECONDS + 1, now, now + MINUTE]) {
    const at = momentToIso(young)
    const refused = {
      name: 'Problem',
      status: 400,
      message: new RegExp(youngest.replace(/[.+]/g, '\\$&')),
    }
    await assert.rejects(delayedBoards(table, standing(now), ['7203'], at), refused)
    const range = { issue: '7203', from: undefined, to: at }
    await assert.rejects(delayedBars(table, standing(now), range), refused)
    await assert.rejects(
      delayedTicks(table, standing(now), { ...range, limit: 1, after: undefined }),
      refused,
    )
  }
})

test('times are read to the microsecond with any offset, and what is none is refused in clear words', async () => {
  const expected = momentOf(TRADING_DATE, MORNING) + 63_886
  for (const text of [
    '2026-11-20T09:00:00.063886+09:00',
    '2026-11-20T09:00:00.063886 09:00',
    '2026-11-20T00:00:00.063886Z',
    '2026-11-20T00:00:00.0638869Z',
  ]) {
    assert.equal(momentFromIso(text), expected, text)
  }
  assert.equal(momentFromIso('2026-11-20T09:00+09:00'), momentOf(TRADING_DATE, MORNING))
  for (const text of ['', 'now', '2026-11-20', '2026-11-20T09:00:00', '2026-11-20T25:00:00Z', '1763596800']) {
    assert.equal(momentFromIso(text), undefined, text)
  }
  const table = await stored([])
  const clock = standing(momentOf(TRADING_DATE, MORNING))
  await assert.rejects(
    delayedBoards(table, clock, ['7203'], 'now'),
    /at: expected an ISO 8601 time .* got "now"/,
  )
  const range = { issue: '7203', from: '2026-11-19T09:00:00Z', to: undefined }
  await assert.rejects(delayedBars(table, clock, range), /from: expected a time from 2026-11-20T00:00/)
})

test('before the first tick of the day there is no board; on a closed day there is that of the last trading date', async () => {
  const ticks = sampleTicks(30)
  const table = await stored(ticks)
  const at = (moment: number) => delayedBoards(table, standing(moment), ['7203'], undefined)
  assert.deepEqual((await at(momentOf(TRADING_DATE, 8 * 60 * MINUTE))).boards, [null])
  const last = ticks.findLast(tick => tick.board.issue === '7203')!
  assert.deepEqual((await at(momentOf(20261122, MORNING))).boards, [boardToJson(last)])
  assert.deepEqual((await at(momentOf(20261124, MORNING))).boards, [null])
})

test('a cursor continues its own trading date: past the end there is nothing, and no other date is taken', async () => {
  const table = await stored(sampleTicks(40))
  const clock = standing(momentOf(TRADING_DATE, MORNING) + 60 * MINUTE + DELAY_MICROSECONDS)
  const request = { issue: '6758', from: undefined, to: undefined, limit: 2, after: undefined }
  const { next, ticks } = await delayedTicks(table, clock, request)
  assert.match(next ?? '', /^20261120-\d+-\d+$/)

  const ended = { ...request, to: ticks[0]!.time, after: next }
  assert.deepEqual((await delayedTicks(table, clock, ended)).ticks, [])
  for (const after of ['20261120-86399999999-1', '20261120-99999999999-999999999'])
    assert.deepEqual((await delayedTicks(table, clock, { ...request, after })).ticks, [], after)

  for (const after of ['20261119-32400000000-1', '20261121-0-0', '00000000-0-0']) {
    await assert.rejects(delayedTicks(table, clock, { ...request, after }), {
      name: 'Problem',
      status: 400,
      message: /after: .* of 20261120, the trading date of the range, got "/,
    })
  }
  for (const after of ['x', '32400000000-1', '20261120-32400000000', '20261120--1-1', ` ${next}`]) {
    await assert.rejects(delayedTicks(table, clock, { ...request, after }), {
      name: 'Problem',
      status: 400,
      message: /after: expected the "next" of an answer, got "/,
    })
  }
})

test('a time in years without a trading calendar is refused, whichever parameter names it', async () => {
  const table = await stored([])
  const clock = standing(momentOf(TRADING_DATE, MORNING))
  const refused = (parameter: string) => ({
    name: 'Problem',
    status: 400,
    message: new RegExp(`^${parameter}: `),
  })
  for (const text of ['1969-12-31T12:00:00+09:00', '1970-01-01T00:00:00+09:00', '0000-01-01T00:00:00Z']) {
    await assert.rejects(delayedBoards(table, clock, ['7203'], text), refused('at'), text)
    for (const [parameter, range] of Object.entries({
      from: { issue: '7203', from: text, to: undefined },
      to: { issue: '7203', from: undefined, to: text },
    })) {
      await assert.rejects(delayedBars(table, clock, range), refused(parameter), text)
      const ticks = delayedTicks(table, clock, { ...range, limit: 1, after: undefined })
      await assert.rejects(ticks, refused(parameter), text)
    }
  }
  for (const text of ['2051-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])
    await assert.rejects(delayedBoards(table, clock, ['7203'], text), refused('at'), text)
})
