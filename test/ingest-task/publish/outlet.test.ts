import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatherTime } from '../../../ingest-task/publish/gather-time.ts'
import { createLane } from '../../../ingest-task/publish/lane-sender.ts'
import { Outlet } from '../../../ingest-task/publish/outlet.ts'
import { asEpochMillis } from '../../../market/units.ts'
import { DATE, tickOf } from './put-server.ts'

/** Real time, ms. */
const NOW = 100_000

function openOutlet(): Outlet {
  const gather = new GatherTime()
  const lane = createLane({
    line: 2,
    number: 1,
    epoch: asEpochMillis(5),
    follows: undefined,
    read: () => ({ position: 7, reached: 9 }),
    gather: now => gather.at(now),
  })
  return new Outlet(lane, '2-1', '12345', gather)
}

const PUBLISHED = { SequenceNumber: '1', ShardId: 'shard' }
const FAILED = { ErrorCode: 'InternalFailure' }

test('a lane has one envelope in flight, which is a record with its name and hash key', () => {
  const outlet = openOutlet()
  assert.deepEqual([outlet.next(NOW, true), outlet.inFlight], [undefined, false])
  outlet.lane.add(tickOf(1), true)
  const record = outlet.next(NOW, true)
  assert.deepEqual([record?.PartitionKey, record?.ExplicitHashKey], ['2-1', '12345'])
  assert.equal(record?.Data.length, outlet.lane.waitingBytes)
  outlet.lane.addEvents(DATE, [{ type: 'phase', time: '', phase: 'lunch' }])
  assert.deepEqual([outlet.next(NOW, true), outlet.inFlight], [undefined, true])
  assert.equal(outlet.settle(PUBLISHED, NOW)?.ticks, 1)
  assert.equal(outlet.inFlight, false)
  assert.notEqual(outlet.next(NOW, true), undefined)
})

test('an envelope that failed is sent again before later envelopes', () => {
  for (const result of [FAILED, undefined]) {
    const outlet = openOutlet()
    outlet.lane.add(tickOf(1), true)
    const record = outlet.next(NOW, true)
    outlet.lane.addEvents(DATE, [{ type: 'phase', time: '', phase: 'lunch' }])
    assert.equal(outlet.settle(result, NOW, 0.5), undefined)
    assert.equal(outlet.inFlight, false)
    assert.deepEqual(outlet.next(NOW + 50, true), record)
    assert.equal(outlet.settle(PUBLISHED, NOW)?.ticks, 1)
  }
})

test('waits grow with the failures in a row, up to two seconds, and a success ends them', () => {
  const outlet = openOutlet()
  const fail = (wait: number): void => {
    assert.equal(outlet.settle(FAILED, NOW, 0.5), undefined)
    assert.equal(outlet.next(NOW + wait - 0.1, true), undefined, `before ${wait} ms`)
    assert.notEqual(outlet.next(NOW + wait, true), undefined, `after ${wait} ms`)
  }
  outlet.lane.add(tickOf(1), true)
  outlet.next(NOW, true)
  for (const wait of [50, 100, 200, 400, 800, 1000, 1000]) fail(wait)
  outlet.settle(PUBLISHED, NOW)
  outlet.lane.add(tickOf(2), true)
  outlet.next(NOW + 1000, true)
  fail(50)
})

test('an envelope that a full shard refused is sent again within 100 ms, and later ticks gather longer', () => {
  const now = performance.now()
  const refused = { ErrorCode: 'ProvisionedThroughputExceededException' }
  const outlet = openOutlet()
  outlet.lane.add(tickOf(1), true)
  const record = outlet.next(now, true)
  for (let refusal = 1; refusal <= 8; refusal++) {
    assert.equal(outlet.settle(refused, now, 0.5), undefined)
    assert.equal(outlet.next(now + 49.9, true), undefined)
    assert.deepEqual(outlet.next(now + 50, true), record)
  }
  outlet.settle(PUBLISHED, now)
  const start = performance.now()
  outlet.lane.add(tickOf(2), true)
  const end = performance.now()
  assert.equal(outlet.next(start + 300, false), undefined)
  assert.notEqual(outlet.next(end + 320, false), undefined)
})
