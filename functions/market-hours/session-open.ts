/** Whether ticks must come: the pure part of the metric `SessionOpen`, which the alarm `NoTicks` reads. */
import { type Calendar, RULES } from '../../market/calendar/calendar.ts'
import { dateOf, timeOfDay } from '../../market/moment.ts'
import { phasesOf } from '../../market/phase.ts'
import type { EpochMicros } from '../../market/units.ts'

/**
 * Returns whether the exchange is in its morning or afternoon session, before the closing auction. A date that only an exception
 * closes counts as open: the exception may be a mistake, and then nothing else would tell that the system is asleep.
 */
export function isSessionOpen(now: EpochMicros, calendar: Calendar): boolean {
  const date = dateOf(now)
  if (!calendar.isTradingDate(date) && !RULES.isTradingDate(date)) return false
  const time = timeOfDay(now)
  const phase = phasesOf(calendar.hoursOf(date)).findLast(start => start.time <= time)?.phase
  return phase === 'morning' || phase === 'afternoon'
}
