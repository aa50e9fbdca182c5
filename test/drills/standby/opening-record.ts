/** The messages of one line at the opening, generated once for all schedules of a process. */
import { openExchange } from '../../../local/exchange/exchange.ts'
import type { ExchangeEvent } from '../../../local/exchange/exchange-event.ts'
import { dayHoursOf, intensityAt, SECOND } from '../../../local/exchange/hours.ts'
import { copyBoard } from '../../../market/board.ts'
import type { Tick } from '../../../market/tick.ts'
import { asTradingDate, type DayMicros } from '../../../market/units.ts'

export const TRADING_DATE = asTradingDate(20261120)
export const LINE = 1
const SEED = 1
/** Approximate number of issues listed on the Tokyo exchange, with ETFs and REITs. */
const ISSUES = 4_400
/**
 * Ticks a second of the whole market after the opening auctions. The first line, whose issues are a little less busy, then has
 * 10,000: a third of the 30,000 of the opening (docs/performance.md).
 */
export const OPENING_TICKS_PER_SECOND = 33_000
const HOURS = dayHoursOf(TRADING_DATE)
/** The first messages: a second before the opening, µs of the day. */
export const START = HOURS.open - SECOND

export interface OpeningRecord {
  /** Returns the events of the line up to `until` (µs of the day) and perhaps later ones, in order. */
  upTo(until: DayMicros): readonly ExchangeEvent[]
}

/**
 * Opens a record, which generates events when they are needed first. They start at {@link START}.
 * @param ticksPerSecond of the whole market after the opening auctions.
 */
export function openRecord(ticksPerSecond: number): OpeningRecord {
  const exchange = openExchange({
    seed: SEED,
    issues: ISSUES,
    rate: ticksPerSecond / intensityAt(HOURS, HOURS.open + 5 * SECOND),
    tradingDate: TRADING_DATE,
    from: START,
  })
  const events: ExchangeEvent[] = []
  let reached: DayMicros = 0
  return {
    upTo(until) {
      if (until > reached) {
        for (const event of exchange.advance(until)) {
          if (event.line !== LINE) continue
          events.push(event.kind === 'message' ? { ...event, board: copyBoard(event.board) } : event)
        }
        reached = until
      }
      return events
    },
  }
}

/** Returns the tick of each message of a record up to `until` (µs of the day), by its counter from 1. */
export function truthOf(record: OpeningRecord, until: DayMicros): readonly Tick[] {
  const ticks: Tick[] = []
  for (const event of record.upTo(until)) {
    if (event.time > until) break
    if (event.kind !== 'message') continue
    const { line, sequence, time, board, trade } = event
    const tick = { tradingDate: TRADING_DATE, line, sequence, time, board }
    ticks[sequence] = trade === undefined ? tick : { ...tick, trade }
  }
  return ticks
}
