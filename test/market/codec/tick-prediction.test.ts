import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ABSENT, ASKS, BIDS, emptyBoard, F, type ScalarField } from '../../../market/board.ts'
import {
  averageOf,
  predictMessage,
  predictQuote,
  predictTrade,
  secondOf,
} from '../../../market/codec/tick-prediction.ts'

const TIME = 32_400_063_886
const SECOND = 32_400_000_000

/** Returns the values of a board with these fields. */
function valuesOf(fields: Partial<Record<ScalarField, number>>): Float64Array {
  const { values } = emptyBoard('7203')
  for (const [name, value] of Object.entries(fields)) values[F[name as ScalarField]] = value
  return values
}

/** Returns the fields that have a value. */
const fieldsOf = (values: Float64Array) =>
  Object.fromEntries(
    Object.entries(F).flatMap(([name, field]) => (values[field] === ABSENT ? [] : [[name, values[field]]])),
  )

test('every message raises the update number and has the time of the status, where they are known', () => {
  const values = valuesOf({ updateNumber: 7, statusTime: 1, volume: 5 })
  predictMessage(values, TIME)
  assert.deepEqual(fieldsOf(values), { updateNumber: 8, statusTime: TIME, volume: 5 })
  const blank = valuesOf({})
  predictMessage(blank, TIME)
  assert.deepEqual(fieldsOf(blank), {})
})

test('the first trade sets all prices, volume and turnover', () => {
  const values = valuesOf({})
  // 100 shares at 2,000 yen are 200,000 yen, 20,000,000 sen.
  predictTrade(values, 100, 20_000_000, TIME)
  assert.deepEqual(fieldsOf(values), {
    ...{ open: 20_000_000, openTime: SECOND, high: 20_000_000, highTime: SECOND },
    ...{ low: 20_000_000, lowTime: SECOND, last: 20_000_000, lastTime: TIME },
    ...{ volume: 100, volumeTime: SECOND, turnover: 20_000_000, vwap: 20_000_000 },
  })
})

test('a later trade adds to volume and turnover, and moves high and low only beyond them', () => {
  const before = { open: 200, openTime: 1, high: 210, highTime: 2, low: 190, lowTime: 3 }
  const after = (price: number) => {
    const values = valuesOf({ ...before, volume: 100, turnover: 200 })
    predictTrade(values, 300, price, TIME)
    const { open, openTime, high, highTime, low, lowTime } = fieldsOf(values)
    assert.deepEqual([open, openTime], [200, 1])
    return [high, highTime, low, lowTime]
  }
  assert.deepEqual(after(210), [210, 2, 190, 3])
  assert.deepEqual(after(211), [211, SECOND, 190, 3])
  assert.deepEqual(after(190), [210, 2, 190, 3])
  assert.deepEqual(after(189), [210, 2, 189, SECOND])
  const values = valuesOf({ ...before, volume: 100, turnover: 200 })
  predictTrade(values, 300, 200, TIME)
  const { volume, turnover, vwap, last, lastTime, volumeTime } = fieldsOf(values)
  // 300 × 200 / 100 = 600 sen more; 800 sen × 100 / 400 shares = 200.
  assert.deepEqual([volume, turnover, vwap, last], [400, 800, 200, 200])
  assert.deepEqual([lastTime, volumeTime], [TIME, SECOND])
})

test('a turnover that is too large is predicted as 0', () => {
  const turnoverAfter = (turnover: number) => {
    const values = valuesOf({ volume: 1, turnover })
    predictTrade(values, 1, 100, TIME)
    return values[F.turnover]
  }
  assert.equal(turnoverAfter(1e15 - 1), 1e15)
  assert.equal(turnoverAfter(1e15), 0)
})

test('the average price is the turnover by share, rounded, and unknown without a volume', () => {
  assert.equal(averageOf(valuesOf({ volume: 3, turnover: 1 })), 33)
  assert.equal(averageOf(valuesOf({ volume: 1, turnover: 2 })), 200)
  for (const volume of [0, ABSENT]) assert.equal(averageOf(valuesOf({ volume, turnover: 1 })), ABSENT)
  assert.equal(averageOf(valuesOf({ volume: 1, turnover: 1e13 + 1 })), 0)
})

test('a changed best quote has the time of the tick and a sign, and a side without levels has neither', () => {
  for (const [side, time, sign] of [
    [ASKS, F.askTime, F.askSign],
    [BIDS, F.bidTime, F.bidSign],
  ] as const) {
    const quote = (price: number, quantity: number, before: [number, number], shown = ABSENT) => {
      const values = valuesOf({})
      values.set([price, quantity], side)
      values.set([5, shown], time)
      const earlier = valuesOf({})
      earlier.set(before, side)
      predictQuote(values, earlier, side, TIME)
      return [values[time], values[sign]]
    }
    assert.deepEqual(quote(100, 10, [100, 10]), [5, ABSENT], 'unchanged')
    assert.deepEqual(quote(101, 10, [100, 10]), [TIME, 1])
    assert.deepEqual(quote(100, 11, [100, 10]), [TIME, 1])
    assert.deepEqual(quote(101, 10, [100, 10], 3), [TIME, 3])
    assert.deepEqual(quote(ABSENT, ABSENT, [100, 10], 3), [ABSENT, ABSENT])
  }
})

test('a time without its fraction is in whole seconds', () => {
  assert.deepEqual([secondOf(TIME), secondOf(SECOND), secondOf(999_999)], [SECOND, SECOND, 0])
})
