import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catchUp } from '../../../functions/broadcast/catch-up.ts'
import { createMarketLog } from '../../../functions/broadcast/market-log.ts'
import type { TailRecord } from '../../../functions/broadcast/read-tail.ts'
import type { MarketEvent } from '../../../market/market-event.ts'
import {
  addMillis,
  asEpochMillis,
  asEpochSeconds,
  type EpochMillis,
  type Millis,
} from '../../../market/units.ts'
import type { ConnectionItem } from '../../../tables/connections/connections-table.ts'
import { createFeed } from './feed.ts'

const BATCH_AT = asEpochMillis(1_800_000_000_000)

const recordAt = (ago: Millis, data: string): TailRecord => ({
  sequenceNumber: '1',
  data: Buffer.from(data, 'base64'),
  arrivedAt: addMillis(BATCH_AT, -ago),
})
const itemOf = (pace: Millis, changedAt: EpochMillis = asEpochMillis(0)): ConnectionItem => ({
  room: 'room-0',
  connection: 'app',
  changedAt,
  expires: asEpochSeconds(0),
  pace,
})
const openLog = () => createMarketLog(() => true)

test('records of a tenth of a second become one round, and a connection has the rounds before its owed time', () => {
  const log = openLog()
  const feed = createFeed()
  const ages = [9_000, 8_950, 8_000, 3_100, 2_999, 100]
  const records = ages.map((ago, index) => recordAt(ago, feed.ticks(feed.tick('7203', index + 1))))
  const { welcome } = catchUp(log, records, BATCH_AT)
  assert.equal(log.round, 5)
  // Two paces and a second, but three seconds at least and eight at most.
  assert.deepEqual(welcome(itemOf(500)), { since: 3, boards: 'current' })
  assert.deepEqual(welcome(itemOf(100)), { since: 3, boards: 'current' })
  assert.deepEqual(welcome(itemOf(2_000)), { since: 2, boards: 'current' })
  assert.deepEqual(welcome(itemOf(5_000)), { since: 2, boards: 'current' })
  assert.equal(log.latest('7203')?.sequence, 6)
})

test('a connection that has changed within its owed time may lack the boards of its issues', () => {
  const feed = createFeed()
  const { welcome } = catchUp(openLog(), [recordAt(100, feed.ticks(feed.tick('7203', 1)))], BATCH_AT)
  assert.equal(welcome(itemOf(500, addMillis(BATCH_AT, -3_001))).boards, 'current')
  assert.equal(welcome(itemOf(500, addMillis(BATCH_AT, -3_000))).boards, 'owed')
})

test('without records every connection may lack the boards', () => {
  const log = openLog()
  const { welcome } = catchUp(log, [], BATCH_AT)
  assert.deepEqual([welcome(itemOf(500)), log.round], [{ since: 0, boards: 'owed' }, 0])
})

test('news of the records are returned; other events and records that are not valid are passed over', () => {
  const feed = createFeed()
  const news: MarketEvent = {
    type: 'news',
    time: '2026-11-20T09:00:00+09:00',
    headline: '新製品',
    issues: [],
  }
  const phase: MarketEvent = { type: 'phase', time: '2026-11-20T09:00:00+09:00', phase: 'morning' }
  const records = [
    recordAt(300, Buffer.from('rubbish').toString('base64')),
    recordAt(200, feed.events(phase, news)),
    recordAt(100, feed.ticks(feed.tick('7203', 1))),
  ]
  const log = openLog()
  assert.deepEqual(catchUp(log, records, BATCH_AT).news, [news])
  assert.equal(log.latest('7203')?.sequence, 1)
})

test('records of a task that was replaced before the records begin are left out; news of two tasks come once', () => {
  const news: MarketEvent = {
    type: 'news',
    time: '2026-11-20T09:00:00+09:00',
    headline: '新製品',
    issues: [],
  }
  const [old, next] = [createFeed(asEpochMillis(1)), createFeed(asEpochMillis(2))]
  old.events()
  next.events()
  // The replaced task got further than the new task has come.
  const late = old.ticks(old.tick('7203', 1), old.tick('7203', 2))
  const first = next.tick('7203', 1)
  const records = [late, old.events(news), next.ticks(first), next.events(news), next.events(news)]
  const log = openLog()
  const { news: found } = catchUp(
    log,
    records.map((data, index) => recordAt(900 - index, data)),
    BATCH_AT,
  )
  assert.deepEqual(found, [news])
  assert.deepEqual(log.latest('7203'), first)
})

test('records of a task that was replaced after the records begin count', () => {
  const old = createFeed(asEpochMillis(1))
  old.events()
  const ticks = old.ticks(old.tick('7203', 1), old.tick('7203', 2))
  const next = createFeed(asEpochMillis(2), { epoch: asEpochMillis(1), counter: 1 })
  const log = openLog()
  catchUp(log, [recordAt(900, ticks), recordAt(800, next.ticks(next.tick('7203', 1)))], BATCH_AT)
  assert.equal(log.latest('7203')?.sequence, 2)
})
