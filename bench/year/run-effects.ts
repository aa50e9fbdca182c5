/** What a run of market-hours has changed: it must not take away too early, and move nothing in the maintenance window. */

import type { MarketPlan } from '../../contract/market-plan.ts'
import type { Calendar } from '../../market/calendar/calendar.ts'
import { dateOf, isoDate, timeOfDay } from '../../market/moment.ts'
import type { EpochMicros } from '../../market/units.ts'
import type { Hold } from '../../tables/control/hold-item.ts'
import { type ExchangeDay, isOpen } from './exchange-days.ts'
import type { SimulatedAccount } from './simulated-account.ts'

const MINUTE = 60_000_000

/** All values that market-hours moves in both directions, by kind and name. */
export type Values = ReadonlyMap<string, number>

export function valuesOf(account: SimulatedAccount): Values {
  const { lines, shards, functions, mappings, canary, alarms } = account
  return new Map([
    ...[...lines].map(([name, { desired }]) => [`tasks ${name}`, desired] as const),
    ['shards', shards.open],
    ...[...functions].flatMap(([name, { reserved, provisioned }]) => [
      [`reserved ${name}`, reserved ?? 0] as const,
      [`provisioned ${name}`, provisioned?.value ?? 0] as const,
    ]),
    ...[...mappings].flatMap(([name, { enabled, window }]) => [
      [`mapping ${name}`, Number(enabled)] as const,
      [`window ${name}`, window] as const,
    ]),
    ['canary', Number(canary.State === 'ENABLED')],
    ['alarms', alarms.enabled],
  ])
}

/** What is known of a run. */
export interface RunMoment {
  readonly plan: MarketPlan
  /** The calendar of the exchange itself. */
  readonly truth: Calendar
  readonly now: EpochMicros
  readonly day: ExchangeDay | undefined
  /** Undefined if no hold is in force. */
  readonly held: Hold['mode'] | undefined
  /** Whether a task of a line worked when the run began. */
  readonly hadTasks: boolean
  /** Whether a fault held. */
  readonly hasFaults: boolean
}

/** Returns what a run should not have changed, as texts. */
export function wrongMoves(before: Values, after: Values, run: RunMoment): string[] {
  const moved = [...before].filter(([name, value]) => after.get(name) !== value).map(([name]) => name)
  const isIdle = [...before].every(([name, value]) => !name.startsWith('tasks') || value === 0)
  const isResting = isMaintenance(run) && isIdle && !run.hasFaults
  const inMaintenance = isResting ? moved.map(name => `${name} was moved in the maintenance window`) : []
  const { day } = run
  if (day === undefined || run.now < day.opens) return inMaintenance
  const fallen = moved.filter(name => (after.get(name) ?? 0) < (before.get(name) ?? 0))
  return fallen
    .filter(name => isNeeded(name, day, run))
    .map(
      name =>
        `${name} became less before ${isoDate(day.date)} ${isOpen(day, run.now) ? 'closed' : 'was archived'}`,
    )
}

/** Returns whether a value must not become less now. */
function isNeeded(name: string, day: ExchangeDay, { plan, truth, now, held, hadTasks }: RunMoment): boolean {
  const [kind = '', owner] = name.split(' ')
  // The other environments follow the peaks.
  if (kind === 'window' || (kind === 'provisioned' && owner !== 'broadcast')) return false
  // A person who holds the market closed stops what works only when the exchange has closed.
  if (held === 'closed') return isOpen(day, now) && hadTasks
  if (kind === 'alarms') return isOpen(day, now) || held === 'open'
  if (held === 'open') return true
  const close = truth.hoursOf(day.date).afternoon.end
  const minutes = (timeOfDay(now) - close) / MINUTE
  return kind === 'shards'
    ? now < day.archived.whole && minutes < plan.windDown.final
    : now < day.archived.close && minutes < plan.windDown.close
}

function isMaintenance({ plan, now, held }: RunMoment): boolean {
  const { weekday, from, until } = plan.maintenance
  const minutes = timeOfDay(now) / MINUTE
  const isDay = new Date(isoDate(dateOf(now))).getUTCDay() === weekday
  return isDay && from <= minutes && minutes < until && held === undefined
}
