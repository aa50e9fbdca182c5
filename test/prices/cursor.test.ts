import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asEpochMicros, asTradingDate } from '../../market/units.ts'
import { readBarsCursor, readCursor, writeBarsCursor, writeCursor } from '../../prices/cursor.ts'

const DATE = asTradingDate(20261120)
const refused = (message: RegExp) => ({ name: 'Problem', code: 'bad-parameter', message })

test('a cursor of ticks has the place of the last tick', () => {
  const text = writeCursor('130A', DATE, { time: 32_400_063_886, sequence: 7 })
  assert.equal(text, '130A-20261120-32400063886-7')
  assert.deepEqual(readCursor(text, '130A', DATE), { time: 32_400_063_886, sequence: 7 })
  assert.deepEqual(readCursor('25935-20261120-0-999999999', '25935', DATE), {
    time: 0,
    sequence: 999_999_999,
  })
})

test('a cursor of ticks is refused with another issue or trading date, or if it is none', () => {
  const other = refused(
    /^after: expected the "next" of an answer for 7203 on 20261120, the trading date of the range, got "/,
  )
  for (const text of ['6758-20261120-1-1', '7203-20261119-1-1'])
    assert.throws(() => readCursor(text, '7203', DATE), other, text)
  const none = refused(/^after: expected the "next" of an answer, got "/)
  for (const text of [
    '',
    '7203',
    '7203-20261120-1',
    '7203-20261120-1-1-1',
    '720-20261120-1-1',
    '720300-20261120-1-1',
    '7203-2026112-1-1',
    '7203-20261120-123456789012-1',
    '7203-20261120-1-1234567890',
    '7203-20261120-x-1',
  ])
    assert.throws(() => readCursor(text, '7203', DATE), none, text)
})

test('a cursor of bars has the moment from which the next page starts', () => {
  const text = writeBarsCursor('7203', '15m', asEpochMicros(1_795_132_800_063_886))
  assert.equal(text, '7203-15m-1795132800063886')
  assert.equal(readBarsCursor(text, '7203', '15m'), 1_795_132_800_063_886)
})

test('a cursor of bars is refused with another issue or interval, or if it is none', () => {
  const other = refused(/^after: expected the "next" of an answer with bars of 1m for 7203, got "/)
  const moment = '1795132800063886'
  for (const text of [
    '',
    `6758-1m-${moment}`,
    `7203-5m-${moment}`,
    '7203-1m-1',
    `7203-1m-${moment}0`,
    `7203-1m`,
  ])
    assert.throws(() => readBarsCursor(text, '7203', '1m'), other, text)
})
