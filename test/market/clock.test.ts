import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  type ClockSegment,
  formatSegments,
  parseClock,
  shiftedClock,
  systemClock,
} from '../../market/clock.ts'
import { momentOf } from '../../market/moment.ts'
import {
  addMillis,
  asEpochMicros,
  asEpochMillis,
  asTradingDate,
  nowMillis,
  toEpochMicros,
  toEpochMillis,
} from '../../market/units.ts'

/** Real time at the start of the tests with a fake clock, epoch ms. */
const REAL = 1_795_000_000_000

const segment = (real: number, market: number, speed: number): ClockSegment => ({
  real: asEpochMillis(REAL + real),
  market: asEpochMillis(market),
  speed,
})

suite('the clock', () => {
  test('runs through its segments: first fast, then in real time', () => {
    const real = nowMillis()
    const nine = toEpochMillis(momentOf(asTradingDate(20261120), 9 * 3_600_000_000))
    const segments = [
      { real: addMillis(real, -40_000), market: nine, speed: 60 },
      { real: addMillis(real, -10_000), market: addMillis(nine, 1_800_000), speed: 1 },
    ]
    const clock = parseClock(formatSegments(segments))
    const sinceNine = clock.now() / 1000 - nine
    assert.ok(
      sinceNine >= 1_810_000 && sinceNine < 1_815_000,
      `expected about 30 min 10 s after nine, got ${sinceNine} ms`,
    )
    assert.equal(clock.speed(), 1)
    assert.equal(clock.realMillisecondsUntil(toEpochMicros(addMillis(nine, 900_000))), 0)
    const wait = clock.realMillisecondsUntil(toEpochMicros(addMillis(nine, 1_870_000)))
    assert.ok(wait > 55_000 && wait <= 60_000, `expected about a minute, got ${wait} ms`)
  })

  test('stands still before its first segment', () => {
    const clock = parseClock(`${Date.now() + 60_000}:1795000000000:30`)
    assert.equal(clock.now(), 1_795_000_000_000_000)
  })

  test('stands still before its first segment, and has the speed of that segment', t => {
    t.mock.timers.enable({ apis: ['Date'], now: REAL - 1 })
    const clock = shiftedClock([segment(0, 7_000, 30), segment(10, 9_000, 2)])
    assert.deepEqual([clock.now(), clock.speed()], [7_000_000, 30])
    const waits = [6_999, 7_000, 7_030].map(millis =>
      clock.realMillisecondsUntil(asEpochMicros(millis * 1_000)),
    )
    assert.deepEqual(waits, [0, 0, 2])
    t.mock.timers.tick(1)
    assert.deepEqual([clock.now(), clock.speed()], [7_000_000, 30])
    t.mock.timers.tick(1)
    assert.deepEqual([clock.now(), clock.speed()], [7_030_000, 30])
  })

  test('takes each segment from its first millisecond on', t => {
    t.mock.timers.enable({ apis: ['Date'], now: REAL + 9 })
    const clock = shiftedClock([segment(0, 7_000, 30), segment(10, 9_000, 2)])
    assert.deepEqual([clock.now(), clock.speed()], [7_270_000, 30])
    t.mock.timers.tick(1)
    assert.deepEqual([clock.now(), clock.speed()], [9_000_000, 2])
    t.mock.timers.tick(5)
    assert.deepEqual([clock.now(), clock.speed()], [9_010_000, 2])
  })

  test('reaches a moment in the first segment that has it, also at the border of two segments', t => {
    t.mock.timers.enable({ apis: ['Date'], now: REAL })
    const clock = shiftedClock([segment(0, 1_000, 1), segment(10, 5_000, 2)])
    const waits = (...market: number[]) =>
      market.map(millis => clock.realMillisecondsUntil(asEpochMicros(millis * 1_000)))
    assert.deepEqual(waits(999, 1_000, 1_001, 1_010), [0, 0, 1, 10])
    // Market time jumps from 1,010 to 5,000, past all moments in between.
    assert.deepEqual(waits(1_011, 4_999, 5_000, 5_002), [10, 10, 10, 11])
    t.mock.timers.tick(4)
    assert.deepEqual(waits(1_003, 1_004, 1_010, 5_002), [0, 0, 6, 7])
  })

  test('is the system clock without a shift', t => {
    t.mock.timers.enable({ apis: ['Date'], now: REAL })
    assert.equal(parseClock('system'), systemClock)
    assert.deepEqual([systemClock.now(), systemClock.speed()], [REAL * 1_000, 1])
    const waits = [-1, 0, 1, 90].map(wait =>
      systemClock.realMillisecondsUntil(asEpochMicros((REAL + wait) * 1_000)),
    )
    assert.deepEqual(waits, [0, 0, 1, 90])
  })

  test('needs a segment', () => {
    assert.throws(() => shiftedClock([]), {
      name: 'RangeError',
      message: 'shifted clock: expected at least one segment, got none',
    })
  })

  test('reports the invalid part of a setting', () => {
    const invalid = [
      'noon',
      '',
      '1:2',
      '1:2:3:4',
      '-1:2:3',
      '1:-2:3',
      '1:2:0',
      '1:2:-3',
      'x:2:3',
      '1:x:3',
      '1:2:x',
    ]
    for (const part of invalid) {
      assert.throws(() => parseClock(`1:2:3,${part}`), {
        name: 'RangeError',
        message: `market clock: expected "system" or real:market:speed with speed > 0, got "${part}"`,
      })
    }
    assert.equal(parseClock('0:0:0.5').speed(), 0.5)
  })
})
