import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createImpossibleLog } from '../../ingest-task/impossible-log.ts'
import { F } from '../../market/board.ts'
import { asTradingDate } from '../../market/units.ts'
import { collectLog } from './collect-log.ts'

const DATE = asTradingDate(20261120)
const TEXT = 'impossible values in a market message'
const MESSAGE = { issue: '7203', sequence: 5, fields: [{ field: F.last, got: 0 }], time: undefined }
const NAMED = { issue: '7203', sequence: 5, fields: { last: 0 } }

test('one warning in ten seconds names a message, and counts the messages since the warning before', () => {
  const clock = { now: 0 }
  const log = collectLog()
  const note = createImpossibleLog(log, DATE, () => clock.now)
  for (const now of [0, 1, 9_999, 10_000, 10_001, 19_999, 30_000]) {
    clock.now = now
    note(MESSAGE)
  }
  assert.deepEqual(log.lines, [
    ['warn', TEXT, { messages: 1, ...NAMED }],
    ['warn', TEXT, { messages: 3, ...NAMED }],
    ['warn', TEXT, { messages: 3, ...NAMED }],
  ])
})

test('an impossible time of a message is a time of the trading date', () => {
  const log = collectLog()
  createImpossibleLog(log, DATE)({ ...MESSAGE, fields: [], time: 32_400_000_001 })
  const details = { messages: 1, ...NAMED, fields: {}, time: '2026-11-20T09:00:00.000001+09:00' }
  assert.deepEqual(log.lines, [['warn', TEXT, details]])
})
