import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { formatSegments, parseClock } from '../../market/clock.ts'
import { momentOf } from '../../market/moment.ts'
import { addMillis, asTradingDate, nowMillis, toEpochMicros, toEpochMillis } from '../../market/units.ts'

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

  test('reports the invalid part of a setting', () => {
    assert.throws(() => parseClock('1:2:3,noon'), /got "noon"/)
    assert.throws(() => parseClock('1:2:0'), /got "1:2:0"/)
  })
})
