/** What the plan and the calendar say about a moment: the phase, the level, and when the level changes next. */

import type { LevelName, MarketPlan, PeakMoment } from '../../contract/market-plan.ts'
import type { Calendar } from '../../market/calendar/calendar.ts'
import type { Phase } from '../../market/market-event.ts'
import { dateOf, momentOf } from '../../market/moment.ts'
import { phaseAt, phasesOf } from '../../market/phase.ts'
import { addMicros, type EpochMicros, type TradingDate } from '../../market/units.ts'

const MINUTE = 60_000_000

/** A time at which the phase or the level of the plan changes, and what holds from then on. */
export interface Border {
  readonly time: EpochMicros
  readonly phase: Phase
  readonly level: LevelName
}

/** A peak, from `start` until before `end`. */
interface Peak {
  readonly at: PeakMoment
  readonly level: LevelName
  readonly start: EpochMicros
  readonly end: EpochMicros
}

/** The level that the plan demands at a moment, and the reason. */
export interface PlannedLevel {
  readonly phase: Phase
  readonly level: LevelName
  /** `phase morning`, `peak orders`. */
  readonly reason: string
}

/** Returns the level of the plan at a moment, by the calendar alone. */
export function plannedLevel(plan: MarketPlan, calendar: Calendar, moment: EpochMicros): PlannedLevel {
  const phase = phaseAt(moment, calendar)
  const date = dateOf(moment)
  const peak = calendar.isTradingDate(date)
    ? peaksOf(plan, calendar, date).find(({ start, end }) => start <= moment && moment < end)
    : undefined
  if (peak !== undefined) return { phase, level: peak.level, reason: `${peak.level} ${peak.at}` }
  return { phase, level: plan.phases[phase], reason: `phase ${phase}` }
}

/** Returns the next time at which the phase or the level of the plan changes. */
export function nextBorder(plan: MarketPlan, calendar: Calendar, moment: EpochMicros): Border {
  const today = dateOf(moment)
  const ofToday = calendar.isTradingDate(today) ? bordersOf(plan, calendar, today) : []
  const next = ofToday.find(time => time > moment)
  if (next !== undefined) return borderAt(plan, calendar, next)
  const [first = moment] = bordersOf(plan, calendar, calendar.nextTradingDate(today))
  return borderAt(plan, calendar, first)
}

function borderAt(plan: MarketPlan, calendar: Calendar, time: EpochMicros): Border {
  const { phase, level } = plannedLevel(plan, calendar, time)
  return { time, phase, level }
}

/** Returns the times of a trading date at which the phase or the level changes, in order, without midnight. */
export function bordersOf(plan: MarketPlan, calendar: Calendar, date: TradingDate): EpochMicros[] {
  const phases = phasesOf(calendar.hoursOf(date)).map(({ time }) => momentOf(date, time))
  const peaks = peaksOf(plan, calendar, date).flatMap(({ start, end }) => [start, end])
  const times = [...new Set([...phases, ...peaks])].sort((a, b) => a - b)
  return times.filter(time => time > momentOf(date, 0))
}

function peaksOf({ peaks }: MarketPlan, calendar: Calendar, date: TradingDate): Peak[] {
  const { orders, morning, afternoon } = calendar.hoursOf(date)
  const moments = { orders, morning: morning.start, close: afternoon.end }
  return peaks.map(({ at, level, before, after }) => {
    const moment = momentOf(date, moments[at])
    return { at, level, start: addMicros(moment, -before * MINUTE), end: addMicros(moment, after * MINUTE) }
  })
}

/** The last close of the exchange before a moment. */
export interface LastClose {
  readonly date: TradingDate
  /** Minutes since the close, at least 0. */
  readonly minutes: number
}

/** Returns the last close at or before a moment. */
export function lastClose(calendar: Calendar, moment: EpochMicros): LastClose {
  const closeOf = (date: TradingDate): EpochMicros => momentOf(date, calendar.hoursOf(date).afternoon.end)
  const today = calendar.latestTradingDate(moment)
  const date = closeOf(today) <= moment ? today : calendar.tradingDateBefore(today)
  return { date, minutes: (moment - closeOf(date)) / MINUTE }
}
