import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IngestStats } from '../../ingest-task/ingest.ts'
import { figuresOf } from '../../ingest-task/metrics.ts'
import { EMPTY_STATS } from './empty-stats.ts'

/** Totals in which every number differs. */
const AFTER: IngestStats = {
  messages: 1_000,
  ticks: 2,
  repeats: 3,
  lost: 4,
  before: 5,
  elsewhere: 6,
  impossibleTimes: 7,
  impossibleValues: 8,
  badMessages: 9,
  line: {
    ...EMPTY_STATS.line,
    state: 'live',
    bytes: 10,
    frames: 11,
    connects: 12,
    gaps: 13,
    repeats: 14,
    resends: 15,
    refused: 16,
    snapshots: 17,
    wins: { A: 18, B: 19 },
    pausedMilliseconds: 20,
    errors: { socket: 21, silence: 1 },
  },
  publisher: {
    envelopes: 23,
    bytes: 24,
    ticks: 250,
    retries: 26,
    throttled: 27,
    waitingBytes: 28,
    waitingEnvelopes: 29,
  },
}

test('each metric has its own total and unit', () => {
  const figures = figuresOf(undefined, AFTER, 40, [5, 1.26, 9.04, 2])
  const texts = Object.fromEntries(
    Object.entries(figures).map(([name, { unit, value }]) => [name, `${value} ${unit}`]),
  )
  assert.deepEqual(texts, {
    MessagesPerSecond: '25 Count/Second',
    TicksPerSecond: '6.3 Count/Second',
    LagMax: '9 Milliseconds',
    LagP50: '5 Milliseconds',
    Live: '1 Count',
    WinsA: '18 Count',
    WinsB: '19 Count',
    Lost: '4 Count',
    QueueBytes: '28 Bytes',
    Throttles: '27 Count',
  })
})

test('an interval without growth counts 0, except for what waits and the state', () => {
  const figures = figuresOf(AFTER, AFTER, 10, [])
  const counted = Object.entries(figures).filter(([, { value }]) => value !== 0)
  assert.deepEqual(
    counted.map(([name, { value }]) => [name, value]),
    [
      ['Live', 1],
      ['QueueBytes', 28],
    ],
  )
})

test('a connection that has won for the first time counts all its wins', () => {
  const before = { ...AFTER, line: { ...AFTER.line, wins: { A: 8 } } }
  const { WinsA, WinsB } = figuresOf(before, AFTER, 10, [])
  assert.deepEqual([WinsA?.value, WinsB?.value], [10, 19])
})
