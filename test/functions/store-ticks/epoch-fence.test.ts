import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEpochFence, type DecodedRecord } from '../../../functions/store-ticks/epoch-fence.ts'
import { asEpochMillis } from '../../../market/units.ts'
import { TRADING_DATE } from '../stored-market.ts'

/** A record with an envelope of a task (its epoch). Sequence numbers are longer than a number can hold exactly. */
const record = (place: number, epoch: number, counter: number, lane = 0): DecodedRecord => ({
  sequenceNumber: `4968045600088728834832760273338775368334665765700711${String(place).padStart(4, '0')}`,
  envelope: {
    kind: 'ticks',
    line: 1,
    lane,
    epoch: asEpochMillis(epoch),
    counter,
    tradingDate: TRADING_DATE,
    position: 1,
    reached: 1,
    ticks: [],
  },
})

test('an envelope is late after the first envelope of a newer epoch of its lane, and not before it', () => {
  const fence = createEpochFence()
  fence.observe([record(10, 1, 7), record(20, 2, 1), record(30, 1, 8)])
  assert.equal(fence.isLate(record(10, 1, 7)), false)
  assert.equal(fence.isLate(record(30, 1, 8)), true)
  assert.equal(fence.isLate(record(40, 1, 9)), true)
  assert.equal(fence.isLate(record(20, 2, 1)), false)
  assert.equal(fence.isLate(record(40, 1, 9, 1)), false)
})

test('an epoch whose counter is above 1 in its first envelope of a batch started before the batch', () => {
  const fence = createEpochFence()
  fence.observe([record(10, 1, 7), record(20, 2, 5)])
  assert.equal(fence.isLate(record(10, 1, 7)), true)
})

test('an old batch that is delivered again is not late, although a newer epoch is known', () => {
  const fence = createEpochFence()
  fence.observe([record(50, 2, 3), record(60, 2, 4)])
  const again = [record(10, 1, 6), record(20, 1, 7)]
  fence.observe(again)
  assert.deepEqual(
    again.map(each => fence.isLate(each)),
    [false, false],
  )
})
