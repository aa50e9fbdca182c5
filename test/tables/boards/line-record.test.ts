import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventOf, LineState } from '../../../market/market-event.ts'
import { addMillis, asEpochMillis } from '../../../market/units.ts'
import {
  type LineRecord,
  lineItemOf,
  lineRecordOf,
  staleSince,
  stateAt,
} from '../../../tables/boards/line-record.ts'

const REPORTED_AT = asEpochMillis(1_800_000_000_000)
/** 9:00 and some microseconds. */
const at = (micros: number): string => `2026-11-20T09:00:00.00000${micros}+09:00`

const eventOf = (state: LineState, since: string): EventOf<'line'> => ({
  type: 'line',
  line: 2,
  state,
  since,
})

/** The record of a line that apps know as `announced`, and that reported last at the market time `reportedTime`. */
const recordOf = (announced: EventOf<'line'>, reportedTime = at(5)): LineRecord => ({
  version: 7,
  reported: eventOf('live', at(1)),
  announced,
  reportedAt: REPORTED_AT,
  reportedTime,
  epoch: asEpochMillis(9),
})

test('an item has every part of its record', () => {
  const record = recordOf(eventOf('recovering', at(2)))
  assert.deepEqual(lineRecordOf(lineItemOf(record)), record)
  const item = {
    id: 'line#2',
    version: 7,
    own: JSON.stringify(eventOf('live', at(1))),
    told: JSON.stringify(eventOf('recovering', at(2))),
    seen: REPORTED_AT,
    heard: at(5),
  }
  assert.deepEqual(lineItemOf(record), { ...item, epoch: 9 })
  // Release 0.1.0 wrote no epoch.
  assert.deepEqual(lineRecordOf(item), { ...record, epoch: 0 })
})

test('a line keeps its announced state for ten seconds after its last report; then it is stale since this report', () => {
  const announced = { ...eventOf('recovering', at(2)), lost: 3 }
  const record = recordOf(announced)
  assert.equal(stateAt(record, REPORTED_AT), announced)
  assert.equal(stateAt(record, addMillis(REPORTED_AT, 10_000)), announced)
  const stale = { ...announced, state: 'stale', since: at(5) }
  assert.deepEqual(stateAt(record, addMillis(REPORTED_AT, 10_001)), stale)
})

test('a line that was announced as stale stays stale since the same time', () => {
  const announced = eventOf('stale', at(2))
  const record = recordOf(announced)
  assert.equal(stateAt(record, addMillis(REPORTED_AT, 60_000)), announced)
  assert.equal(staleSince(record), at(2))
})

test('a silent line is stale since its last report, but later than its announced state', () => {
  const sinceOf = (announced: string): string => staleSince(recordOf(eventOf('live', announced), at(5)))
  assert.equal(sinceOf(at(4)), at(5))
  assert.equal(sinceOf(at(5)), at(6))
  assert.equal(sinceOf(at(7)), at(8))
})
