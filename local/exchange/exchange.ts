/**
 * A synthetic Tokyo market that keeps the hours of the real exchange. Equal options produce equal events, byte for byte,
 * so a test can compare what a reader of the lines received with the truth.
 */
import type { Board } from '../../market/board.ts'
import { LINE_NUMBERS, type LineNumber } from '../../market/lane.ts'
import type { IssueMaster } from '../../market/market-event.ts'
import type { DayMicros, TradingDate } from '../../market/units.ts'
import { createDay, type Day, type Task } from './day-plan.ts'
import type { ExchangeEvent } from './exchange-event.ts'
import { type DayHours, dayHoursOf, isContinuous, SECOND } from './hours.ts'
import { type Listing, listIssues, MAX_ISSUES } from './issue-list.ts'
import { createIssueState, type IssueState } from './issue-state.ts'
import { createPublisher } from './message-publisher.ts'
import { composeHeadline, type Headline, haltHeadline } from './news.ts'
import { createOrderArrivals, type OrderArrivals } from './order-arrivals.ts'
import { below, createRandom, type Random, weightedPicker } from './random.ts'
import { createTrading, type Trading } from './trading.ts'

export interface ExchangeOptions {
  readonly seed: number
  /** Number of listed issues: 1 to {@link MAX_ISSUES}. */
  readonly issues: number
  /** Ticks a market second of the whole market in a calm hour. Openings and the close have several times as many. */
  readonly rate: number
  readonly tradingDate: TradingDate
  /** µs of the day: the exchange emits events from here on. It simulates earlier ones at a low rate, without emitting them. */
  readonly from: DayMicros
  /** Until `until` (µs of the day), `rate` replaces the rate above. */
  readonly fill?: { readonly until: DayMicros; readonly rate: number }
}

export interface Exchange {
  readonly issues: readonly IssueMaster[]
  readonly tradingDate: TradingDate
  /** @throws RangeError for an issue that is not listed. */
  lineOf(issue: string): LineNumber
  /** Yields every event up to and including `until` (µs of the day) once, in the order of time. */
  advance(until: DayMicros): Iterable<ExchangeEvent>
  /** The true board now, or undefined before the first message of the issue. The object changes: copy it to keep it. */
  board(issue: string): Board | undefined
}

/** Issues up to this rank are about equally busy. After it, activity falls with the rank (Zipf). */
const BUSY_RANKS = 8

/** @throws RangeError that names every option with a bad value. */
export function openExchange(options: ExchangeOptions): Exchange {
  checkOptions(options)
  const floor = new TradingFloor(options, listIssues(options.seed, options.issues))
  const { states, tradingDate } = floor
  const byCode = new Map(states.map(state => [state.master.code, state]))
  return {
    issues: floor.issues,
    tradingDate,
    lineOf(issue) {
      const state = byCode.get(issue)
      if (state === undefined) throw new RangeError(`exchange: issue ${JSON.stringify(issue)} is not listed`)
      return state.line
    },
    board(issue) {
      const state = byCode.get(issue)
      return state?.isPublished ? state.board : undefined
    },
    *advance(until) {
      for (;;) {
        while (floor.pending.length > 0) yield floor.pending.shift()!
        if (!floor.step(until)) return
      }
    },
  }
}

/** The market while it runs: every issue, the plan of the day, and the events that nobody has taken yet. */
class TradingFloor {
  readonly states: readonly IssueState[]
  readonly issues: readonly IssueMaster[]
  readonly tradingDate: TradingDate
  readonly pending: ExchangeEvent[] = []
  readonly #from: DayMicros
  readonly #hours: DayHours
  readonly #random: Random
  readonly #day: Day
  readonly #trading: Trading
  readonly #arrivals: OrderArrivals
  readonly #nextIssue: () => number
  readonly #publisher = createPublisher()
  /** Whether `from` has been reached. */
  #isOpen = false

