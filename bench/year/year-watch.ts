/** Watches a simulated account: what the open market lacks, what shrinks too early, and what the hours cost. */
import { type MarketPlan, READY_FUNCTIONS } from '../../contract/market-plan.ts'
import type { Calendar } from '../../market/calendar/calendar.ts'
import { momentToIso } from '../../market/moment.ts'
import type { EpochMicros } from '../../market/units.ts'
import { PRICES } from '../../tools/cost/prices.ts'
import * as sizes from '../../tools/cost/sizes.ts'
import { type ExchangeDay, isOpen } from './exchange-days.ts'
import { lacksOf, neededLevel } from './needed.ts'
import { type RunMoment, type Values, valuesOf, wrongMoves } from './run-effects.ts'
import type { SimulatedAccount } from './simulated-account.ts'

/** The open market may have less than planned so long after the last fault, and as long as AWS needs for the change, µs. */
const REPAIR = 5 * 60_000_000
const MINUTE = 60_000_000
/** Violations that are kept as text. */
const MOST_TEXTS = 20

/** Memory of functions, GB, as the bill has them. */
const MEMORY: Readonly<Record<(typeof READY_FUNCTIONS)[number], number>> = {
  connect: sizes.MESSAGE_FUNCTION_GB,
  message: sizes.MESSAGE_FUNCTION_GB,
  broadcast: sizes.BIG_FUNCTION_GB,
  'push-room': sizes.BIG_FUNCTION_GB,
}

export class YearWatch {
  readonly #account: SimulatedAccount
  readonly #plan: MarketPlan
  readonly #lines: readonly string[]
  readonly #truth: Calendar
  /** What the open market lacks, and since when. */
  #lacking = new Map<string, { readonly since: EpochMicros; isReported: boolean }>()
  violations = 0
  readonly texts: string[] = []
  minutes = 0
  awakeMinutes = 0
  /** Minutes in which the open market lacked something for longer than AWS needs, most of them while a fault held. */
  lackingMinutes = 0
  /** Longest time that the open market lacked something while no fault held, without the time that AWS needs, µs. */
  longestLack = 0
  dollars = 0
  alwaysOnDollars = 0

  /** @param plan what the open market needs. @param truth the calendar of the exchange itself. */
  constructor(account: SimulatedAccount, plan: MarketPlan, truth: Calendar, lines: readonly string[]) {
    this.#account = account
    this.#truth = truth
    this.#plan = plan
    this.#lines = lines
  }

  /**
   * Looks at the account once a minute.
   * @param calmSince since when no fault holds.
   * @param isHeld whether a person holds the market closed.
   */
  look(day: ExchangeDay | undefined, calmSince: EpochMicros, isHeld: boolean): void {
    this.minutes++
    if (this.#lines.some(line => this.#account.working(line) > 0)) this.awakeMinutes++
    this.dollars += this.#dollarsOf(
      line => this.#account.working(line),
      this.#account.shards.open,
      name => this.#account.ready(name),
    )
    const { awake } = this.#plan.levels
    this.alwaysOnDollars += this.#dollarsOf(
      () => awake.tasks,
      awake.shards,
      name => awake.provisioned[name],
    )
    this.#lookForLacks(isHeld ? undefined : day, calmSince)
  }

  /** Looks at what a run has changed since `before`. */
  lookAtRun(before: Values, run: Omit<RunMoment, 'plan' | 'truth' | 'now'>): void {
    const { now } = this.#account
    const whole = { ...run, plan: this.#plan, truth: this.#truth, now }
    for (const text of wrongMoves(before, valuesOf(this.#account), whole))
      this.violate(`${momentToIso(now)}: ${text}`)
  }

  violate(text: string): void {
    this.violations++
    if (this.texts.length < MOST_TEXTS) this.texts.push(text)
  }

  /** Compares an open market with the level of the moment. */
  #lookForLacks(day: ExchangeDay | undefined, calmSince: EpochMicros): void {
    const { now } = this.#account
    const before = this.#lacking
    this.#lacking = new Map()
    if (day === undefined || !isOpen(day, now)) return
    const level = neededLevel(this.#plan, this.#truth.hoursOf(day.date), now)
    const lacks = lacksOf(this.#account, level, this.#lines)
    let isLate = false
    for (const { what, change } of lacks) {
      const state = before.get(what) ?? { since: now, isReported: false }
      this.#lacking.set(what, state)
      isLate ||= now - state.since >= change
      const lack = now - Math.max(state.since, calmSince) - change
      this.longestLack = Math.max(this.longestLack, lack)
      if (lack <= REPAIR || state.isReported) continue
      state.isReported = true
      const minutes = (lack + change) / MINUTE
      this.violate(`${momentToIso(now)}: the market is open, and for ${minutes} minutes it lacked ${what}`)
    }
    if (isLate) this.lackingMinutes++
  }

  #dollarsOf(
    tasksOf: (line: string) => number,
    shards: number,
    readyOf: (name: (typeof READY_FUNCTIONS)[number]) => number,
  ): number {
    const tasks = this.#lines.reduce((sum, line) => sum + tasksOf(line), 0)
    const task = sizes.TASK_VCPU * PRICES.vcpuHour.dollars + sizes.TASK_GB * PRICES.memoryHour.dollars
    const shard = PRICES.shardHour.dollars + PRICES.fanOutHour.dollars
    const ready = READY_FUNCTIONS.reduce((sum, name) => sum + readyOf(name) * MEMORY[name], 0)
    return (tasks * task + shards * shard) / 60 + ready * 60 * PRICES.readyTime.dollars
  }
}
