/** The planned events of a day, without the orders: phases, auctions of every issue, halts, sudden large orders, news. */
import type { Phase } from '../../market/market-event.ts'
import type { DayMicros } from '../../market/units.ts'
import { createSchedule, type Planned } from './day-schedule.ts'
import { type DayHours, MINUTE, SECOND } from './hours.ts'
import { exponential, type Random } from './random.ts'

/** A task of one issue has the name of the function of `Trading` that carries it out. */
export type Task =
  | { readonly kind: 'phase'; readonly phase: Phase }
  | { readonly kind: 'news' | 'shock' | 'halt' }
  | {
      readonly kind: 'start' | 'open' | 'gather' | 'close' | 'renew' | 'resume' | 'first-board'
      readonly index: number
    }

export interface Day {
  readonly nextTime: number
  plan(time: DayMicros, task: Task): void
  /** Plans the end of a halt that started at `halted`: first orders, some minutes later the auction. */
  planResumption(halted: number, index: number): void
  take(): Planned<Task>
}

export interface DayOptions {
  readonly hours: DayHours
  readonly random: Random
  /** µs of the day: the exchange emits events from here on. */
  readonly from: DayMicros
  /** Rank of each issue, 0 for the busiest. */
  readonly ranks: readonly number[]
}

/** Time in which all issues of the market go through the same step, the busiest first. */
const START_SPREAD = 5 * SECOND
const OPEN_SPREAD = 3 * SECOND
const GATHER_SPREAD = 2 * SECOND
const FIRST_BOARDS_SPREAD = 2 * SECOND
/** The first issue opens this long after the start of a session. */
const OPEN_DELAY = 0.02 * SECOND

/** Sudden large orders an hour: a fixed number, and more for each listed issue. */
const SHOCKS_AN_HOUR = 20
const SHOCKS_AN_HOUR_AND_ISSUE = 0.04
/** Halts a day: a fixed number, and more for each listed issue. */
const HALTS = 2
const HALTS_AN_ISSUE = 0.001
const NEWS_GAP = 2 * MINUTE

export function createDay({ hours, random, from, ranks }: DayOptions): Day {
  const schedule = createSchedule<Task>()
  const { orders, open, lunch, noonOrders, noon, preClose, close } = hours
  for (const { time, phase } of hours.phases) schedule.plan(time, { kind: 'phase', phase })
  for (const [index, rank] of ranks.entries()) {
    const spread = (start: number, length: number): number => {
      const share = (rank + random()) / ranks.length
      return Math.round(start + OPEN_DELAY + share * length)
    }
    schedule.plan(spread(orders, START_SPREAD), { kind: 'start', index })
    schedule.plan(spread(open, OPEN_SPREAD), { kind: 'open', index })
    schedule.plan(spread(noonOrders, GATHER_SPREAD), { kind: 'gather', index })
    schedule.plan(spread(noon, OPEN_SPREAD), { kind: 'open', index })
    if (preClose < close) schedule.plan(spread(preClose, GATHER_SPREAD), { kind: 'gather', index })
    schedule.plan(spread(close, OPEN_SPREAD), { kind: 'close', index })
    schedule.plan(from + Math.round((FIRST_BOARDS_SPREAD * index) / ranks.length), {
      kind: 'first-board',
      index,
    })
  }
  const planMany = (kind: 'news' | 'shock', start: number, end: number, gap: number): void => {
    for (let time = start + exponential(random, gap); time < end; time += exponential(random, gap)) {
      schedule.plan(Math.round(time), { kind })
    }
  }
  planMany('news', orders, close, NEWS_GAP)
  const shockGap = (60 * MINUTE) / (SHOCKS_AN_HOUR + SHOCKS_AN_HOUR_AND_ISSUE * ranks.length)
  planMany('shock', open, lunch, shockGap)
  planMany('shock', noon, preClose, shockGap)
  // A halt starts early enough to end within its session.
  const halts = HALTS + HALTS_AN_ISSUE * ranks.length
  for (let i = 0; i < halts; i++) {
    const [start, end] = i % 2 === 0 ? [open, lunch] : [noon, preClose]
    const time = start + 10 * MINUTE + random() * (end - start - 50 * MINUTE)
    schedule.plan(Math.round(time), { kind: 'halt' })
  }
  return {
    get nextTime() {
      return schedule.nextTime
    },
    plan: (time, task) => schedule.plan(time, task),
    take: () => schedule.take(),
    planResumption(halted, index) {
      const resumed = Math.round(halted + 5 * MINUTE + random() * 15 * MINUTE)
      schedule.plan(resumed, { kind: 'resume', index })
      schedule.plan(Math.round(resumed + MINUTE + random() * 2 * MINUTE), { kind: 'open', index })
    },
  }
}
