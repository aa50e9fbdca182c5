import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asEpochMillis, asEpochSeconds } from '../../../market/units.ts'
import { encodingOf, pacesOf, subscriptionsOf } from '../../../tables/connections/connection-reading.ts'

const ITEM = { room: 'room-0', connection: 'app', changedAt: asEpochMillis(1), expires: asEpochSeconds(2) }

test('a connection without issues has no subscriptions', () => {
  assert.deepEqual(subscriptionsOf(ITEM), new Map())
})

test('each issue has the view of its set; a mark for trades without the issue has no meaning', () => {
  const item = {
    ...ITEM,
    issues: new Set(['7203']),
    quotes: new Set(['6758', '9984']),
    quotesWithTrades: new Set(['9984', '130A']),
  }
  const views = { 6758: 'quote', 7203: 'board', 9984: 'quote-trades' }
  assert.deepEqual(Object.fromEntries(subscriptionsOf(item)), views)
})

test('a connection of an older release has the default pace, and may have no faster one', () => {
  assert.deepEqual(pacesOf(ITEM), { pace: 500, fastestPace: 500 })
  assert.deepEqual(pacesOf({ ...ITEM, pace: 2_000, fastestPace: 100 }), { pace: 2_000, fastestPace: 100 })
})

test('a connection of an older release has JSON', () => {
  assert.equal(encodingOf(ITEM), 'json')
  assert.equal(encodingOf({ ...ITEM, encoding: 'deflate-1' }), 'deflate-1')
})
