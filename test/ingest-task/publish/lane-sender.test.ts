import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLane, FLUSH_MILLISECONDS } from '../../../ingest-task/publish/lane-sender.ts'
import { decodeEnvelope } from '../../../market/codec/envelope.ts'
import { momentOf } from '../../../market/moment.ts'
import { asEpochMillis } from '../../../market/units.ts'
import { DATE, tickOf } from './put-server.ts'

const openLane = () =>
  createLane({
    line: 2,
    number: 1,
    epoch: asEpochMillis(5),
    follows: undefined,
    read: () => ({ position: 7, reached: 9 }),
  })

test('an envelope is closed 20 ms after its first tick, or at once for the last one', () => {
  assert.equal(FLUSH_MILLISECONDS, 20)
  const lane = openLane()
  assert.equal(lane.next(performance.now(), true), undefined)
  const start = performance.now()
  lane.add(tickOf(1), true)
  const end = performance.now()
  lane.add(tickOf(2), true)
  assert.equal(lane.next(start + 19.9, false), undefined)
  const bytes = lane.next(end + 20, false)
  const envelope = decodeEnvelope(bytes!)
  assert.deepEqual(
    [envelope.line, envelope.lane, envelope.epoch, envelope.counter, envelope.position, envelope.reached],
    [2, 1, 5, 1, 7, 9],
  )
  assert.equal(lane.waitingEnvelopes, 1)
  assert.equal(lane.waitingBytes, bytes?.length)
  assert.deepEqual(lane.published(), { ticks: 2, newest: momentOf(DATE, tickOf(2).time) })
  assert.deepEqual([lane.waitingEnvelopes, lane.waitingBytes], [0, 0])

  lane.add(tickOf(3), false)
  assert.equal(lane.waitingEnvelopes, 1)
  assert.equal(decodeEnvelope(lane.next(0, true)!).counter, 2)
  assert.deepEqual(lane.published(), { ticks: 1, newest: undefined })
})

test('an envelope is closed at 24,000 bytes, and the next tick starts another', () => {
  const lane = openLane()
  let sequence = 0
  while (lane.waitingEnvelopes < 2) lane.add(tickOf(++sequence), true)
  const bytes = lane.next(0, false)
  assert.ok(bytes !== undefined && bytes.length > 23_000 && bytes.length <= 24_100, `${bytes?.length} bytes`)
  lane.published()
  assert.equal(lane.waitingEnvelopes, 1)
})

test('events and key frames keep their place among the ticks; a second key frame waits for the first', () => {
  const lane = openLane()
  lane.add(tickOf(1), true)
  lane.addEvents(DATE, [{ type: 'phase', time: '2026-11-20T09:00:00.000000+09:00', phase: 'morning' }])
  lane.add(tickOf(2), true)
  lane.addBoards(DATE, [tickOf(2)])
  lane.addBoards(DATE, [tickOf(2)])
  const kinds: string[] = []
  for (let bytes = lane.next(0, true); bytes !== undefined; bytes = lane.next(0, true)) {
    kinds.push(decodeEnvelope(bytes).kind)
    lane.published()
  }
  assert.deepEqual(kinds, ['ticks', 'events', 'ticks', 'boards'])
})
