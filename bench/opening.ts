/** The input of all benchmarks: a synthetic market of the real size, from three seconds before its opening on. */
import { type Exchange, openExchange } from '../local/exchange/exchange.ts'
import type { ExchangeEvent } from '../local/exchange/exchange-event.ts'
import { dayHoursOf, intensityAt, SECOND } from '../local/exchange/hours.ts'
import { copyBoard } from '../market/board.ts'
import type { Tick } from '../market/tick.ts'
import { asTradingDate } from '../market/units.ts'

export const TRADING_DATE = asTradingDate(20261120)
/** Approximate number of issues listed on the Tokyo exchange, with ETFs and REITs. */
const ISSUES = 4_400
const SEED = 1
/** Time before the opening: two seconds for the first board of every issue, and one more for changes. */
const LEAD = 3 * SECOND
const HOURS = dayHoursOf(TRADING_DATE)
/** Start of the messages of {@link openMarket}, µs of the day. */
export const START = HOURS.open - LEAD
/** 9:00:05. The auctions of all issues took three seconds, so nearly every issue trades continuously. */
export const SETTLED = HOURS.open + 5 * SECOND

export type Message = Extract<ExchangeEvent, { kind: 'message' }>

export interface OpeningOptions {
  /** Approximate ticks a second of the whole market. The exchange is random. */
  readonly ticksPerSecond: number
  /** Market seconds after {@link SETTLED}. */
  readonly seconds: number
}

/** Opens the market at {@link START} with the load that gives `ticksPerSecond` at `at` (µs of the day). */
export function openMarket(ticksPerSecond: number, at: number): Exchange {
  return openExchange({
    seed: SEED,
    issues: ISSUES,
    rate: ticksPerSecond / intensityAt(HOURS, at),
    tradingDate: TRADING_DATE,
    from: START,
  })
}

/** Yields all messages in the order of time, from the first boards on. The board of a message changes with later ones. */
export function* playOpening({ ticksPerSecond, seconds }: OpeningOptions): Iterable<Message> {
  const end = SETTLED + seconds * SECOND
  const exchange = openMarket(ticksPerSecond, (SETTLED + end) / 2)
  for (const event of exchange.advance(end)) if (event.kind === 'message') yield event
}

/** Returns the ticks of the first `lines` lines in the seconds after {@link SETTLED}. */
export function settledTicks(options: OpeningOptions, lines: number): Tick[] {
  const ticks: Tick[] = []
  for (const message of playOpening(options)) {
    if (message.time >= SETTLED && message.line <= lines) ticks.push(tickOf(message))
  }
  return ticks
}

/** Returns the tick of a message, with a copy of the board. */
export function tickOf({ line, sequence, time, board, trade }: Message): Tick {
  const tick = { tradingDate: TRADING_DATE, line, sequence, time, board: copyBoard(board) }
  return trade === undefined ? tick : { ...tick, trade }
}
