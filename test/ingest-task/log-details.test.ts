import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resumeDetails, statsDetails } from '../../ingest-task/log-details.ts'
import type { Published } from '../../ingest-task/publish/recover.ts'
import { emptyBoard } from '../../market/board.ts'
import type { Clock } from '../../market/clock.ts'
import { momentOf } from '../../market/moment.ts'
import { asTradingDate } from '../../market/units.ts'
import { EMPTY_STATS } from './empty-stats.ts'

const DATE = asTradingDate(20261120)
const NINE = 32_400_000_000
/** Market time stands still at nine o'clock, in a market of four times the speed. */
const clock: Clock = { now: () => momentOf(DATE, NINE), speed: () => 4, realMillisecondsUntil: () => 0 }

/** What was published, with boards of these times. */
const publishedWith = (...times: number[]): Published => ({
  tradingDate: DATE,
  position: 7,
  reached: 9,
  lanes: [],
  boards: times.map(time => ({ tradingDate: DATE, line: 1, sequence: 1, time, board: emptyBoard('7203') })),
  lost: 0,
  master: [],
})

test('the age of what was published is that of its newest board, in real seconds', () => {
  assert.deepEqual(
    resumeDetails(publishedWith(NINE - 9_000_000, NINE - 5_000_000, NINE - 8_000_000), clock),
    {
      tradingDate: DATE,
      position: 7,
      boards: 3,
      ageSeconds: 1.3,
    },
  )
})

test('without boards nothing has an age', () => {
  assert.deepEqual(resumeDetails(publishedWith(), clock), { tradingDate: DATE, position: 7, boards: 0 })
})

test('totals have the start of the state of the line as text', () => {
  const stats = { ...EMPTY_STATS, line: { ...EMPTY_STATS.line, since: momentOf(DATE, NINE) } }
  assert.deepEqual(statsDetails(stats), {
    ...stats,
    line: { ...stats.line, since: '2026-11-20T09:00:00.000000+09:00' },
  })
})
