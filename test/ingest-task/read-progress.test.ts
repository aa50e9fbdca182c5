import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LineStats } from '../../ingest-task/line-seam.ts'
import { createReadProgress } from '../../ingest-task/read-progress.ts'
import { addMicros, asEpochMicros, type EpochMicros } from '../../market/units.ts'

const START = asEpochMicros(1_795_000_000_000_000)
const INTERVAL_MS = 3_000
const SECOND = 1_000_000

const lineOf = (state: LineStats['state'], silentMilliseconds: number | undefined): LineStats => ({
  state,
  since: START,
  ...(silentMilliseconds === undefined ? {} : { silentMilliseconds }),
  bytes: 0,
  frames: 0,
  connects: 0,
  gaps: 0,
  repeats: 0,
  resends: 0,
  refused: 0,
  snapshots: 0,
  wins: {},
  pausedMilliseconds: 0,
  errors: {},
})
const LIVE = lineOf('live', 0)

/** Returns a progress whose real and market time pass only by `wait`. */
function openProgress(speed = 1) {
  let real = 0
  const market = (): EpochMicros => addMicros(START, real * 1000 * speed)
  const clock = { now: market, speed: () => speed, realMillisecondsUntil: () => 0 }
  const progress = createReadProgress(clock, INTERVAL_MS, () => real)
  return {
    market,
    pause: progress.pause,
    /** Waits one interval, or longer, and returns how far the line was read: µs before the market time. */
    read(line: LineStats, newest?: EpochMicros, milliseconds = INTERVAL_MS) {
      real += milliseconds
      const until = progress.until(line, newest)
      return until && market() - until
    },
  }
}

test('a live line is read up to a second before its latest frame, however quiet it is', () => {
  const { read } = openProgress()
  assert.equal(read(LIVE), 1 * SECOND)
  assert.equal(read(lineOf('live', 3_500)), 4.5 * SECOND)
  assert.equal(read(lineOf('live', undefined)), undefined)
})

test('a line that is not live is read up to two seconds before its newest tick', () => {
  const { read, market } = openProgress()
  for (const state of ['recovering', 'stale'] as const) {
    assert.equal(read(lineOf(state, 0)), undefined)
    const newest = market()
    assert.equal(read(lineOf(state, 0), newest), (2 + INTERVAL_MS / 1000) * SECOND)
  }
})

test('while a line is paused, and ten seconds after, only its ticks show how far it was read', () => {
  const { read, pause, market } = openProgress()
  pause(true)
  assert.equal(read(LIVE), undefined)
  pause(false)
  for (const _ of [3, 6, 9]) assert.equal(read(LIVE, market()), (2 + INTERVAL_MS / 1000) * SECOND)
  assert.equal(read(LIVE), 1 * SECOND)
  pause(true)
  assert.equal(read(LIVE), undefined, 'a second pause counts as the first')
})

test('after the program stood still, only ticks show how far the line was read', () => {
  const { read } = openProgress()
  assert.equal(read(LIVE), 1 * SECOND)
  assert.equal(read(LIVE, undefined, INTERVAL_MS + 1_001), undefined)
  assert.equal(read(LIVE, undefined, INTERVAL_MS), undefined)
  assert.equal(read(LIVE, undefined, INTERVAL_MS), undefined)
  assert.equal(read(LIVE, undefined, INTERVAL_MS), undefined)
  assert.equal(read(LIVE), 1 * SECOND)
})

test('distances are real time: a faster market passes more of its time', () => {
  const { read } = openProgress(20)
  assert.equal(read(LIVE), 20 * SECOND)
})
