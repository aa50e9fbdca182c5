import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Calendar, RULES } from '../../../market/calendar/calendar.ts'
import { calendarDayJson } from '../../../market/calendar/calendar-json.ts'
import { hoursFromJson } from '../../../market/calendar/hours-json.ts'
import { asTradingDate } from '../../../market/units.ts'
import { dates, hoursArbitrary } from './random-calendar.ts'

test('the hours of a date come back from its JSON', () => {
  fc.assert(
    fc.property(dates, hoursArbitrary, (date, hours) => {
      const calendar = new Calendar([{ kind: 'open', date, note: 'open', hours }])
      const expected = calendar.hoursOf(date)
      assert.deepEqual(hoursFromJson(calendarDayJson(calendar, date)), expected)
    }),
  )
  for (const date of [20241101, 20261120].map(asTradingDate)) {
    assert.deepEqual(hoursFromJson(calendarDayJson(RULES, date)), RULES.hoursOf(date))
  }
})

test('a date without trading has no hours', () => {
  assert.equal(hoursFromJson(calendarDayJson(RULES, asTradingDate(20261122))), undefined)
})
