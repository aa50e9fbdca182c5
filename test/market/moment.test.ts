import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  dateOf,
  isoDate,
  isoTime,
  momentFromIso,
  momentOf,
  momentToIso,
  strictlyAfter,
  timeOfDay,
} from '../../market/moment.ts'
import { asEpochMicros, asTradingDate } from '../../market/units.ts'

suite('a moment', () => {
  const moments = fc.integer({ min: 0, max: 4_000_000_000_000_000 }).map(asEpochMicros)

  test('has a Tokyo date and a time of day that give the same moment again', () => {
    fc.assert(
      fc.property(moments, moment => {
        const [date, time] = [dateOf(moment), timeOfDay(moment)]
        assert.equal(momentOf(date, time), moment)
        assert.equal(Date.parse(isoTime(date, time)), Math.floor(moment / 1000))
      }),
    )
  })

  test('is read back from its ISO text', () => {
    fc.assert(
      fc.property(moments, moment => {
        assert.equal(momentFromIso(momentToIso(moment)), moment)
      }),
    )
  })

  test('is written with the Tokyo offset, to the microsecond', () => {
    assert.equal(isoTime(asTradingDate(20261120), 32_400_063_886), '2026-11-20T09:00:00.063886+09:00')
    assert.equal(isoDate(asTradingDate(20261120)), '2026-11-20')
  })

  test('is moved after another one by at least a microsecond', () => {
    const [one, two] = ['2026-11-20T09:00:00.999999+09:00', '2026-11-20T09:00:01.000000+09:00']
    assert.deepEqual(
      [strictlyAfter(two, one), strictlyAfter(one, one), strictlyAfter(one, two)],
      [two, two, '2026-11-20T09:00:01.000001+09:00'],
    )
    assert.throws(() => strictlyAfter(one, 'yesterday'), /expected an ISO 8601 time, got "yesterday"/)
  })
})
