import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createRecentTrades, mergedTrades } from '../../../client/page/recent-trades.ts'
import type { StoredTrade } from '../../../client/page/rest-client.ts'
import { newIssue, type TradeRow } from '../../../client/page/state.ts'
import type { BoardJson } from '../../../market/board-json.ts'

const at = (clock: string): string => `2026-11-20T${clock}.000000+09:00`
const BOARD: BoardJson = {
  ...{ issue: '7203', date: '2026-11-20', line: 1, sequence: 50, time: at('10:00:00') },
  ...{ asks: [], bids: [] },
}
const trade = (sequence: number, clock = '09:59:00'): StoredTrade & TradeRow => ({
  ...{ price: 100, quantity: 100, sequence, side: 'buy' as const, time: at(clock) },
})
const shape = (rows: readonly TradeRow[]): string =>
  rows
    .map(row => `${row.sequence}${'missing' in row ? ' missing' : 'pending' in row ? ' pending' : ''}`)
    .join(', ')

/** An issue whose first live board is {@link BOARD}. Its timers run only in `pass`. */
function openIssue(t: TestContext, trades: readonly StoredTrade[]) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const issue = newIssue('7203')
  const stored = { asOf: at('09:58:00'), trades, failing: false }
  const requests: string[] = []
  const recent = createRecentTrades(
    {
      async realtimeTrades(code, from, token) {
        requests.push(`${code} ${from.slice(0, 19)} ${token}`)
        if (stored.failing) throw new Error('failed by the test')
        return {
          asOf: stored.asOf,
          trades: stored.trades.filter(({ time }) => time >= from && time <= stored.asOf),
        }
      },
    },
    async () => 'token',
    () => {},
  )
  const answered = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
  }
  return {
    ...{ issue, stored, recent, answered, take: () => requests.splice(0) },
    async pass(milliseconds: number) {
      t.mock.timers.tick(milliseconds)
      await answered()
    },
  }
}

test('stored trades are read again until they reach the first live board, and each trade is shown once', async t => {
  const { issue, stored, recent, answered, take, pass } = openIssue(t, [
    trade(40, '09:57:00'),
    trade(45),
    trade(49),
  ])
  issue.trades = [trade(51, '10:00:01')]
  recent.join(issue, BOARD)
  await answered()
  assert.deepEqual(take(), [
    '7203 2026-11-20T09:56:00 token',
    '7203 2026-11-20T09:20:00 token',
    '7203 2026-11-20T00:00:00 token',
  ])
  assert.equal(shape(issue.trades), '51, 50 pending, 40')
  stored.asOf = at('10:00:00')
  await pass(19_999)
  assert.deepEqual(take(), [])
  await pass(1)
  assert.equal(shape(issue.trades), '51, 49, 45, 40')
  assert.equal(take().length, 1)
  await pass(60_000)
  assert.deepEqual(take(), [])
})

test('a busy issue is read for four minutes only', async t => {
  const { issue, stored, recent, answered, take } = openIssue(
    t,
    Array.from({ length: 60 }, (_, index) => trade(index - 20)),
  )
  stored.asOf = at('10:00:00')
  recent.join(issue, BOARD)
  await answered()
  assert.equal(take().length, 1)
  assert.equal(issue.trades.length, 60)
})

test('a gap that is never stored becomes a mark for missing trades after five minutes', async t => {
  const { issue, stored, recent, answered, pass } = openIssue(t, [trade(40, '09:57:00')])
  recent.join(issue, BOARD)
  await answered()
  stored.failing = true
  for (let attempt = 0; attempt < 14; attempt++) await pass(20_000)
  assert.equal(shape(issue.trades), '50 pending, 40')
  await pass(20_000)
  assert.equal(shape(issue.trades), '50 missing, 40')
})

test('an answer for an earlier subscription changes nothing', async t => {
  const { issue, recent, answered } = openIssue(t, [trade(40, '09:57:00')])
  recent.join(issue, BOARD)
  delete issue.joined
  await answered()
  assert.equal(shape(issue.trades), '')
})

test('lost messages are marked below the trade of their own message, and trades of the live board count once', async t => {
  const lost: StoredTrade = { sequence: 44, time: at('09:57:30'), lost: true, lostQuantity: 700 }
  const { issue, stored, recent, answered } = openIssue(t, [
    lost,
    { ...trade(45, '09:57:40'), lost: true },
    trade(51),
  ])
  stored.asOf = at('10:00:00')
  recent.join(issue, BOARD)
  await answered()
  assert.equal(shape(issue.trades), '45, 45 missing, 44 missing')
})

test('merged trades keep the live copy, and the newest sixty', () => {
  const live = [{ ...trade(45), quantity: 7 }]
  assert.deepEqual(mergedTrades(live, [trade(45)], undefined), live)
  const many = Array.from({ length: 80 }, (_, index) => trade(index))
  const merged = mergedTrades([], many, undefined)
  assert.deepEqual([merged.length, merged[0]?.sequence, merged.at(-1)?.sequence], [60, 79, 20])
})
