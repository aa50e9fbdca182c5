/**
 * A run of market-hours: reads what is, decides what should be, and makes the moves. It depends on nothing but its ports, and on
 * nothing that triggered it. So a doubled, missed, late or overlapping event changes nothing.
 */
import type { Stage } from '../../archive/manifest.ts'
import type { MarketPlan } from '../../contract/market-plan.ts'
import { type Calendar, RULES } from '../../market/calendar/calendar.ts'
import type { Phase } from '../../market/market-event.ts'
import { dateOf, momentFromIso, momentToIso } from '../../market/moment.ts'
import type { EpochMicros, TradingDate } from '../../market/units.ts'
import type { Hold } from '../../tables/control/hold-item.ts'
import type { MarketMove, MarketState } from '../../tables/control/market-state.ts'
import { Failures, textOf } from './failures.ts'
import { hasTasks, movesTo } from './market-moves.ts'
import { type Found, Later, type MarketResource, type Move, nameOf } from './market-resource.ts'
import { lastClose, nextBorder } from './trading-day.ts'
import { type OrUnknown, type Signals, UNKNOWN, wantedLevel } from './wanted-level.ts'
import { lineName, wantedValues } from './wanted-values.ts'

/** The control table. */
export interface ControlPort {
  /** Returns a function that frees the lock; undefined while another run holds it. */
  lock(): Promise<(() => Promise<void>) | undefined>
  hold(): Promise<Hold | undefined>
  state(): Promise<MarketState | undefined>
  saveState(state: MarketState): Promise<void>
}

/** How far the lines are. */
export interface LineProgress {
  /** A text that changes when a line publishes messages; empty before the first. */
  readonly mark: string
  /** The newest trading date of which a line has published messages. Undefined if none has. */
  readonly newest: TradingDate | undefined
}

/** How far the market is. */
export interface MarketSigns {
  /** The phase that the lines reported last on a date. Undefined if they reported none, or if no line reports any more. */
  linePhase(date: TradingDate): Promise<Phase | undefined>
  progress(): Promise<LineProgress>
  /** How far a date is archived. `whole`: finally, and nothing is missing. */
  archived(date: TradingDate): Promise<Stage | 'whole' | undefined>
}

export interface MarketHoursPorts {
  readonly plan: MarketPlan
  readonly lines: readonly number[]
  /**
   * Returns the calendar with its exceptions. If it fails, the rules alone count, and tasks that run go on: to be awake on a holiday
   * costs little, and to be asleep on a trading date is the worst.
   */
  readonly calendar: () => Promise<Calendar>
  readonly control: ControlPort
  readonly signs: MarketSigns
  readonly resources: readonly MarketResource[]
}

/** The result of a run that did nothing, because another run holds the lock. */
export const SKIPPED = 'skipped'

/** Returns what a run would do now, without doing it: the moves are `planned`. Takes no lock, and writes nothing. */
export async function lookAtMarketHours(ports: MarketHoursPorts, now: EpochMicros): Promise<MarketState> {
  const failures = new Failures()
  const state = await moveAll(ports, now, failures, moves =>
    Promise.resolve(moves.map(move => ({ ...move, result: 'planned' }))),
  )
  return { ...state, failures: failures.list }
}

/** Runs market-hours at a market time. Throws for nothing that a port does: failures are in the result. */
export async function runMarketHours(
  ports: MarketHoursPorts,
  now: EpochMicros,
): Promise<MarketState | typeof SKIPPED> {
  const failures = new Failures()
  // A table that is away must not keep the market closed. Two runs at once do no harm: AWS takes each move once.
  const free = await failures.settle('lock', ports.control.lock(), async () => {})
  if (free === undefined) return SKIPPED
  const state = await moveAll(ports, now, failures, moves => applyAll(moves, ports.resources, failures))
  await failures.settle('state', ports.control.saveState({ ...state, failures: failures.list }), undefined)
  await failures.settle('lock', free(), undefined)
  return { ...state, failures: failures.list }
}

