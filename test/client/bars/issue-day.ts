/** Random days of an issue: its ticks, and what the history has of them at any moment. */
import fc from 'fast-check'
import type { StoredBars } from '../../../client/bars/bar-series.ts'
import { barStart } from '../../../market/bar-times.ts'
import type { BarJson } from '../../../market/bars.ts'
import { barToJson, joinMinutes, minuteBarsOf } from '../../../market/bars.ts'
import { copyBoard, emptyBoard, F, fieldOf } from '../../../market/board.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { momentFromIso, momentOf } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { deriveTrade } from '../../../market/trade.ts'
import {
  asTradingDate,
  type DayMicros,
  type EpochMicros,
  type Micros,
  PRICE_SCALE,
  TURNOVER_SCALE,
} from '../../../market/units.ts'

export const ISSUE = '7203'
export const DATE = asTradingDate(20261120)
export const HOURS = RULES.hoursOf(DATE)
const SECOND = 1_000_000
const at = (hours: number, minutes: number, seconds = 0): DayMicros =>
  ((hours * 60 + minutes) * 60 + seconds) * SECOND

/** One message of the exchange. Prices are in tenths of a yen. */
export interface Message {
  readonly wait: Micros
  readonly executions: readonly { readonly tenths: number; readonly quantity: number }[]
  /** The message never becomes a tick: the line loses it, and the next tick is marked. */
  readonly isLost: boolean
  /** A tick after lost messages has no trade of its own. */
  readonly isBare: boolean
}

const message: fc.Arbitrary<Message> = fc.record({
  wait: fc.oneof(
    { arbitrary: fc.constant(0), weight: 2 },
    { arbitrary: fc.integer({ min: 1, max: 20 * SECOND }), weight: 6 },
    { arbitrary: fc.integer({ min: 1, max: 200 * SECOND }), weight: 1 },
  ),
  executions: fc.oneof(
    fc.constant([]),
    fc.array(
      fc.record({
        tenths: fc.integer({ min: 9_990, max: 10_010 }),
        quantity: fc.integer({ min: 1, max: 50_001 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  ),
  isLost: fc.oneof(
    { arbitrary: fc.constant(false), weight: 15 },
    { arbitrary: fc.constant(true), weight: 1 },
  ),
  isBare: fc.boolean(),
})

/** Where a random day begins: before the opening, in a session, before lunch, before the close. */
const START = fc.constantFrom(
  at(8, 59, 30),
  at(10, 14),
  at(11, 28),
  at(12, 29, 30),
  at(15, 23),
  at(15, 29, 40),
)

function daysOf(change: (message: Message) => Message): fc.Arbitrary<Tick[]> {
  return fc
    .record({ start: START, messages: fc.array(message, { minLength: 1, maxLength: 60 }) })
    .map(({ start, messages }) => ticksOf(start, messages.map(change)))
}

/** The ticks of an issue on one date, in order. */
export const issueDays = daysOf(message => message)
/** The same without a lost message. */
export const wholeDays = daysOf(message => ({ ...message, isLost: false }))

export function ticksOf(start: DayMicros, messages: readonly Message[]): Tick[] {
  const ticks: Tick[] = []
  let last = emptyBoard(ISSUE)
  last.values[F.updateNumber] = 1
  let time = start
  let isLoss = false
  for (const [index, { wait, executions, isLost, isBare }] of messages.entries()) {
    const board = copyBoard(last)
    time += wait
    for (const { tenths, quantity } of executions) {
      board.values[F.last] = tenths * (PRICE_SCALE / 10)
      board.values[F.volume] = (fieldOf(board, F.volume) ?? 0) + quantity
      board.values[F.turnover] = (fieldOf(board, F.turnover) ?? 0) + tenths * quantity * (TURNOVER_SCALE / 10)
    }
    const trade = deriveTrade(last, board)
    last = board
    if (isLost) {
      isLoss = true
      continue
    }
    const sequence = 10 * (index + 1)
    const lost = isLoss ? ({ lost: true } as const) : {}
    const shown = trade === undefined || (isLoss && isBare) ? {} : { trade }
    isLoss = false
    ticks.push({ tradingDate: DATE, line: 1, sequence, time, board, ...shown, ...lost })
  }
  return ticks
}

/** Returns the stored bars of ticks up to a time. */
export async function barsUpTo(ticks: readonly Tick[], until: DayMicros, length: Micros): Promise<BarJson[]> {
  async function* known(): AsyncGenerator<Tick> {
    for (const tick of ticks) if (tick.time <= until) yield tick
  }
  const minutes = await minuteBarsOf(HOURS, known())
  return joinMinutes(HOURS, minutes, length).map(bar => barToJson(DATE, bar))
}

/** Returns what the history has of ticks up to a time, from the bar on that ends after `from`. */
export async function storedAt(
  ticks: readonly Tick[],
  until: DayMicros,
  length: Micros,
  from?: EpochMicros,
): Promise<StoredBars> {
  const last = ticks.findLast(({ time }) => time <= until)
  const bars = await barsUpTo(ticks, until, length)
  const first = from === undefined ? 0 : momentOf(DATE, barStart(HOURS, from - momentOf(DATE, 0), length))
  return {
    date: DATE,
    hours: HOURS,
    until,
    sequence: last?.sequence ?? 0,
    volume: (last && fieldOf(last.board, F.volume)) ?? 0,
    bars: bars.filter(({ time }) => momentFromIso(time)! >= first),
    isLate: false,
  }
}
