import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MICROSECONDS, momentOf } from '../../market/moment.ts'
import { addMicros, asTradingDate } from '../../market/units.ts'
import { hasTicks, oldestCut, stampOf } from '../../prices/price-source.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { sourceAt } from './standing-source.ts'

const DATE = asTradingDate(20261120)
const TEN = momentOf(DATE, 36_000_000_000)
const NO_TABLE = { client: createDynamoDB(), table: 'none' }

test('the ticks of a date are kept for the days of the source, from its midnight on', () => {
  const last = addMicros(momentOf(DATE, 0), 31 * DAY_MICROSECONDS)
  assert.equal(hasTicks(sourceAt(NO_TABLE, 'everybody', last), DATE), true)
  assert.equal(hasTicks(sourceAt(NO_TABLE, 'everybody', addMicros(last, 1)), DATE), false)
})

test('the oldest cut is the delay ago for everybody, and the usual time of storing for registered users', () => {
  assert.equal(oldestCut(sourceAt(NO_TABLE, 'everybody', TEN)), TEN - 1_200_000_000)
  assert.equal(oldestCut(sourceAt(NO_TABLE, 'registered', TEN)), TEN - 180_000_000)
})

test('the stamp of an answer states the delay, the moment, and whether it is late', () => {
  const asOf = '2026-11-20T10:00:00.000000+09:00'
  const delayed = sourceAt(NO_TABLE, 'everybody', TEN)
  assert.deepEqual(stampOf(delayed, TEN, false), { delay: 'PT20M', asOf })
  assert.deepEqual(stampOf(delayed, TEN, true), { delay: 'PT20M', asOf, late: true })
  assert.deepEqual(stampOf(sourceAt(NO_TABLE, 'registered', TEN), TEN, false), { delay: 'PT0S', asOf })
})
