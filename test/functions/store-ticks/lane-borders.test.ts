import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bordersItem } from '../../../functions/store-ticks/lane-borders.ts'
import { asEpochSeconds, asTradingDate } from '../../../market/units.ts'

const EXPIRES = asEpochSeconds(1_795_618_800)
const bordersAfter = (borders: readonly number[], first: number, last: number): string =>
  bordersItem({ line: 1, lane: 0, tradingDate: asTradingDate(20261120), first, last }, borders, EXPIRES)
    .borders

test('a batch adds its last sequence to the borders of its lane', () => {
  assert.equal(bordersAfter([], 1, 10), '10')
  assert.equal(bordersAfter([10], 11, 20), '10,20')
  assert.equal(bordersAfter([10, 20], 11, 20), '10,20')
})

test('only the last of the borders before a batch is kept', () => {
  assert.equal(bordersAfter([10, 20, 30], 31, 40), '30,40')
})

test('all borders within or after a batch that comes again are kept', () => {
  assert.equal(bordersAfter([10, 20, 30, 40], 15, 25), '10,20,25,30,40')
})
