/**
 * Plays market-hours through the minutes of a simulated year: the real plan, the real decisions and the real SDK calls, against a
 * simulated account and exchange, with faults from a seed.
 */
import type { MarketPlan } from '../../contract/market-plan.ts'
import { marketResources } from '../../functions/market-hours/market-resources.ts'
import { type MarketHoursPorts, runMarketHours } from '../../functions/market-hours/run-market-hours.ts'
import { bordersOf } from '../../functions/market-hours/trading-day.ts'
import { below, pick, type Random } from '../../local/exchange/random.ts'
import { Calendar, RULES } from '../../market/calendar/calendar.ts'
import type { CalendarException } from '../../market/calendar/exceptions.ts'
import { DAY_MICROSECONDS, dateOf, momentOf, timeOfDay } from '../../market/moment.ts'
import { addMicros, type EpochMicros, type TradingDate } from '../../market/units.ts'
import { type ExchangeDay, exchangeDay } from './exchange-days.ts'
import { valuesOf } from './run-effects.ts'
import { SimulatedAccount } from './simulated-account.ts'
import { simulatedClients } from './simulated-clients.ts'
import { type FaultKind, FaultyCalls, faultsOf, type YearFault } from './year-faults.ts'
import { changeByHand, holdOf } from './year-people.ts'
import { SimulatedControl, simulatedSigns } from './year-ports.ts'
import { YearWatch } from './year-watch.ts'

const MINUTE = 60_000_000
const MINUTES_A_DAY = 24 * 60
const LINES = [1, 2, 3]
const SERVICES = LINES.map(line => `line-${line}`)
/** The schedule invokes market-hours every five minutes, and at the borders of a usual date. */
const SCHEDULE_MINUTES = 5
const MOST_LATE_MINUTES = 4
/** About as many calls as a run makes. */
const CALLS_OF_A_RUN = 40
/** Concurrency that the REST functions reserve for good (cdk/sizing.ts, REST_CONCURRENCY). */
const REST_RESERVED = 250
/** Alarms of trading: a line has no task, and an alarm that is on for an hour before and an hour after the opening. */
const LINE_ALARMS = SERVICES.map(line => `trading-${line}`)
const EARLY_ALARM = 'trading-early'
const EARLY_ALARM_MINUTES = 60
/** How far the clock of a run is from the minute of its event, µs: EventBridge Scheduler fires within the minute. */
const SKEWS = [-1, 0, 0, 1, 59_000_000]

export interface YearOptions {
  /** The plan that market-hours has. */
  readonly plan: MarketPlan
  /** The plan that the open market is compared with. */
  readonly needed: MarketPlan
  /** Commands that AWS answers without doing anything. */
  readonly dropped?: readonly string[]
  readonly from: TradingDate
  readonly days: number
  /** What the exchange has decided. market-hours learns each exception on the day before. */
  readonly exceptions: readonly CalendarException[]
  readonly random: Random
  /** Without faults, everything goes as planned except for the exchange. */
  readonly hasFaults: boolean
}

export interface YearResult {
  readonly runs: number
  readonly faults: number
  readonly tradingDates: number
  readonly watch: YearWatch
}

/** Plays all minutes of the days. */
export async function playYear(options: YearOptions): Promise<YearResult> {
  const year = new PlayedYear(options)
  for (let day = 0; day < options.days; day++) await year.playDay(day)
  return year.result()
}

class PlayedYear {
  readonly #options: YearOptions
  readonly #start: EpochMicros
  /** The calendar of the exchange itself. */
  readonly #truth: Calendar
  readonly #days = new Map<TradingDate, ExchangeDay | undefined>()
  readonly #account: SimulatedAccount
  readonly #calls: FaultyCalls
  readonly #control: SimulatedControl
  readonly #watch: YearWatch
  readonly #ports: MarketHoursPorts
  /** Minutes of the year at which an event comes that was late. */
  readonly #due = new Set<number>()
  readonly #counts = { runs: 0, faults: 0, tradingDates: 0 }
  #faults: readonly YearFault[] = []
  /** Since when no fault holds. */
  #calmSince: EpochMicros

  constructor(options: YearOptions) {
    const { plan, from, exceptions, random } = options
    this.#options = options
    this.#start = momentOf(from, 0)
    this.#calmSince = this.#start
    const truth = new Calendar(exceptions)
    this.#truth = truth
    this.#account = newAccount(this.#start)
    const [account, calls] = [this.#account, new FaultyCalls(random, options.dropped ?? [])]
    this.#calls = calls
    this.#control = new SimulatedControl(account, calls)
    this.#watch = new YearWatch(account, options.needed, truth, SERVICES)
    const dayOf = (date: TradingDate): ExchangeDay | undefined => this.#dayOf(date)
    this.#ports = {
      plan,
      lines: LINES,
      async calendar() {
        calls.before('calendar')
        return truth
      },
      control: this.#control,
      signs: simulatedSigns({ account, faults: calls, truth, lines: SERVICES, dayOf }),
      resources: marketResources(simulatedClients(account, calls), namesOf(plan)),
    }
  }

