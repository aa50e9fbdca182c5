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
    const later = '2026-11-20T12:30:00.000000+09:00'
    assert.equal(strictlyAfter(later, one), later)
    assert.throws(() => strictlyAfter(one, 'yesterday'), /expected an ISO 8601 time, got "yesterday"/)
  })

  test('is read to the microsecond with any offset', () => {
    const nine = momentOf(asTradingDate(20261120), 32_400_000_000)
    for (const [text, microseconds] of [
      ['2026-11-20T09:00:00.063886+09:00', 63_886],
      ['2026-11-20T09:00:00.063886 09:00', 63_886],
      ['2026-11-20T00:00:00.063886Z', 63_886],
      ['2026-11-20T00:00:00.0638869Z', 63_886],
      ['2026-11-19T21:00:00.063886-03:00', 63_886],
      ['2026-11-20T09:00+09:00', 0],
      ['2026-11-20T09:00:00+09:00', 0],
      ['2026-11-20T09:00:00.5+09:00', 500_000],
      ['2026-11-20T09:00:00.0625+09:00', 62_500],
      ['2026-11-20T09:00:59.999999+09:00', 59_999_999],
    ] as const)
      assert.equal(momentFromIso(text), nine + microseconds, text)
    // Leap days.
    assert.equal(momentFromIso('2028-02-29T00:00Z'), Date.UTC(2028, 1, 29) * 1_000)
  })

  test('is not read from a text without an offset, or of an impossible time', () => {
    for (const text of [
      '',
      'now',
      '2026-11-20',
      '2026-11-20T09:00:00',
      '2026-11-20T25:00:00Z',
      '2026-11-20T24:00:00Z',
      '2026-11-20T09:60:00Z',
      '2026-11-20T09:00:60Z',
      '2026-11-20T09:00:00+25:00',
      '2026-02-30T09:00:00Z',
      '2026-02-29T09:00:00Z',
      '2026-11-31T09:00:00+09:00',
      '2026-00-10T09:00:00Z',
      '2026-13-10T09:00:00Z',
      '1763596800',
      ' 2026-11-20T09:00:00Z',
      '2026-11-20T09:00:00Z ',
    ])
      assert.equal(momentFromIso(text), undefined, text)
  })
})
