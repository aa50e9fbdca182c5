import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TABLE_TIME_MS } from '../../../functions/broadcast/round.ts'
import { countsOf, errorsOf, lagOf, postTimesOf } from '../../../functions/broadcast/round-metrics.ts'
import { emptyBoard } from '../../../market/board.ts'
import { momentOf } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { addMicros } from '../../../market/units.ts'
import type { PushResult } from '../../../posts/push.ts'
import { MORNING, TRADING_DATE } from '../stored-market.ts'

const FIRST: PushResult = {
  posts: 4,
  gone: ['a'],
  failed: ['b', 'c'],
  silent: [],
  throttled: ['d'],
  limited: [],
  errors: [],
  postMilliseconds: 100,
  slowestPost: 70,
}
const SECOND: PushResult = { ...FIRST, posts: 1, gone: ['e', 'f'], postMilliseconds: 25, slowestPost: 25 }
const NONE: PushResult = { ...FIRST, posts: 0, postMilliseconds: 0, slowestPost: 0 }

test('the counts of a round include those of all its pushes', () => {
  const round = {
    ticks: 9,
    wholes: 8,
    differences: 4,
    stretch: 1.5,
    badEnvelopes: 7,
    boardsDue: 6,
    pushes: [FIRST, SECOND],
    blame: { gateway: 3, connection: 10 },
    youngest: undefined,
  }
  assert.deepEqual(countsOf(round), {
    TicksBroadcast: 9,
    WholeBoards: 8,
    Differences: 4,
    BadEnvelopes: 7,
    BoardsDue: 6,
    Posts: 5,
    PostsFailed: 10,
    PostsThrottled: 3,
    ConnectionsGone: 3,
  })
})

test('the time of a post is the mean of all posts; without posts there is none', () => {
  assert.deepEqual(postTimesOf([FIRST, SECOND]), { mean: 25, slowest: 70 })
  assert.deepEqual(postTimesOf([SECOND]), { mean: 25, slowest: 25 })
  assert.equal(postTimesOf([NONE]), undefined)
  assert.equal(postTimesOf([]), undefined)
})

test('the lag is the time since the tick in milliseconds, and never negative', () => {
  const tick: Tick = {
    tradingDate: TRADING_DATE,
    line: 1,
    sequence: 1,
    time: MORNING,
    board: emptyBoard('7203'),
  }
  const moment = momentOf(TRADING_DATE, MORNING)
  assert.equal(lagOf(tick, addMicros(moment, 12_500)), 12.5)
  assert.equal(lagOf(tick, addMicros(moment, -12_500)), 0)
})

test('posts wait for the tables for the 50 ms that docs/architecture.md states', () => {
  assert.equal(TABLE_TIME_MS, 50)
})

test('the errors of all pushes are reported once each', () => {
  const pushes = [['a', 'b'], ['b'], []].map(errors => ({ ...FIRST, errors }))
  assert.deepEqual([...errorsOf(pushes)], ['a', 'b'])
})
