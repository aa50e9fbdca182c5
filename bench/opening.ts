/** The input of all benchmarks: some seconds after the opening of a market of the real one's size, from one seed. */
import { type Exchange, openExchange } from '../local/exchange/exchange.ts'
import type { ExchangeEvent } from '../local/exchange/exchange-event.ts'
import { dayHoursOf, intensityAt, SECOND } from '../local/exchange/hours.ts'
import { copyBoard } from '../market/board.ts'
import type { Tick } from '../market/tick.ts'
import { asTradingDate } from '../market/units.ts'

export const TRADING_DATE = asTradingDate(20261120)
/** Listed issues with ETFs and REITs on the Tokyo exchange, about. */
const ISSUES = 4_400
const SEED = 1
/** Two seconds go to the first board of every issue, the rest is theirs to come alive. */
const LEAD = 3 * SECOND
const HOURS = dayHoursOf(TRADING_DATE)
/** What {@link openMarket} sends begins here. */
export const START = HOURS.open - LEAD
/** 9:00:05. The auctions of all issues have taken three seconds; nearly every issue trades continuously now. */
export const SETTLED = HOURS.open + 5 * SECOND

export type Message = Extract<ExchangeEvent, { kind: 'message' }>

export interface OpeningOptions {
  /** What the whole market sends, about: the exchange deals by chance. */
  readonly ticksPerSecond: number
  /** Market seconds after {@link SETTLED}. */
  readonly seconds: number
}

/** The market from {@link START} on, as busy as it takes to send `ticksPerSecond` at the moment `at`. */
export function openMarket(ticksPerSecond: number, at: number): Exchange {
  return openExchange({
    seed: SEED,
    issues: ISSUES,
    rate: ticksPerSecond / intensityAt(HOURS, at),
    tradingDate: TRADING_DATE,
    from: START,
  })
}

/** All messages in the order of time, from the first board of every issue on. Their boards are live. */
export function* playOpening({ ticksPerSecond, seconds }: OpeningOptions): Iterable<Message> {
  const end = SETTLED + seconds * SECOND
  const exchange = openMarket(ticksPerSecond, (SETTLED + end) / 2)
  for (const event of exchange.advance(end)) if (event.kind === 'message') yield event
}

/** The ticks of the first so many lines in the seconds after {@link SETTLED}. */
export function settledTicks(options: OpeningOptions, lines: number): Tick[] {
  const ticks: Tick[] = []
  for (const message of playOpening(options)) {
    if (message.time >= SETTLED && message.line <= lines) ticks.push(tickOf(message))
  }
  return ticks
}

/** The tick that a message is, with a board of its own. */
export function tickOf({ line, sequence, time, board, trade }: Message): Tick {
  const tick = { tradingDate: TRADING_DATE, line, sequence, time, board: copyBoard(board) }
  return trade === undefined ? tick : { ...tick, trade }
}
