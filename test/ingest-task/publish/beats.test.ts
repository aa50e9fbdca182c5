import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { BEAT_INTERVAL, Beats } from '../../../ingest-task/publish/beats.ts'
import { until } from '../../until.ts'
import { assertLanesInOrder, LANES, openPublisher, openServer, tickOf } from './put-server.ts'

/** Returns beats and their count, with timers that only `pass` moves. */
function openBeats(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let count = 0
  const beats = new Beats(() => count++)
  return {
    beats,
    count: () => count,
    pass: (milliseconds: number): void => t.mock.timers.tick(milliseconds),
  }
}

test('beats come every 100 ms for six seconds after the last tick', t => {
  const { beats, count, pass } = openBeats(t)
  assert.equal(BEAT_INTERVAL, 100)
  beats.put()
  pass(10_000)
  assert.equal(count(), 0, 'without a tick')
  beats.ticked()
  pass(99)
  assert.equal(count(), 0)
  pass(1)
  assert.equal(count(), 1)
  for (let beat = 2; beat <= 30; beat++) pass(100)
  assert.equal(count(), 30)
  beats.ticked()
  for (let beat = 0; beat < 100; beat++) pass(100)
  assert.equal(count(), 90)
})

test('a put postpones the next beat, and does not take one away', t => {
  const { beats, count, pass } = openBeats(t)
  beats.ticked()
  for (let put = 0; put < 100; put++) {
    pass(99)
    beats.put()
  }
  assert.equal(count(), 0)
  for (let beat = 0; beat < 100; beat++) pass(100)
  assert.equal(count(), 60)
})

test('beats that have ended do not start again', t => {
  const { beats, count, pass } = openBeats(t)
  beats.ticked()
  beats.end()
  pass(1_000)
  beats.put()
  beats.ticked()
  pass(1_000)
  assert.equal(count(), 0)
})

test('a publisher whose line is quiet publishes empty envelopes, which are counted but not as ticks', async t => {
  const server = await openServer(() => true)
  t.after(() => server.close())
  const { publisher, delivered, failures } = openPublisher(server)
  publisher.tick(tickOf(1), true)
  await until(() => publisher.stats.envelopes >= 4, 'three beats')
  await publisher.drain()
  const { envelopes, ticks, waitingBytes } = publisher.stats
  assert.deepEqual([ticks, waitingBytes, failures, delivered.length], [1, 0, [], 1])
  assert.equal(server.taken.length, envelopes)
  const beats = server.envelopes().slice(1)
  for (const beat of beats) assert.deepEqual(beat.kind === 'events' ? beat.events : undefined, [])
  assert.equal(new Set(beats.map(({ lane }) => lane)).size, 1)
  assertLanesInOrder(server)
})

test('a publisher does not beat while ticks wait', async t => {
  let refusals = 0
  const server = await openServer(() => ++refusals > LANES * 5)
  t.after(() => server.close())
  const { publisher } = openPublisher(server)
  for (let sequence = 1; sequence <= 40; sequence++) publisher.tick(tickOf(sequence), true)
  await until(() => publisher.stats.ticks === 40, 'all ticks')
  assert.ok(publisher.stats.throttled >= LANES * 5)
  const kinds = server.envelopes().map(({ kind }) => kind)
  assert.deepEqual(
    kinds.slice(0, kinds.lastIndexOf('ticks')),
    kinds.slice(0, kinds.lastIndexOf('ticks')).map(() => 'ticks'),
  )
  await publisher.drain()
})
