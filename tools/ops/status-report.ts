/** Compares what market-hours plans with what is, and names what is wrong. */

import { momentFromIso } from '../../market/moment.ts'
import { addMicros, type EpochMicros, type Micros } from '../../market/units.ts'
import type { MarketMove, MarketState, MarketValue } from '../../tables/control/market-state.ts'
import type { LineTasks } from './line-tasks.ts'
import { valueText } from './value-text.ts'

/** market-hours runs every five minutes. After this time a run is missing. */
const RUN_OVERDUE: Micros = 11 * 60_000_000

/** A resource, its planned and its actual value. */
export interface StatusRow extends Pick<MarketValue, 'kind' | 'name'> {
  readonly planned: MarketValue['value'] | undefined
  /** Absent if it could not be read. */
  readonly found: MarketValue['value'] | undefined
  /** The next run of market-hours will change it. */
  readonly differs: boolean
  readonly notes: readonly string[]
}

/** What a status shows. */
export interface StatusReport {
  /** Market time of the look: ISO 8601 with the Tokyo offset. */
  readonly time: string
  readonly phase: string
  readonly level: string
  readonly reason: string
  readonly hold?: MarketState['hold']
  readonly next: MarketState['next']
  /** Market time of the last run of market-hours. Absent if there was none. */
  readonly lastRun?: string
  readonly rows: readonly StatusRow[]
  readonly lines: readonly LineTasks[]
  /** What is wrong for longer than it should be. Empty if nothing is. */
  readonly problems: readonly string[]
}

/** What a status is made of. */
export interface Observed {
  /** What market-hours finds and would do now. */
  readonly look: MarketState
  /** Result of its last run. */
  readonly last: MarketState | undefined
  readonly lines: readonly LineTasks[]
}

const keyOf = ({ kind, name }: Pick<MarketValue, 'kind' | 'name'>): string => `${kind} ${name}`

export function statusReport({ look, last, lines }: Observed): StatusReport {
  const { time, phase, level, reason, hold, next } = look
  const isHeld = hold !== undefined && hold.until > time
  return {
    time,
    phase,
    level,
    reason,
    ...(isHeld ? { hold } : {}),
    next,
    ...(last === undefined ? {} : { lastRun: last.time }),
    rows: rowsOf(look, lines),
    lines,
    problems: problemsOf({ look, last, lines }),
  }
}

function rowsOf(look: MarketState, lines: readonly LineTasks[]): StatusRow[] {
  const found = new Map(look.found.map(value => [keyOf(value), value]))
  const moves = new Map(look.moves.map(move => [keyOf(move), move]))
  return look.planned.map(({ kind, name, value: planned }) => {
    const actual = found.get(`${kind} ${name}`)
    const notes = [
      ...(actual === undefined ? ['could not be read'] : []),
      ...(actual?.busy === true ? ['changing'] : []),
      ...(actual?.running !== undefined && actual.running !== actual.value
        ? [`${actual.running} running`]
        : []),
      ...lines.filter(({ line }) => kind === 'tasks' && name === `line ${line}`).map(tasksText),
    ]
    return {
      kind,
      name,
      planned,
      found: actual?.value,
      differs: moves.has(`${kind} ${name}`),
      notes: notes.filter(note => note !== ''),
    }
  })
}

/** `1a2b3c4d publishes, 5e6f7a8b ready`. Empty for a line that sleeps. */
export function tasksText({ holder, standby }: LineTasks): string {
  const parts = [
    ...(holder?.alive ? [`${short(holder.task)} publishes`] : []),
    ...(standby?.alive ? [`${short(standby.task)} ${standby.ready ? 'ready' : 'not ready yet'}`] : []),
  ]
  return parts.join(', ')
}

/** The beginning of a task's id is enough for people. */
function short(task: string): string {
  return task.slice(0, 8)
}

/**
 * What is wrong for longer than it should be. A difference is one of these only if the last run of market-hours had it too:
 * each run makes the moves that are due.
 */
export function problemsOf({ look, last, lines }: Observed): string[] {
  const problems = look.failures.map(({ what, error }) => `${what}: ${error}`)
  if (look.late !== undefined) problems.push(look.late)
  if (last === undefined) return [...problems, 'market-hours has not run yet']
  if (isOverdue(last.time, look.time)) {
    problems.push(`the last run of market-hours was at ${last.time}; it should run every five minutes`)
  }
  for (const { what, error } of last.failures) problems.push(`the last run: ${what}: ${error}`)
  const before = new Map(last.moves.map(move => [keyOf(move), move]))
  for (const move of look.moves) {
    const earlier = before.get(keyOf(move))
    if (earlier !== undefined && earlier.to === move.to) problems.push(stillText(move, earlier))
  }
  return [...problems, ...taskProblems(look, last, lines)]
}

function isOverdue(run: string, now: string): boolean {
  const [before, after] = [momentFromIso(run), momentFromIso(now)] as (EpochMicros | undefined)[]
  return before !== undefined && after !== undefined && addMicros(before, RUN_OVERDUE) < after
}

function stillText({ kind, name, from, to }: MarketMove, earlier: MarketMove): string {
  const why = earlier.reason === undefined ? '' : `: ${earlier.reason}`
  return `${kind} ${name} is still ${valueText(from)}, not ${valueText(to)}${why}`
}

/** Lines whose tasks ran at the last run already, and that nobody publishes or nobody could take over. */
function taskProblems(look: MarketState, last: MarketState, lines: readonly LineTasks[]): string[] {
  const ranBefore = new Map(last.found.map(value => [keyOf(value), value.running ?? 0]))
  return lines.flatMap(({ line, holder, standby }) => {
    const key = `tasks line ${line}`
    const planned = look.planned.find(value => keyOf(value) === key)?.value
    const ran = ranBefore.get(key) ?? 0
    if (typeof planned !== 'number' || planned === 0 || ran === 0) return []
    if (holder?.alive !== true) return [`line ${line}: no task publishes`]
    if (planned < 2 || ran < 2 || (standby?.alive === true && standby.ready)) return []
    return [`line ${line}: no standby is ready; if the task ${short(holder.task)} fails, the line waits`]
  })
}
