import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { addIssues } from '../../../functions/message/subscriptions.ts'
import type { EventOf } from '../../../market/market-event.ts'
import { SLOWEST_PACE_MS } from '../../../market/protocol.ts'
import { addConnection, roomOf } from '../../../tables/connections/connections-table.ts'
import { eventsOf, openStage, ROOM_COUNT, stopClock, updatesOf } from './broadcast-stage.ts'
import { createFeed } from './feed.ts'

const { gateway, connections, environment, connect, close } = await openStage()
after(close)

const PACE = SLOWEST_PACE_MS

test('a phase reaches an app in the round of its envelope, or as soon as the pace of the app allows a post', async t => {
  stopClock(t)
  const { play } = environment()
  const feed = createFeed()
  const fast = await connect('7203')
  const slow = 'slow='
  await addConnection(connections, roomOf(slow, ROOM_COUNT), slow, { pace: PACE, fastestPace: PACE })
  await addIssues(connections, roomOf(slow, ROOM_COUNT), slow, ['7203'])
  await play([feed.ticks(feed.tick('7203', 1))])
  assert.deepEqual([gateway.take(fast).length, gateway.take(slow).length], [1, 1])

  const phase: EventOf<'phase'> = {
    type: 'phase',
    time: '2026-11-20T09:00:00.000000+09:00',
    phase: 'morning',
  }
  await play([feed.events(phase)])
  assert.deepEqual(eventsOf(gateway.take(fast)), [phase])
  t.mock.timers.tick(PACE - 1)
  await play([])
  assert.deepEqual(gateway.take(slow), [])
  t.mock.timers.tick(1)
  await play([])
  assert.deepEqual(eventsOf(gateway.take(slow)), [phase])
  // At most a heartbeat.
  const later = gateway.take(fast)
  assert.deepEqual([eventsOf(later), updatesOf(later)], [[], []])
})
