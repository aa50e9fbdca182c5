import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { Calendar, RULES } from '../../market/calendar/calendar.ts'
import type { Hours } from '../../market/calendar/hours.ts'
import { PHASES } from '../../market/market-event.ts'
import { DAY_MICROSECONDS, dateOf, momentOf, momentToIso } from '../../market/moment.ts'
import { nextOpening, phaseAt, phasesOf } from '../../market/phase.ts'
import { addMicros, asEpochMicros, asTradingDate, type DayMicros } from '../../market/units.ts'
import { calendars, hoursArbitrary } from './calendar/random-calendar.ts'

const FRIDAY = asTradingDate(20261120)
/** The last date before the closing auction was introduced. */
const OLD_DATE = asTradingDate(20241101)
const MINUTE = 60_000_000
const at = (hours: number, minutes: number, seconds = 0): DayMicros =>
  ((hours * 60 + minutes) * 60 + seconds) * 1_000_000

/** Returns the phases as `HH:MM phase`. */
const phaseTexts = (hours: Hours): string[] =>
  phasesOf(hours).map(({ phase, time }) => `${momentToIso(momentOf(FRIDAY, time)).slice(11, 16)} ${phase}`)

/** Market times of the years 2015 to 2049. */
const moments = fc
  .integer({ min: momentOf(asTradingDate(20150101), 0), max: momentOf(asTradingDate(20491231), 0) })
  .map(asEpochMicros)

test('the phases of a date start at the known times', () => {
  const expected = [
    [at(0, 0), 'closed'],
    [at(7, 30), 'warm-up'],
    [at(8, 0), 'order-acceptance'],
    [at(9, 0), 'morning'],
    [at(11, 30), 'lunch'],
    [at(12, 30), 'afternoon'],
    [at(15, 25), 'closing'],
    [at(15, 30), 'wind-down'],
    [at(16, 30), 'closed'],
  ] as const
  for (const [index, [time, phase]] of expected.entries()) {
    assert.equal(phaseAt(momentOf(FRIDAY, time), RULES), phase)
    if (index > 0)
      assert.equal(phaseAt(addMicros(momentOf(FRIDAY, time), -1), RULES), expected[index - 1]?.[1])
  }
  assert.equal(phaseAt(momentOf(asTradingDate(20261123), at(10, 0)), RULES), 'closed')
})

test('a date with a closing auction has all phases in their order, and ends closed', () => {
  const phases = phasesOf(RULES.hoursOf(FRIDAY)).map(({ phase }) => phase)
  assert.deepEqual(phases, [...PHASES, 'closed'])
})

test('dates before the closing auction was introduced have no closing phase', () => {
  assert.equal(phaseAt(momentOf(OLD_DATE, at(14, 59, 59)), RULES), 'afternoon')
  assert.equal(phaseAt(momentOf(OLD_DATE, at(15, 0)), RULES), 'wind-down')
  assert.deepEqual(phaseTexts(RULES.hoursOf(OLD_DATE)), [
    '00:00 closed',
    '07:30 warm-up',
    '08:00 order-acceptance',
    '09:00 morning',
    '11:30 lunch',
    '12:30 afternoon',
    '15:00 wind-down',
    '16:00 closed',
  ])
})

suite('the phases of a date with one session', () => {
  const hours = RULES.hoursOf(FRIDAY)
  const noAfternoon = { start: at(11, 30), end: at(11, 30) }

  test('end after the morning', () => {
    assert.deepEqual(phaseTexts({ ...hours, afternoon: noAfternoon, closing: at(11, 25) }), [
      '00:00 closed',
      '07:30 warm-up',
      '08:00 order-acceptance',
      '09:00 morning',
      '11:25 closing',
      '11:30 wind-down',
      '12:30 closed',
    ])
  })

  test('start with the afternoon', () => {
    const late = { ...hours, orders: at(12, 5), morning: { start: at(12, 30), end: at(12, 30) } }
    assert.deepEqual(phaseTexts(late), [
      '00:00 closed',
      '11:35 warm-up',
      '12:05 order-acceptance',
      '12:30 afternoon',
      '15:25 closing',
      '15:30 wind-down',
      '16:30 closed',
    ])
  })
})

test('the phases of any hours are in order, differ from their neighbours, and cover the day', () => {
  fc.assert(
    fc.property(hoursArbitrary, hours => {
      const starts = phasesOf(hours)
      assert.deepEqual([starts[0], starts.at(-1)?.phase], [{ phase: 'closed', time: 0 }, 'closed'])
      const order = starts.slice(1, -1).map(start => PHASES.indexOf(start.phase))
      const sorted = order.toSorted((a, b) => a - b)
      assert.deepEqual(order, sorted)
      assert.equal(new Set(order).size, order.length)
      for (const [index, { time }] of starts.entries()) {
        assert.ok(time < (starts[index + 1]?.time ?? DAY_MICROSECONDS))
        assert.equal(time % MINUTE, 0)
      }
    }),
  )
})

test('with any exceptions, each moment has the phase of its date', () => {
  fc.assert(
    fc.property(calendars, moments, (calendar, moment) => {
      const date = calendar.latestTradingDate(moment)
      for (const { phase, time } of phasesOf(calendar.hoursOf(date)))
        assert.equal(phaseAt(momentOf(date, time), calendar), phase)
      if (date !== dateOf(moment)) assert.equal(phaseAt(moment, calendar), 'closed')
    }),
  )
})

test('the next opening is after now, opens a session, and no session opens before it', () => {
  fc.assert(
    fc.property(calendars, moments, (calendar, moment) => {
      const next = nextOpening(moment, calendar)
      assert.ok(next > moment)
      assert.match(phaseAt(next, calendar), /^(morning|afternoon|closing)$/)
      assert.match(phaseAt(addMicros(next, -1), calendar), /^(warm-up|order-acceptance)$/)
      assert.ok(nextOpening(addMicros(next, -1), calendar) === next)
      // Nothing opens in between: the opening found from any earlier moment is this one.
      const between = asEpochMicros(Math.floor((moment + next) / 2))
      assert.equal(nextOpening(between, calendar), next)
    }),
  )
})

test('the next opening is known by hand', () => {
  const next = (date: number, time: DayMicros, calendar = RULES): string =>
    momentToIso(nextOpening(momentOf(asTradingDate(date), time), calendar)).slice(0, 16)
  assert.equal(next(20261120, at(8, 59)), '2026-11-20T09:00')
  // Saturday, Sunday, and Labour Thanksgiving on Monday.
  assert.equal(next(20261120, at(9, 0)), '2026-11-24T09:00')
  assert.equal(next(20261230, at(15, 30)), '2027-01-04T09:00')
  const closed = new Calendar([{ kind: 'closed', date: asTradingDate(20261124), note: 'a test' }])
  assert.equal(next(20261120, at(9, 0), closed), '2026-11-25T09:00')
})