  constructor(options: ExchangeOptions, listings: readonly Listing[]) {
    const { seed, tradingDate, from } = options
    const hours = dayHoursOf(tradingDate)
    const random = createRandom(seed ^ tradingDate)
    this.tradingDate = tradingDate
    this.#from = from
    this.#hours = hours
    this.#random = random
    this.states = listings.map((listing, index) =>
      createIssueState(listing, index, LINE_NUMBERS[index % LINE_NUMBERS.length]!, listings.length, random),
    )
    this.issues = this.states.map(({ master }) => master)
    this.#nextIssue = weightedPicker(
      random,
      listings.map(({ rank }) => 1 / (rank + BUSY_RANKS)),
    )
    const day = createDay({ hours, random, from, ranks: listings.map(({ rank }) => rank) })
    this.#day = day
    this.#trading = createTrading({
      random,
      planRenewal(time, { index }) {
        // A quote whose renewal falls after the session ends with the session: its orders wait for the next auction.
        if (isContinuous(hours, time)) day.plan(time, { kind: 'renew', index })
      },
    })
    this.#arrivals = createOrderArrivals({ ...options, hours, random })
  }

  /** Carries out the next task or order. Returns false if it lies after `until`. */
  step(until: DayMicros): boolean {
    const time = Math.min(this.#day.nextTime, this.#arrivals.next)
    if (time > until) return false
    if (time >= this.#from && !this.#isOpen) {
      this.#isOpen = true
      this.#announce()
    }
    if (this.#day.nextTime <= this.#arrivals.next) this.#perform(this.#day.take().task, time)
    else this.#takeOrder(time)
    return true
  }

  #takeOrder(time: DayMicros): void {
    const state = this.states[this.#nextIssue()]!
    this.#arrivals.advance()
    // All issues change to the auction within some seconds; an order may come before its issue has changed.
    if (!isContinuous(this.#hours, time)) this.#trading.gather(state)
    if (this.#trading.act(state, time)) this.#publish(state, time)
  }

  #perform(task: Task, time: DayMicros): void {
    switch (task.kind) {
      case 'phase':
        if (!this.#isOpen) return
        for (const line of LINE_NUMBERS) this.pending.push({ kind: 'phase', line, time, phase: task.phase })
        return
      case 'news':
        this.#publishNews(time, composeHeadline(this.issues, this.#random))
        return
      case 'shock': {
        const state = this.#randomIssue()
        if (this.#trading.shock(state, time)) this.#publish(state, time)
        return
      }
      case 'halt': {
        const state = this.#randomIssue()
        if (!this.#trading.halt(state)) return
        this.#publish(state, time)
        this.#publishNews(time, haltHeadline(state.master))
        this.#day.planResumption(time, state.index)
        return
      }
      case 'first-board': {
        const state = this.states[task.index]!
        if (!state.isPublished) this.#publish(state, time)
        return
      }
      default: {
        const state = this.states[task.index]!
        if (this.#trading[task.kind](state, time)) this.#publish(state, time)
      }
    }
  }

  #randomIssue(): IssueState {
    return this.states[below(this.#random, this.states.length)]!
  }

  #publish(state: IssueState, time: DayMicros): void {
    const event = this.#publisher.publish(state, time, this.#isOpen)
    if (event !== undefined) this.pending.push(event)
  }

  #publishNews(time: DayMicros, { headline, issues }: Headline): void {
    const line = LINE_NUMBERS[below(this.#random, LINE_NUMBERS.length)]!
    if (this.#isOpen) this.pending.push({ kind: 'news', line, time, headline, issues })
  }

  /** Sends what each line starts with: its listed issues and the current phase. */
  #announce(): void {
    for (const line of LINE_NUMBERS) {
      const listed = this.states.filter(state => state.line === line).map(({ master }) => master)
      this.pending.push({ kind: 'issues', line, time: this.#from, issues: listed })
    }
    const phase = this.#hours.phases.findLast(({ time }) => time < this.#from)?.phase
    if (phase !== undefined) this.#perform({ kind: 'phase', phase }, this.#from)
  }
}

function checkOptions({ seed, issues, rate, from, fill, tradingDate }: ExchangeOptions): void {
  const problems: string[] = []
  const expect = (isValid: boolean, name: string, expected: string, got: number): void => {
    if (!isValid) problems.push(`${name}: expected ${expected}, got ${got}`)
  }
  expect(Number.isInteger(seed), 'seed', 'an integer', seed)
  expect(
    Number.isInteger(issues) && issues >= 1 && issues <= MAX_ISSUES,
    'issues',
    `an integer from 1 to ${MAX_ISSUES}`,
    issues,
  )
  expect(rate > 0 && rate < SECOND, 'rate', 'a number above 0 and below 1,000,000', rate)
  expect(/^20\d{6}$/.test(String(tradingDate)), 'tradingDate', 'YYYYMMDD', tradingDate)
  expect(Number.isInteger(from) && from >= 0, 'from', 'microseconds of the day', from)
  if (fill !== undefined) {
    expect(
      fill.rate > 0 && fill.rate < SECOND,
      'fill.rate',
      'a number above 0 and below 1,000,000',
      fill.rate,
    )
    expect(fill.until >= from, 'fill.until', 'a time not before `from`', fill.until)
  }
  if (problems.length > 0) throw new RangeError(`exchange options: ${problems.join('; ')}`)
}
