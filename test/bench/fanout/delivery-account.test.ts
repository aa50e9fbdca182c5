import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDeliveryAccount } from '../../../bench/fanout/delivery-account.ts'
import type { App } from '../../../bench/fanout/fanout-apps.ts'
import type { FanoutMarket } from '../../../bench/fanout/fanout-market.ts'
import type { Tick } from '../../../market/tick.ts'

/** One issue with trades of the sequences 3, 5 and 8; its last tick is 9. */
const MARKET: FanoutMarket = {
  rounds: [],
  busiest: ['7203'],
  trades: new Map([['7203', [3, 5, 8]]]),
  latest: new Map([['7203', { sequence: 9 } as Tick]]),
}
const APP: App = {
  connection: 'a=',
  room: 'room-0',
  issues: ['7203'],
  view: 'board',
  pace: 1_000,
  encoding: 'json',
}

const tradesOf = (sequences: readonly number[]) => sequences.map(sequence => [2848, 100, 'buy', sequence, 0])
const whole = (sequence: number, trades: readonly number[] = []): string =>
  JSON.stringify({ board: { issue: '7203', sequence }, trades: tradesOf(trades) })
const difference = (follows: number, sequence: number, trades: readonly number[] = []): string =>
  JSON.stringify({ issue: '7203', follows, sequence, trades: tradesOf(trades) })

/** Returns the sums after an app got these texts. */
const after = (...texts: readonly string[]) => {
  const account = createDeliveryAccount(MARKET, [APP])
  for (const text of texts) account.note(APP.connection, text)
  return account.finish()
}

test('an app that gets every difference has every trade after its first board once', () => {
  assert.deepEqual(after(whole(3, [3]), difference(3, 6, [5]), difference(6, 9, [8])), {
    updates: 3,
    trades: 2,
    delivered: 2,
    repeated: 0,
  })
})

test('a missing trade counts as not delivered, also in a whole board', () => {
  assert.deepEqual(after(whole(2), difference(2, 6, [5]), whole(9)), {
    updates: 3,
    trades: 3,
    delivered: 1,
    repeated: 0,
  })
})

test('a trade of a difference that overlaps the board counts as repeated', () => {
  const sums = after(whole(4), difference(4, 7, [5]), difference(4, 9, [5, 8]))
  assert.deepEqual([sums.trades, sums.delivered, sums.repeated], [2, 2, 1])
})

test('a gap, a trade that never was, a double trade and an old board at the end are errors', () => {
  assert.throws(() => after(whole(3), difference(6, 9, [8])), /expected an update that follows 3, got 6/)
  assert.throws(() => after(difference(2, 9, [3, 5, 8])), /expected an update that follows undefined, got 2/)
  assert.throws(() => after(whole(3), difference(3, 9, [4])), /expected each trade once, got 4/)
  assert.throws(() => after(whole(3), difference(3, 9, [5, 5])), /expected each trade once, got 5,5/)
  assert.throws(() => after(whole(8)), /expected board 9 of 7203, got 8/)
})
