import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEpochFence, type DecodedRecord } from '../../../functions/store-ticks/epoch-fence.ts'
import { asEpochMillis, asTradingDate } from '../../../market/units.ts'
import { TRADING_DATE } from '../stored-market.ts'

/** A record with an envelope of a task (its epoch). Sequence numbers are longer than a number can hold exactly. */
const record = (
  place: number,
  epoch: number,
  counter: number,
  lane = 0,
  tradingDate = TRADING_DATE,
): DecodedRecord => ({
  sequenceNumber: `4968045600088728834832760273338775368334665765700711${String(place).padStart(4, '0')}`,
  envelope: {
    kind: 'ticks',
    line: 1,
    lane,
    epoch: asEpochMillis(epoch),
    counter,
    tradingDate,
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

test('of three tasks each one is late after the start of the next, also in an old batch that comes again', () => {
  const fence = createEpochFence()
  fence.observe([record(10, 1, 7), record(20, 2, 1), record(30, 2, 2)])
  fence.observe([record(50, 3, 1), record(60, 3, 2)])
  const again = [record(10, 1, 7), record(20, 2, 1), record(25, 1, 8), record(30, 2, 2), record(60, 2, 3)]
  fence.observe(again)
  assert.deepEqual(
    again.map(each => fence.isLate(each)),
    [false, false, true, false, true],
  )
})

test('an epoch starts where an earlier batch shows it, if a later batch had only its end', () => {
  const fence = createEpochFence()
  fence.observe([record(50, 2, 9), record(60, 1, 9)])
  const again = [record(10, 1, 7), record(20, 2, 1), record(30, 1, 8)]
  fence.observe(again)
  assert.deepEqual(
    again.map(each => fence.isLate(each)),
    [false, false, true],
  )
})

test('the epochs of a trading date say nothing of the next one: a clock may have been wrong', () => {
  const fence = createEpochFence()
  const nextDate = asTradingDate(TRADING_DATE + 3)
  fence.observe([record(10, 9, 1), record(20, 5, 1, 0, nextDate)])
  assert.equal(fence.isLate(record(20, 5, 1, 0, nextDate)), false)
  assert.equal(fence.isLate(record(30, 5, 2)), true)
})
