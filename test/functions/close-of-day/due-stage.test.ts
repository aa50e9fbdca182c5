import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { dueAt, isOverdue, stageEnd } from '../../../functions/close-of-day/due-stage.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { momentOf } from '../../../market/moment.ts'
import { addMicros, asTradingDate, type EpochMicros } from '../../../market/units.ts'

const MINUTE = 60_000_000
const CONTEXT = { storeSeconds: 180, calendar: RULES, tasksRun: false }
/** Returns a market time. */
const at = (date: number, hours: number, minutes: number): EpochMicros =>
  momentOf(asTradingDate(date), (hours * 60 + minutes) * MINUTE)
const dueText = (now: EpochMicros): string => {
  const { date, stage } = dueAt(now, CONTEXT)
  return `${date} ${stage}`
}

test('the close stage is due 15 minutes after the close, the final stage when the wind-down is stored', () => {
  assert.equal(dueText(at(20261120, 15, 44)), '20261119 final')
  assert.equal(dueText(at(20261120, 15, 45)), '20261120 close')
  assert.equal(dueText(at(20261120, 16, 32)), '20261120 close')
  assert.equal(dueText(at(20261120, 16, 33)), '20261120 final')
})

test('the final stage of today waits while tasks run, for example after a late close', () => {
  const whileTasksRun = (now: EpochMicros): string => {
    const { date, stage } = dueAt(now, { ...CONTEXT, tasksRun: true })
    return `${date} ${stage}`
  }
  assert.equal(whileTasksRun(at(20261120, 15, 44)), '20261119 final')
  assert.equal(whileTasksRun(at(20261120, 15, 45)), '20261120 close')
  assert.equal(whileTasksRun(at(20261120, 19, 0)), '20261120 close')
  // Another day has begun.
  assert.equal(whileTasksRun(at(20261121, 0, 1)), '20261120 final')
})

test('the last trading date stays due over weekends and holidays, also with the close at 15:00', () => {
  assert.equal(dueText(at(20261121, 0, 1)), '20261120 final')
  // Monday 2026-11-23 is a holiday.
  assert.equal(dueText(at(20261123, 15, 50)), '20261120 final')
  assert.equal(dueText(at(20261124, 15, 44)), '20261120 final')
  assert.equal(dueText(at(20241101, 15, 15)), '20241101 close')
})

test('a due stage is over and stored, is of a trading date, and never goes back in time', () => {
  const start = at(20261201, 0, 0)
  const moments = fc.array(fc.integer({ min: 0, max: 60 * 24 * 60 }), { minLength: 2, maxLength: 20 })
  fc.assert(
    fc.property(moments, minutes => {
      let before = 0
      for (const now of minutes.sort((a, b) => a - b).map(minute => addMicros(start, minute * MINUTE))) {
        const due = dueAt(now, CONTEXT)
        assert.ok(RULES.isTradingDate(due.date))
        const end = Math.min(stageEnd(due, RULES), RULES.hoursOf(due.date).afternoon.end + 60 * MINUTE)
        assert.ok(momentOf(due.date, end) + 180_000_000 <= now)
        const order = due.date * 2 + (due.stage === 'final' ? 1 : 0)
        assert.ok(order >= before)
        before = order
      }
    }),
  )
})

test('the close stage is overdue 45 minutes after the close, the final stage 45 minutes after the wind-down', () => {
  const friday = asTradingDate(20261120)
  assert.equal(isOverdue(friday, undefined, at(20261120, 16, 14), RULES), false)
  assert.equal(isOverdue(friday, undefined, at(20261120, 16, 15), RULES), true)
  assert.equal(isOverdue(friday, 'close', at(20261120, 17, 14), RULES), false)
  assert.equal(isOverdue(friday, 'close', at(20261120, 17, 15), RULES), true)
})
