/**
 * Random trading days of a few issues, with cases that are hard for readers: auctions at the exact start and end of a
 * session, quotes at noon, closing prices some microseconds after the close, ticks with the same microsecond, and open,
 * high and low of a session or of the day.
 */

import fc from 'fast-check'
import { ASKS, BIDS, type Board, copyBoard, emptyBoard, F } from '../../market/board.ts'
import { RULES } from '../../market/calendar/calendar.ts'
import type { Tick } from '../../market/tick.ts'
import { deriveTrade } from '../../market/trade.ts'
import { asTradingDate, type TradingDate } from '../../market/units.ts'

export const SECOND = 1_000_000
export const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Two consecutive trading dates: the last with the close at 15:00 and the first with the close at 15:30. */
export const LAST_OLD_DATE = asTradingDate(20241101)
export const FIRST_NEW_DATE = asTradingDate(20241105)

/** One message of the day. */
interface Step {
  readonly issue: string
  readonly time: number
  /** Number of messages of other issues since the previous one. */
  readonly skipped: number
  /** Yen. There is a trade at this price if `quantity` is not 0. */
  readonly price: number
  readonly quantity: number
  readonly level: number
}

const stepOf = (issues: readonly string[], date: TradingDate): fc.Arbitrary<Step> => {
  const { orders, morning, afternoon, closing } = RULES.hoursOf(date)
  const borderTimes = [orders, morning.start, morning.end, afternoon.start, closing, afternoon.end]
  const near = fc
    .tuple(
      fc.constantFrom(...borderTimes),
      fc.constantFrom(-SECOND, -1, 0, 1, 30, 2 * SECOND, MINUTE - 1, MINUTE, 7 * MINUTE),
    )
    .map(([border, offset]) => border + offset)
  return fc.record({
    issue: fc.constantFrom(...issues),
    time: fc.oneof(near, fc.integer({ min: orders, max: afternoon.end + 10 * MINUTE })),
    skipped: fc.integer({ min: 0, max: 2 }),
    price: fc.integer({ min: 900, max: 1100 }),
    quantity: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 50 })).map(lots => lots * 100),
    level: fc.integer({ min: 0, max: 9 }),
  })
}

/** Generates the ticks of `issues` on `date`, with the trades that ingest derives. */
export const dayOf = (
  date: TradingDate,
  issues: readonly string[],
  length: { readonly minLength: number; readonly maxLength: number },
): fc.Arbitrary<Tick[]> =>
  fc.tuple(fc.array(stepOf(issues, date), length), fc.boolean()).map(([steps, bySession]) =>
    ticksOfSteps(
      date,
      steps.toSorted((a, b) => a.time - b.time),
      bySession,
    ),
  )

function ticksOfSteps(date: TradingDate, steps: readonly Step[], bySession: boolean): Tick[] {
  const noon = RULES.hoursOf(date).afternoon.start
  const boards = new Map<string, Board>()
  const ticks: Tick[] = []
  let sequence = 0
  for (const step of steps) {
    const { issue, time } = step
    sequence += 1 + step.skipped
    const before = boards.get(issue)
    const board = before === undefined ? opened(issue) : copyBoard(before)
    const { values } = board
    values[F.updateNumber] = values[F.updateNumber]! + 1
    values[F.statusTime] = time
    const side = step.price % 2 === 0 ? ASKS : BIDS
    values[side + 2 * step.level] = step.price * 10_000
    values[side + 2 * step.level + 1] = 100 + step.quantity
    const isFirstOfSession = bySession && time >= noon && (values[F.lastTime] ?? 0) < noon
    if (step.quantity > 0 && isTraded(date, time)) deal(values, step, isFirstOfSession)
    const trade = deriveTrade(before ?? opened(issue), board)
    boards.set(issue, board)
    ticks.push({ tradingDate: date, line: 1, sequence, time, board, ...(trade && { trade }) })
  }
  return ticks
}

function opened(issue: string): Board {
  const board = emptyBoard(issue)
  board.values[F.updateNumber] = 0
  board.values[F.volume] = 0
  board.values[F.turnover] = 0
  return board
}

/** Returns whether there may be trades: in a session, or some seconds after it for its closing auction. */
function isTraded(date: TradingDate, time: number): boolean {
  const { morning, afternoon } = RULES.hoursOf(date)
  const delay = 5 * SECOND
  return (
    (time >= morning.start && time < morning.end + delay) ||
    (time >= afternoon.start && time < afternoon.end + delay)
  )
}

function deal(values: Float64Array, { price: yen, quantity, time }: Step, isFirst: boolean): void {
  const price = yen * 10_000
  const set = (field: number, at: number): void => {
    values[field] = price
    values[at] = time
  }
  const none = values[F.volume] === 0 || isFirst
  if (none) set(F.open, F.openTime)
  if (none || price > values[F.high]!) set(F.high, F.highTime)
  if (none || price < values[F.low]!) set(F.low, F.lowTime)
  set(F.last, F.lastTime)
  values[F.volume] = values[F.volume]! + quantity
  values[F.turnover] = values[F.turnover]! + yen * 100 * quantity
}

/** Generates a time (µs of the day) at or close to a tick, or anywhere in the day. */
export const momentNear = (ticks: readonly Tick[]): fc.Arbitrary<number> =>
  fc.oneof(
    fc
      .tuple(fc.constantFrom(...ticks.map(({ time }) => time)), fc.constantFrom(-1, 0, 1, SECOND))
      .map(([time, off]) => time + off),
    fc.integer({ min: 7 * HOUR, max: 20 * HOUR }),
  )
