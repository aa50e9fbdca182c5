/** Watches a simulated account: what the open market lacks, what shrinks too early, and what the hours cost. */
import type { Level, MarketPlan } from '../../contract/market-plan.ts'
import { READER_FUNCTIONS, READY_FUNCTIONS, RESERVED_FUNCTIONS } from '../../contract/market-plan.ts'
import { isoDate, momentToIso } from '../../market/moment.ts'
import type { EpochMicros } from '../../market/units.ts'
import { PRICES } from '../../tools/cost/prices.ts'
import * as sizes from '../../tools/cost/sizes.ts'
import { type ExchangeDay, isOpen } from './exchange-days.ts'
import type { SimulatedAccount } from './simulated-account.ts'

/** The open market may have less than planned so long after the last fault, µs. */
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
  /** Since when the open market lacks something; undefined if it does not. */
  #lackingSince: EpochMicros | undefined
  #isReported = false
  violations = 0
  readonly texts: string[] = []
  minutes = 0
  awakeMinutes = 0
  /** Minutes in which the open market lacked something, most of them while a fault held. */
  lackingMinutes = 0
  /** Longest time that the open market lacked something while no fault held, µs. */
  longestLack = 0
  dollars = 0
  alwaysOnDollars = 0

  constructor(account: SimulatedAccount, plan: MarketPlan, lines: readonly string[]) {
    this.#account = account
    this.#plan = plan
    this.#lines = lines
  }

  /**
   * Looks at the account once a minute.
   * @param calmSince since when no fault holds.
   * @param isHeld whether a person holds the market closed.
   */
  look(day: ExchangeDay | undefined, calmSince: EpochMicros, isHeld: boolean): void {
    const { now } = this.#account
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
    const lacking = isOpen(day, now) && !isHeld ? this.#lacking(awake) : undefined
    if (lacking === undefined) {
      this.#lackingSince = undefined
      this.#isReported = false
      return
    }
    this.lackingMinutes++
    this.#lackingSince ??= now
    const lack = now - Math.max(this.#lackingSince, calmSince)
    this.longestLack = Math.max(this.longestLack, lack)
    if (lack <= REPAIR || this.#isReported) return
    this.#isReported = true
    this.violate(
      `${momentToIso(now)}: the market is open, and for ${lack / MINUTE} minutes it lacked ${lacking}`,
    )
  }

  /** Notes that a run wants fewer tasks of a line. They are needed until the date is archived. */
  tasksFell(day: ExchangeDay | undefined, line: string): void {
    const { now } = this.#account
    if (day === undefined || now < day.opens) return
    if (now < day.archived.close)
      this.violate(`${momentToIso(now)}: ${line} lost tasks before ${isoDate(day.date)} was archived`)
  }

  violate(text: string): void {
    this.violations++
    if (this.texts.length < MOST_TEXTS) this.texts.push(text)
  }

  /** Returns what the account lacks of a level. */
  #lacking(level: Level): string | undefined {
    const { shards, functions, mappings, alarms, canary } = this.#account
    const line = this.#lines.find(name => this.#account.working(name) < level.tasks)
    if (line !== undefined) return `a task of ${line}`
    if (shards.open < level.shards) return 'shards'
    const fn = RESERVED_FUNCTIONS.find(name => (functions.get(name)?.reserved ?? 0) < level.reserved[name])
    if (fn !== undefined) return `reserved concurrency of ${fn}`
    const reader = READER_FUNCTIONS.find(name => mappings.get(name)?.enabled !== level.mappings[name].enabled)
    if (reader !== undefined) return `the mapping of ${reader}`
    if ((canary.State === 'ENABLED') !== level.canary) return 'the canary'
    return [...alarms.values()].every(enabled => enabled === level.alarms) ? undefined : 'alarms'
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
