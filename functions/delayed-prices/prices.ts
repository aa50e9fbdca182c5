/** The answers of the delayed prices API. Every moment that is read passes the cut first. */
import type { BoardJson, TradeJson } from '../../market/board-json.ts'
import { boardToJson, tradeToJson } from '../../market/board-to-json.ts'
import { latestTradingDate } from '../../market/calendar.ts'
import { type Clock, DAY_MICROSECONDS, dateOf, isoTime, momentOf, timeOfDay } from '../../market/clock.ts'
import type { Tick } from '../../market/tick.ts'
import { allowedMoment, DELAY_ISO } from '../shared/cut.ts'
import { type BarJson, barsOf } from '../shared/history/bars.ts'
import { type TicksTable, tickAsOf, ticksBetween } from '../shared/history/packs.ts'
import { momentFromIso, momentToIso } from '../shared/moment.ts'
import { Problem } from '../shared/problem.ts'
import type { TickPlace } from '../shared/ticks-item.ts'

const MINUTE = 60_000_000

/** What every answer says of its age. */
interface Delayed {
  readonly delay: typeof DELAY_ISO
  /** The market time that the answer is true for. */
  readonly asOf: string
}

export type TickJson = BoardJson & {
  readonly trade?: TradeJson
  /** Trades may be missing: messages of the issue just before this one are lost for good. */
  readonly lost?: true
}

/** The board of each issue at `at`, `null` where the trading date had no tick yet. */
export async function delayedBoards(
  table: TicksTable,
  clock: Clock,
  issues: readonly string[],
  at: string | undefined,
): Promise<Delayed & { boards: (BoardJson | null)[] }> {
  const { moment, date, until } = tradingDay(clock, 'at', at)
  const boards = await Promise.all(
    issues.map(async issue => {
      const tick = await tickAsOf(table, issue, date, until)
      return tick === undefined ? null : boardToJson(tick)
    }),
  )
  return { delay: DELAY_ISO, asOf: momentToIso(moment), boards }
}

export interface RangeRequest {
  readonly issue: string
  readonly from: string | undefined
  readonly to: string | undefined
}

/** Up to `limit` ticks of a range; `next` continues after them. */
export async function delayedTicks(
  table: TicksTable,
  clock: Clock,
  request: RangeRequest & { readonly limit: number; readonly after: string | undefined },
): Promise<Delayed & { ticks: TickJson[]; next?: string }> {
  const range = readRange(clock, request)
  const start =
    request.after === undefined ? { time: range.from, sequence: 0 } : readCursor(request.after, range.date)
  const ticks: TickJson[] = []
  let last: Tick | undefined
  for await (const tick of ticksBetween(table, request.issue, range.date, start, range.until)) {
    if (ticks.length === request.limit && last !== undefined) {
      return { delay: DELAY_ISO, asOf: range.asOf, ticks, next: writeCursor(last) }
    }
    ticks.push({
      ...boardToJson(tick),
      ...(tick.trade === undefined ? {} : { trade: tradeToJson(tick, tick.trade) }),
      ...(tick.lost ? { lost: true } : {}),
    })
    last = tick
  }
  return { delay: DELAY_ISO, asOf: range.asOf, ticks }
}

/** One-minute bars of a range; the first one from the start of its minute, the last one cut where the range ends. */
export async function delayedBars(
  table: TicksTable,
  clock: Clock,
  request: RangeRequest,
): Promise<Delayed & { bars: BarJson[] }> {
  const { date, from, until, asOf } = readRange(clock, request)
  const minute = from - (from % MINUTE)
  const bars = await barsOf(ticksBetween(table, request.issue, date, { time: minute, sequence: 0 }, until))
  // A closing auction stands in the bar before its own minute, which may be out of the range.
  const first = isoTime(date, minute)
  return { delay: DELAY_ISO, asOf, bars: bars.filter(bar => bar.time >= first) }
}

/**
 * The trading date at the moment that a parameter names, and how far into it the moment is: to its end for a moment
 * on a closed day after it.
 * @throws Problem
 */
function tradingDay(
  clock: Clock,
  parameter: string,
  text: string | undefined,
): { moment: number; date: number; until: number } {
  const moment = allowedMoment(clock, parameter, text)
  const date = knownTradingDate(moment, parameter, text)
  return { moment, date, until: date === dateOf(moment) ? timeOfDay(moment) : DAY_MICROSECONDS - 1 }
}

function knownTradingDate(moment: number, parameter: string, text: string | undefined): number {
  try {
    return latestTradingDate(moment)
  } catch (error) {
    // Without a parameter the moment is the clock's own, and not the fault of who asks.
    if (text === undefined || !(error instanceof RangeError)) throw error
    throw new Problem(400, `${parameter}: no trading date is known at "${text}": ${error.message}`)
  }
}

function readRange(
  clock: Clock,
  { from, to }: RangeRequest,
): { date: number; from: number; until: number; asOf: string } {
  const { moment: end, date, until } = tradingDay(clock, 'to', to)
  const asOf = momentToIso(end)
  if (from === undefined) return { date, from: 0, until, asOf }
  const start = momentFromIso(from)
  if (start === undefined) {
    throw new Problem(400, `from: expected an ISO 8601 time with its offset, such as ${asOf}, got "${from}"`)
  }
  if (dateOf(start) !== date || start > end) {
    throw new Problem(
      400,
      `from: expected a time from ${momentToIso(momentOf(date, 0))} to ${asOf}, for a range is of one trading date; got "${from}"`,
    )
  }
  return { date, from: timeOfDay(start), until, asOf }
}

/** A cursor is the trading date, time and sequence of the last tick that was given out. */
function writeCursor({ tradingDate, time, sequence }: Tick): string {
  return `${tradingDate}-${time}-${sequence}`
}

/** @throws Problem when it is no cursor, or continues another trading date than `date`. */
function readCursor(text: string, date: number): TickPlace {
  const match = /^(\d{8})-(\d{1,11})-(\d{1,9})$/.exec(text)
  if (match === null) throw new Problem(400, `after: expected the "next" of an answer, got "${text}"`)
  if (Number(match[1]) !== date) {
    throw new Problem(
      400,
      `after: expected the "next" of an answer of ${date}, the trading date of the range, got "${text}"`,
    )
  }
  return { time: Number(match[2]), sequence: Number(match[3]) }
}