async function moveAll(
  ports: MarketHoursPorts,
  now: EpochMicros,
  failures: Failures,
  apply: (moves: readonly Move[]) => Promise<MarketMove[]>,
): Promise<Omit<MarketState, 'failures'>> {
  const { plan, lines, control, resources } = ports
  const [read, hold, last, found] = await Promise.all([
    failures.settle<OrUnknown<Calendar>>('calendar', ports.calendar(), UNKNOWN),
    failures.settle<OrUnknown<Hold | undefined>>('hold', control.hold(), UNKNOWN),
    failures.settle('state', control.state(), undefined),
    readAll(resources, failures),
  ])
  const calendar = read === UNKNOWN ? RULES : read
  const { signals, progress } = await readSignals(ports.signs, calendar, last, now, failures)
  const choice = wantedLevel({
    now,
    plan,
    calendar,
    hold: hold === UNKNOWN ? undefined : hold,
    // A hold, or an exception of the calendar, that could not be read may demand that everything stays.
    signals: hold === UNKNOWN || read === UNKNOWN ? undefined : signals,
    hasTasks: hasTasks(lines.map(lineName), found),
  })
  const planned = wantedValues(plan.levels[choice.level], lines)
  const moves = await apply(movesTo(planned, found, choice))
  const { time, ...next } = nextBorder(plan, calendar, now)
  const { late, ...chosen } = choice
  return {
    time: momentToIso(now),
    ...chosen,
    ...(hold === undefined || hold === UNKNOWN ? {} : { hold: { ...hold, until: momentToIso(hold.until) } }),
    next: { time: momentToIso(time), ...next },
    planned,
    found,
    moves,
    ...(progress === undefined ? {} : { progress }),
    ...(late === undefined ? {} : { late }),
  }
}

async function readAll(resources: readonly MarketResource[], failures: Failures): Promise<Found[]> {
  const found = await Promise.all(
    resources.map(async resource => {
      const reading = await failures.settle(nameOf(resource), resource.read(), undefined)
      const { kind, name } = resource
      return reading === undefined ? [] : [{ kind, name, ...reading }]
    }),
  )
  return found.flat()
}

/**
 * Reads how far the market and its archive are. `progress` has the newest mark and the time at which a run first saw it: a
 * mark that no run has seen before counts as seen now.
 */
async function readSignals(
  signs: MarketSigns,
  calendar: Calendar,
  last: MarketState | undefined,
  now: EpochMicros,
  failures: Failures,
): Promise<{ readonly signals: Signals | undefined; readonly progress: MarketState['progress'] }> {
  const [linePhase, lines, archived] = await Promise.all([
    failures.settle<OrUnknown<Phase | undefined>>(
      'phase of the lines',
      signs.linePhase(dateOf(now)),
      UNKNOWN,
    ),
    failures.settle('progress of the lines', signs.progress(), undefined),
    failures.settle<OrUnknown<Stage | 'whole' | undefined>>(
      'archive',
      signs.archived(lastClose(calendar, now).date),
      UNKNOWN,
    ),
  ])
  if (linePhase === UNKNOWN || lines === undefined) return { signals: undefined, progress: last?.progress }
  const { mark, newest } = lines
  const progress = last?.progress?.mark === mark ? last.progress : { mark, at: momentToIso(now) }
  const lastTicks = mark === '' ? undefined : momentFromIso(progress.at)
  return { signals: { linePhase, lastTicks, newest, archived }, progress }
}

/** Makes moves in order, those of one kind at once. */
async function applyAll(
  moves: readonly Move[],
  resources: readonly MarketResource[],
  failures: Failures,
): Promise<MarketMove[]> {
  const byName = new Map(resources.map(resource => [nameOf(resource), resource]))
  const apply = async (move: Move): Promise<MarketMove> => {
    try {
      await byName.get(nameOf(move))?.apply(move.to, move.from)
      return { ...move, result: 'done' }
    } catch (error) {
      if (error instanceof Later) return { ...move, result: 'later', reason: error.message }
      failures.add(nameOf(move), error)
      return { ...move, result: 'failed', reason: textOf(error) }
    }
  }
  const done: MarketMove[] = []
  for (let from = 0; from < moves.length; ) {
    const kind = moves[from]?.kind
    const end = moves.findIndex((move, index) => index > from && move.kind !== kind)
    const step = moves.slice(from, end < 0 ? moves.length : end)
    done.push(...(await Promise.all(step.map(apply))))
    from += step.length
  }
  return done
}
