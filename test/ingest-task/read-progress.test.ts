import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LineStats } from '../../ingest-task/line-seam.ts'
import { createReadProgress } from '../../ingest-task/read-progress.ts'
import { addMicros, asEpochMicros, type EpochMicros, type Millis } from '../../market/units.ts'

const START = asEpochMicros(1_795_000_000_000_000)
const INTERVAL_MS = 3_000
/** Time after which a line without old ticks is known to be current, ms. */
const CATCH_UP_MS = 10_000
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
    received: progress.received,
    /** Brings a live tick whose market time is so many milliseconds of real time ago. */
    tick(age: Millis) {
      progress.received(addMicros(market(), -age * 1000 * speed))
    },
    /** Waits one interval, or longer, and returns how far the line was read: µs before the market time. */
    read(line: LineStats, milliseconds = INTERVAL_MS) {
      real += milliseconds
      const until = progress.until(line)
      return until && market() - until
    },
  }
}

/** Returns a progress whose line has been live for some time. */
function openCurrent(speed = 1) {
  const progress = openProgress(speed)
  for (let waited = 0; waited < CATCH_UP_MS; waited += INTERVAL_MS) progress.read(LIVE)
  return progress
}

test('a live line is read up to a second before its latest frame, however quiet it is', () => {
  const { read } = openCurrent()
  assert.equal(read(LIVE), 1 * SECOND)
  assert.equal(read(lineOf('live', 3_500)), 4.5 * SECOND)
  assert.equal(read(lineOf('live', undefined)), undefined)
})

test('a line that is not live is read up to two seconds before its newest tick', () => {
  for (const state of ['recovering', 'stale'] as const) {
    const { read, tick } = openCurrent()
    assert.equal(read(lineOf(state, 0)), undefined)
    tick(0)
    assert.equal(read(lineOf(state, 0)), (2 + INTERVAL_MS / 1000) * SECOND)
  }
})

test('in the first ten seconds of a task, and after a line is live, only ticks show how far it was read', () => {
  const { read } = openProgress()
  const readThrice = () => [read(LIVE), read(LIVE), read(LIVE)]
  assert.deepEqual(readThrice(), [undefined, undefined, undefined])
  assert.equal(read(LIVE), 1 * SECOND)
  assert.equal(read(lineOf('recovering', 0)), undefined)
  assert.deepEqual(readThrice(), [undefined, undefined, undefined])
  assert.equal(read(LIVE), 1 * SECOND)
})

test('while a line is paused, and ten seconds after, only its ticks show how far it was read', () => {
  const { read, pause, tick } = openCurrent()
  pause(true)
  assert.equal(read(LIVE), undefined)
  pause(false)
  for (const _ of [3, 6, 9]) {
    tick(0)
    assert.equal(read(LIVE), (2 + INTERVAL_MS / 1000) * SECOND)
  }
  assert.equal(read(LIVE), 1 * SECOND)
  pause(true)
  assert.equal(read(LIVE), (2 + (3 * INTERVAL_MS) / 1000) * SECOND, 'the newest tick is three intervals old')
})

test('after the program stood still, only ticks show how far the line was read', () => {
  const { read } = openCurrent()
  assert.equal(read(LIVE), 1 * SECOND)
  assert.equal(read(LIVE, INTERVAL_MS + 1_001), undefined)
  assert.equal(read(LIVE), undefined)
  assert.equal(read(LIVE), undefined)
  assert.equal(read(LIVE), undefined)
  assert.equal(read(LIVE), 1 * SECOND)
})

test('ten seconds long after a tick that came more than a second late, only ticks show how far the line was read', () => {
  const { read, tick } = openCurrent()
  tick(1_000)
  assert.equal(read(LIVE), 1 * SECOND)
  tick(1_001)
  for (const seconds of [3, 6, 9]) assert.equal(read(LIVE), (2 + seconds) * SECOND + 1_001_000)
  assert.equal(read(LIVE), 1 * SECOND)
})

test('an old tick after a newer one does not make a line late', () => {
  const { read, tick, received, market } = openCurrent()
  tick(0)
  const newest = market()
  read(LIVE)
  received(newest)
  assert.equal(read(LIVE), 1 * SECOND)
})

test('distances are real time: a faster market passes more of its time', () => {
  const { read, tick } = openCurrent(20)
  tick(1_000)
  assert.equal(read(LIVE), 20 * SECOND)
})
