/**
 * A Tokyo market that does not exist, to the minute of the real one's hours. The same options give the same events,
 * byte for byte, so whoever reads its lines can be held against the truth.
 */
import type { Board } from '../../market/board.ts'
import type { IssueMaster, Phase } from '../../market/market-event.ts'
import type { Trade } from '../../market/tick.ts'
import { createDay, type Task } from './day-plan.ts'
import { dayHoursOf, intensityAt, isContinuous, SECOND } from './hours.ts'
import { listIssues, MAX_ISSUES } from './issue-list.ts'
import { createIssueState, type IssueState } from './issue-state.ts'
import { createPublisher } from './message-publisher.ts'
import { composeHeadline, type Headline, haltHeadline } from './news.ts'
import { below, createRandom, exponential, weightedPicker } from './random.ts'
import { createTrading } from './trading.ts'

export type LineNumber = 1 | 2 | 3

export interface ExchangeOptions {
  readonly seed: number
  /** How many issues are listed: 1 to {@link MAX_ISSUES}. */
  readonly issues: number
  /** Ticks per market second of the whole market in a calm hour; openings and the close have several times as many. */
  readonly rate: number
  /** YYYYMMDD. */
  readonly tradingDate: number
  /** Microseconds of the day: events from here on are emitted, what was before is simulated thinly. */
  readonly from: number
  /** Until then the rate is this other one. */
  readonly fill?: { readonly until: number; readonly rate: number }
}

export type ExchangeEvent =
  | {
      readonly kind: 'message'
      readonly line: LineNumber
      /** Counter of the line: 1, 2, 3 … without gaps. */
      readonly sequence: number
      readonly time: number
      readonly issue: string
      /** The true board after the message; live, so copy it to keep it. */
      readonly board: Board
      readonly trade?: Trade
      /** The whole message, 0x11 to 0x11. */
      readonly bytes: Uint8Array
    }
  | {
      /** A message of another exchange on the same line, which counts there like any other. */
      readonly kind: 'elsewhere'
      readonly line: LineNumber
      readonly sequence: number
      readonly time: number
      readonly bytes: Uint8Array
    }
  | {
      readonly kind: 'issues'
      readonly line: LineNumber
      readonly time: number
      readonly issues: IssueMaster[]
    }
  | {
      readonly kind: 'news'
      readonly line: LineNumber
      readonly time: number
      readonly headline: string
      readonly issues: string[]
    }
  | { readonly kind: 'phase'; readonly line: LineNumber; readonly time: number; readonly phase: Phase }

export interface Exchange {
  readonly issues: readonly IssueMaster[]
  readonly tradingDate: number
  /** @throws RangeError for an issue that is not listed. */
  lineOf(issue: string): LineNumber
  /** All events up to and including `until` (microseconds of the day), in the order of time, each exactly once. */
  advance(until: number): Iterable<ExchangeEvent>
  /** The true board now, once the first message of the issue is out; live, so copy it to keep it. */
  board(issue: string): Board | undefined
}

const LINE_NUMBERS: readonly LineNumber[] = [1, 2, 3]

/** Before `from` the market runs at this part of its rate, and never above this many ticks a second. */
const UNSEEN_PART = 1 / 30
const UNSEEN_RATE_LIMIT = 50

/** Issues up to this rank are about equally busy; from there on activity falls with the rank (Zipf). */
const BUSY_RANKS = 8

