import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FLUSH_MILLISECONDS } from '../../../ingest-task/publish/gather-time.ts'
import { createLane } from '../../../ingest-task/publish/lane-sender.ts'
import { decodeEnvelope } from '../../../market/codec/envelope.ts'
import { momentOf } from '../../../market/moment.ts'
import { asEpochMillis, asTradingDate } from '../../../market/units.ts'
import { DATE, tickOf } from './put-server.ts'

const openLane = (gather = FLUSH_MILLISECONDS) =>
  createLane({
    line: 2,
    number: 1,
    epoch: asEpochMillis(5),
    follows: undefined,
    read: () => ({ position: 7, reached: 9 }),
    gather: () => gather,
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
  assert.deepEqual(lane.published(), { ticks: 2, newest: momentOf(DATE, tickOf(2).time), sequence: 2 })
  assert.deepEqual([lane.waitingEnvelopes, lane.waitingBytes], [0, 0])

  lane.add(tickOf(3), false)
  assert.equal(lane.waitingEnvelopes, 1)
  assert.equal(decodeEnvelope(lane.next(0, true)!).counter, 2)
  assert.deepEqual(lane.published(), { ticks: 1, newest: undefined, sequence: 3 })
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

test('while the lane waits for the shard, an envelope is closed at 100,000 bytes', () => {
  const waiting = openLane()
  let sequence = 0
  while (waiting.waitingEnvelopes < 3) waiting.add(tickOf(++sequence), true)
  const sizes = [0, 1].map(() => {
    const { length } = waiting.next(0, false)!
    waiting.published()
    return length
  })
  assert.ok(sizes[0]! > 23_000 && sizes[0]! <= 24_100, `${sizes[0]} bytes`)
  assert.ok(sizes[1]! > 99_000 && sizes[1]! <= 100_100, `${sizes[1]} bytes`)
})

test('a lane whose ticks gather longer closes its envelope later and at 100,000 bytes', () => {
  const lane = openLane(50)
  const start = performance.now()
  lane.add(tickOf(1), true)
  const end = performance.now()
  assert.equal(lane.next(start + 49.9, false), undefined)
  for (let sequence = 2; lane.waitingBytes < 90_000; sequence++) lane.add(tickOf(sequence), true)
  assert.equal(lane.waitingEnvelopes, 1)
  assert.equal(lane.next(start + 49.9, false), undefined)
  assert.ok(lane.next(end + 50, false)!.length > 85_000)
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

/** Returns the boards of so many issues. */
const boardsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => tickOf(index + 1, String(1300 + index)))

test('a large key frame has parts of similar size, which hold each issue once and in order', () => {
  for (const count of [0, 1, 300]) {
    const lane = openLane()
    const ticks = boardsOf(count)
    lane.addBoards(DATE, ticks)
    const parts = []
    for (let bytes = lane.next(0, true); bytes !== undefined; bytes = lane.next(0, true)) {
      assert.ok(bytes.length <= 24_000, `${bytes.length} bytes`)
      const envelope = decodeEnvelope(bytes)
      assert.ok(envelope.kind === 'boards')
      parts.push(envelope)
      assert.deepEqual(lane.published(), { ticks: 0, newest: undefined, sequence: 0 })
    }
    assert.equal(parts.length > 1, count === 300)
    assert.deepEqual(
      parts.map(({ part, parts: all, counter }) => [part, all, counter]),
      parts.map((_, index) => [index + 1, parts.length, index + 1]),
    )
    assert.deepEqual(
      parts.flatMap(part => part.ticks),
      ticks,
    )
    const [share] = parts.map(part => part.ticks.length)
    for (const part of parts.slice(0, -1)) assert.equal(part.ticks.length, share)
    lane.addBoards(DATE, ticks)
    assert.notEqual(lane.next(0, false), undefined, 'the next key frame')
  }
})

test('an envelope holds ticks of one trading date', () => {
  const lane = openLane()
  const nextDate = asTradingDate(20261124)
  lane.add(tickOf(1), true)
  lane.add({ ...tickOf(2), tradingDate: nextDate }, true)
  assert.equal(lane.waitingEnvelopes, 2)
  assert.deepEqual(decodeEnvelope(lane.next(0, false)!).tradingDate, DATE)
  assert.deepEqual(lane.published(), { ticks: 1, newest: momentOf(DATE, 1), sequence: 1 })
  assert.deepEqual(decodeEnvelope(lane.next(0, true)!).tradingDate, nextDate)
  assert.deepEqual(lane.published(), { ticks: 1, newest: momentOf(nextDate, 2), sequence: 2 })
})

test('the newest live tick of an envelope is the latest one, in any order, without ticks of a snapshot', () => {
  const lane = openLane()
  for (const [time, live] of [
    [5, true],
    [9, true],
    [7, true],
    [99, false],
  ] as const) {
    lane.add({ ...tickOf(1), time }, live)
  }
  lane.next(0, true)
  assert.equal(lane.published().newest, momentOf(DATE, 9))
})

test('the first envelope of a lane names the envelope that it follows', () => {
  const follows = { epoch: asEpochMillis(3), counter: 8 }
  const lane = createLane({
    line: 2,
    number: 1,
    epoch: asEpochMillis(5),
    follows,
    read: () => ({ position: 7, reached: 9 }),
    gather: () => FLUSH_MILLISECONDS,
  })
  const followed = [1, 2].map(() => {
    lane.addEvents(DATE, [])
    const envelope = decodeEnvelope(lane.next(0, false)!)
    lane.published()
    return envelope.follows
  })
  assert.deepEqual(followed, [follows, undefined])
})
