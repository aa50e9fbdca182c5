import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEventLog } from '../../../functions/broadcast/event-log.ts'
import type { EventOf } from '../../../market/market-event.ts'
import { asEpochMillis } from '../../../market/units.ts'

const newsAt = (index: number): EventOf<'news'> => ({
  type: 'news',
  time: `${index}`,
  headline: '',
  issues: [],
})
const textsOf = (...numbers: number[]): string[] => numbers.map(index => JSON.stringify(newsAt(index)))

test('a reader gets the events after its last one, in order', () => {
  const log = createEventLog()
  assert.deepEqual([log.last, log.since(0)], [0, []])
  log.append([newsAt(1), newsAt(2)])
  log.append([newsAt(3)])
  assert.equal(log.last, 3)
  assert.deepEqual(log.since(0), textsOf(1, 2, 3))
  assert.deepEqual(log.since(2), textsOf(3))
  assert.deepEqual(log.since(3), [])
})

test('a reader that misses more than 200 events gets none of them', () => {
  const log = createEventLog()
  for (let index = 1; index <= 201; index++) log.append([newsAt(index)])
  assert.equal(log.since(0), undefined)
  assert.equal(log.since(1)?.length, 200)
  assert.deepEqual(log.since(200), textsOf(201))
})

test('an event for connections before a time reaches no later connection', () => {
  const log = createEventLog()
  log.append([newsAt(1)], asEpochMillis(1_000))
  log.append([newsAt(2)])
  assert.deepEqual(log.since(0, asEpochMillis(999)), textsOf(1, 2))
  assert.deepEqual(log.since(0, asEpochMillis(1_000)), textsOf(2))
  // A connection of an older release has no time.
  assert.deepEqual(log.since(0), textsOf(1, 2))
})