/** @throws RangeError naming all options that cannot be. */
export function openExchange(options: ExchangeOptions): Exchange {
  checkOptions(options)
  const { seed, tradingDate, from } = options
  const hours = dayHoursOf(tradingDate)
  const listings = listIssues(seed, options.issues)
  const random = createRandom(seed ^ tradingDate)
  const states = listings.map((listing, index) =>
    createIssueState(listing, index, LINE_NUMBERS[index % LINE_NUMBERS.length]!, listings.length, random),
  )
  const issues = states.map(({ master }) => master)
  const byCode = new Map(states.map(state => [state.master.code, state]))
  const weights = listings.map(({ rank }) => 1 / (rank + BUSY_RANKS))
  const nextIssue = weightedPicker(random, weights)
  const day = createDay({ hours, random, from, ranks: listings.map(({ rank }) => rank) })
  const publisher = createPublisher()
  const trading = createTrading({
    random,
    plan(time, { index }) {
      // A quote that would be renewed after the session ends with it: its orders wait for the next auction.
      if (isContinuous(hours, time)) day.plan(time, { kind: 'renew', index })
    },
  })
  /** Made but not yet taken by whoever reads. */
  const pending: ExchangeEvent[] = []
  let isSeen = false

  function say(state: IssueState, time: number): void {
    const event = publisher.say(state, time, isSeen)
    if (event !== undefined) pending.push(event)
  }

  function sayNews(time: number, { headline, issues: about }: Headline): void {
    const line = LINE_NUMBERS[below(random, LINE_NUMBERS.length)]!
    if (isSeen) pending.push({ kind: 'news', line, time, headline, issues: about })
  }

  function perform(task: Task, time: number): void {
    switch (task.kind) {
      case 'phase':
        if (isSeen)
          for (const line of LINE_NUMBERS) pending.push({ kind: 'phase', line, time, phase: task.phase })
        return
      case 'news':
        sayNews(time, composeHeadline(issues, random))
        return
      case 'shock': {
        const state = states[below(random, states.length)]!
        if (trading.shock(state, time)) say(state, time)
        return
      }
      case 'halt': {
        const state = states[below(random, states.length)]!
        if (!trading.halt(state)) return
        say(state, time)
        sayNews(time, haltHeadline(state.master))
        day.planResumption(time, state.index)
        return
      }
      case 'first-board': {
        const state = states[task.index]!
        if (!state.isSaid) say(state, time)
        return
      }
      default: {
        const state = states[task.index]!
        if (trading[task.kind](state, time)) say(state, time)
      }
    }
  }

  // Orders come by chance: the gap to the next is drawn anew whenever the rate changes, which is every second.
  let slice = hours.orders
  let nextOrder = Number.POSITIVE_INFINITY
  const rateAt = (time: number): number => {
    const { fill, rate } = options
    const live = fill !== undefined && time < fill.until ? fill.rate : rate
    return intensityAt(hours, time) * (time < from ? Math.min(live * UNSEEN_PART, UNSEEN_RATE_LIMIT) : live)
  }
  function drawOrder(after: number): void {
    nextOrder = after
    while (slice < hours.close) {
      const rate = rateAt(slice)
      nextOrder += rate > 0 ? Math.ceil(exponential(random, SECOND / rate)) : Number.POSITIVE_INFINITY
      if (nextOrder < slice + SECOND) return
      slice += SECOND
      nextOrder = slice
    }
    nextOrder = Number.POSITIVE_INFINITY
  }
  drawOrder(slice)

  /** Makes what happens next, if that is not after `until`. */
  function step(until: number): boolean {
    const time = Math.min(day.nextTime, nextOrder)
    if (time > until) return false
    if (time >= from && !isSeen) {
      isSeen = true
      introduce()
    }
    if (day.nextTime <= nextOrder) perform(day.take().task, time)
    else {
      const state = states[nextIssue()]!
      drawOrder(time)
      // The step of the whole market takes some seconds; orders do not wait for it.
      if (!isContinuous(hours, time)) trading.gather(state)
      if (trading.act(state, time)) say(state, time)
    }
    return true
  }

  /** What a line says first: its issues and the phase the market is in. */
  function introduce(): void {
    for (const line of LINE_NUMBERS) {
      const listed = states.filter(state => state.line === line).map(({ master }) => master)
      pending.push({ kind: 'issues', line, time: from, issues: listed })
    }
    const phase = hours.phases.findLast(({ time }) => time < from)?.phase
    if (phase !== undefined) perform({ kind: 'phase', phase }, from)
  }

  return {
    issues,
    tradingDate,
    lineOf(issue) {
      const state = byCode.get(issue)
      if (state === undefined) throw new RangeError(`exchange: issue ${JSON.stringify(issue)} is not listed`)
      return state.line
    },
    board(issue) {
      const state = byCode.get(issue)
      return state?.isSaid ? state.board : undefined
    },
    *advance(until) {
      for (;;) {
        while (pending.length > 0) yield pending.shift()!
        if (!step(until)) return
      }
    },
  }
}

function checkOptions({ seed, issues, rate, from, fill, tradingDate }: ExchangeOptions): void {
  const problems: string[] = []
  const expect = (isRight: boolean, name: string, expected: string, got: number): void => {
    if (!isRight) problems.push(`${name}: expected ${expected}, got ${got}`)
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
