import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RULES } from '../../../market/calendar/calendar.ts'
import { momentOf } from '../../../market/moment.ts'
import {
  addMicros,
  addMillis,
  asEpochMicros,
  asEpochMillis,
  asEpochSeconds,
  asTradingDate,
} from '../../../market/units.ts'
import { putItem } from '../../../tables/dynamodb.ts'
import type { WatermarkItem } from '../../../tables/ticks/ticks-item.ts'
import { isStoredToEnd, readIncompleteLanes, readWatermarks } from '../../../tables/ticks/watermarks.ts'
import { openMemoryTable } from '../../drills/cut/memory-table.ts'

const DATE = asTradingDate(20261120)
const HOURS = RULES.hoursOf(DATE)
const HOUR = 3_600_000_000
const WRITTEN = asEpochMillis(1_800_000_000_000)
/** Two seconds later every read shows what was written before. */
const SHOWN = addMillis(WRITTEN, 2_000)
/** The system stops at 16:30. */
const END = momentOf(DATE, 16.25 * HOUR)

const item = (lane: string, changes: Partial<WatermarkItem> = {}): WatermarkItem => ({
  key: 'stored#20261120',
  time: lane,
  expires: asEpochSeconds(4_000_000_000),
  until: END,
  written: WRITTEN,
  settled: momentOf(DATE, 9 * HOUR),
  epoch: asEpochMillis(1),
  counter: 1,
  reporter: asEpochMillis(1),
  missing: '',
  ...changes,
})
async function tableOf(...items: WatermarkItem[]) {
  const table = openMemoryTable()
  for (const each of items) await putItem(table, each)
  return table
}

test('a watermark counts two seconds after it was written, until then the earlier one', async () => {
  const table = await tableOf(item('1-0'), item('2-1', { missing: '5:1-2' }))
  assert.deepEqual(await readWatermarks(table, DATE, SHOWN), [
    { lane: '1-0', until: END, isMissingSome: false },
    { lane: '2-1', until: END, isMissingSome: true },
  ])
  const early = await readWatermarks(table, DATE, addMillis(SHOWN, -1))
  assert.deepEqual(
    early.map(({ until }) => until),
    [momentOf(DATE, 9 * HOUR), momentOf(DATE, 9 * HOUR)],
  )
  assert.deepEqual(await readWatermarks(table, asTradingDate(20261119), SHOWN), [])
})

test('a date is stored to its end a quarter of an hour before the system stops', () => {
  assert.equal(isStoredToEnd(DATE, HOURS, END), true)
  assert.equal(isStoredToEnd(DATE, HOURS, addMicros(END, -1)), false)
})

test('a lane is incomplete if it has no watermark, ends early, or lacks envelopes', async () => {
  const table = await tableOf(
    item('1-0'),
    item('1-1', { until: addMicros(END, -1), settled: asEpochMicros(0) }),
    item('2-0'),
    item('2-1', { missing: '5:1-2' }),
    item('3-1'),
  )
  assert.deepEqual(await readIncompleteLanes(table, DATE, HOURS, 2, SHOWN), ['1-1', '2-1', '3-0'])
  assert.deepEqual(await readIncompleteLanes(table, DATE, HOURS, 1, SHOWN), ['3-0'])
})