  async playDay(day: number): Promise<void> {
    const { plan, from, random, hasFaults } = this.#options
    const midnight = addMicros(this.#start, day * DAY_MICROSECONDS)
    const today = this.#dayOf(dateOf(midnight))
    const borders = today === undefined ? [] : bordersOf(plan, this.#truth, today.date)
    if (today !== undefined) this.#counts.tradingDates++
    if (hasFaults) {
      const added = faultsOf(midnight, borders, random)
      this.#faults = [...this.#faults.filter(({ until }) => until > midnight), ...added]
      this.#counts.faults += added.length
    }
    const hold = hasFaults ? holdOf(today, midnight, random) : undefined
    // The schedules of the borders are those of a usual date: EventBridge knows no exceptions.
    const scheduled = new Set(bordersOf(plan, RULES, usualDate(from)).map(timeOfDay))
    for (let minute = 0; minute < MINUTES_A_DAY; minute++) {
      const now = addMicros(midnight, minute * MINUTE)
      this.#account.now = now
      if (hold?.from === now) this.#control.held = hold.hold
      if (hasFaults) changeByHand(this.#account)
      this.#account.alarms.evaluate(this.#firing(today))
      this.#calls.active = this.#faults.filter(fault => fault.from <= now && now < fault.until)
      if (this.#calls.active.length > 0) this.#calmSince = now
      const isScheduled = minute % SCHEDULE_MINUTES === 0 || scheduled.has(minute * MINUTE)
      const key = day * MINUTES_A_DAY + minute
      if (this.#due.delete(key)) await this.#deliver()
      if (isScheduled) await this.#deliverScheduled(key)
      this.#watch.look(today, this.#calmSince, this.#held() === 'closed')
    }
  }

  result(): YearResult {
    for (const text of this.#account.broken) this.#watch.violate(text)
    return { ...this.#counts, watch: this.#watch }
  }

  #dayOf(date: TradingDate): ExchangeDay | undefined {
    if (!this.#days.has(date)) this.#days.set(date, exchangeDay(this.#truth, date, this.#options.random))
    return this.#days.get(date)
  }

  /** Returns the alarms that have a cause now. */
  #firing(today: ExchangeDay | undefined): ReadonlySet<string> {
    const { now } = this.#account
    const isEarly = today !== undefined && Math.abs(now - today.opens) < EARLY_ALARM_MINUTES * MINUTE
    const withoutTask = LINE_ALARMS.filter((_, index) => this.#account.working(SERVICES[index] ?? '') === 0)
    return new Set(isEarly ? [...withoutTask, EARLY_ALARM] : withoutTask)
  }

  /** Returns the hold that is in force. */
  #held(): 'open' | 'closed' | undefined {
    const { held } = this.#control
    return held !== undefined && held.until > this.#account.now ? held.mode : undefined
  }

  /** Delivers an event of the schedule, if no fault holds it up. @param key the minute of the year. */
  async #deliverScheduled(key: number): Promise<void> {
    if (this.#has('missed')) return
    if (this.#has('late')) this.#due.add(key + 1 + below(this.#options.random, MOST_LATE_MINUTES))
    else await this.#deliver()
  }

  #has(kind: FaultKind): boolean {
    return this.#calls.active.some(fault => fault.kind === kind)
  }

  /** Runs market-hours for an event. */
  async #deliver(): Promise<void> {
    const { random } = this.#options
    const { now } = this.#account
    this.#account.now = addMicros(now, this.#options.hasFaults ? pick(random, SKEWS) : 0)
    this.#calls.callsLeft = this.#has('killed') ? below(random, CALLS_OF_A_RUN) : undefined
    await Promise.all(this.#has('doubled') ? [this.#run(), this.#run()] : [this.#run()])
    this.#calls.callsLeft = undefined
    this.#account.now = now
  }

  async #run(): Promise<void> {
    const account = this.#account
    this.#counts.runs++
    const before = valuesOf(account)
    const run = {
      day: this.#dayOf(dateOf(account.now)),
      held: this.#held(),
      hadTasks: SERVICES.some(line => account.working(line) > 0),
      hasFaults: this.#calls.active.length > 0,
    }
    await runMarketHours(this.#ports, account.now)
    this.#watch.lookAtRun(before, run)
  }
}

/** Returns an account after a deployment: nothing runs, and nothing is set. */
function newAccount(now: EpochMicros): SimulatedAccount {
  const account = new SimulatedAccount(now, [...LINE_ALARMS, EARLY_ALARM])
  for (const line of SERVICES) account.lines.set(line, { desired: 0, tasks: [] })
  for (const name of ['connect', 'message', 'broadcast', 'push-room', 'store-ticks'])
    account.functions.set(name, { reserved: undefined, provisioned: undefined })
  account.functions.set('rest', { reserved: REST_RESERVED, provisioned: undefined })
  for (const name of ['store-ticks', 'broadcast'])
    account.mappings.set(name, { enabled: true, window: 0, changesUntil: now })
  for (const name of ['ticks', 'boards', 'connections'])
    account.tables.set(name, { writes: 4_000, old: 4_000, changesUntil: now })
  return account
}

/** Returns the settings of market-hours in this account. */
function namesOf(plan: MarketPlan): Parameters<typeof marketResources>[1] {
  const readers = { 'store-ticks': 'store-ticks', broadcast: 'broadcast' }
  return {
    CLUSTER: 'cluster',
    SERVICES,
    STREAM_NAME: 'ticks',
    FUNCTIONS: { ...readers, connect: 'connect', message: 'message', 'push-room': 'push-room' },
    MAPPINGS: readers,
    TICKS_TABLE: 'ticks',
    BOARDS_TABLE: 'boards',
    CONNECTIONS_TABLE: 'connections',
    CONTROL_TABLE: 'control',
    ARCHIVE_BUCKET: 'archive',
    CANARY_SCHEDULE: 'canary',
    ALARM_PREFIX: 'trading-',
    PLAN: plan,
  }
}

/** Returns a date with usual hours, at which the template is made. */
function usualDate(from: TradingDate): TradingDate {
  return RULES.nextTradingDate(from)
}
