import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createConflater } from '../../../functions/broadcast/conflate.ts'
import { readRecords } from '../../../functions/broadcast/read-records.ts'
import { encodeEvents } from '../../../market/codec/envelope.ts'
import type { MarketEvent } from '../../../market/market-event.ts'
import { asEpochMillis, asTradingDate } from '../../../market/units.ts'

test('what a lane reports about its completeness is not for apps', () => {
  const header = {
    line: 1,
    lane: 0,
    epoch: asEpochMillis(1),
    counter: 1,
    tradingDate: asTradingDate(20261120),
    position: 1,
    reached: 1,
  }
  const time = '2026-11-20T09:00:00.000000+09:00'
  const phase: MarketEvent = { type: 'phase', time, phase: 'morning' }
  const bytes = encodeEvents(header, [{ type: 'complete', until: time }, phase])
  const { events } = readRecords([Buffer.from(bytes).toString('base64')], createConflater())
  assert.deepEqual(events, [phase])
})
