import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFence, type Placed } from '../../../functions/store-ticks/epoch-fence.ts'
import { TRADING_DATE } from '../stored-market.ts'

/** An envelope of a process (its epoch) at a place in the stream, whose numbers are longer than a float is exact. */
const placed = (place: number, epoch: number, counter: number, lane = 0): Placed => ({
  sequenceNumber: `4968045600088728834832760273338775368334665765700711${String(place).padStart(4, '0')}`,
  envelope: {
    kind: 'ticks',
    line: 1,
    lane,
    epoch,
    counter,
    tradingDate: TRADING_DATE,
    position: 1,
    reached: 1,
    ticks: [],
  },
})

test('an envelope is late behind the first one of a newer process of its lane, and not before it', () => {
  const fence = createFence()
  fence.learn([placed(10, 1, 7), placed(20, 2, 1), placed(30, 1, 8)])
  assert.equal(fence.isLate(placed(10, 1, 7)), false)
  assert.equal(fence.isLate(placed(30, 1, 8)), true)
  assert.equal(fence.isLate(placed(40, 1, 9)), true)
  assert.equal(fence.isLate(placed(20, 2, 1)), false)
  assert.equal(fence.isLate(placed(40, 1, 9, 1)), false)
})

test('a process that has counted on before a batch has begun before it', () => {
  const fence = createFence()
  fence.learn([placed(10, 1, 7), placed(20, 2, 5)])
  assert.equal(fence.isLate(placed(10, 1, 7)), true)
})

test('what was learned of a newer process makes an old batch that comes again no later than it was', () => {
  const fence = createFence()
  fence.learn([placed(50, 2, 3), placed(60, 2, 4)])
  const again = [placed(10, 1, 6), placed(20, 1, 7)]
  fence.learn(again)
  assert.deepEqual(
    again.map(each => fence.isLate(each)),
    [false, false],
  )
})
