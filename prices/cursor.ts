/**
 * The cursors of pages. Of ticks: issue, trading date, and time and sequence of the last tick of the page. Of bars: issue,
 * interval, and the moment from which the next page starts.
 */

import type { TickPlace } from '../market/tick.ts'
import { asEpochMicros, type EpochMicros, type TradingDate } from '../market/units.ts'
import { Problem, quoted } from '../rest/problem.ts'

export function writeCursor(issue: string, date: TradingDate, { time, sequence }: TickPlace): string {
  return `${issue}-${date}-${time}-${sequence}`
}

/** @throws Problem if the text is no cursor, or is a cursor of another issue or trading date. */
export function readCursor(text: string, issue: string, date: TradingDate): TickPlace {
  const match = /^([0-9A-Z]{4,5})-(\d{8})-(\d{1,11})-(\d{1,9})$/.exec(text)
  if (match === null) {
    throw new Problem('bad-parameter', `after: expected the "next" of an answer, got ${quoted(text)}`)
  }
  if (match[1] !== issue || Number(match[2]) !== date) {
    throw new Problem(
      'bad-parameter',
      `after: expected the "next" of an answer for ${issue} on ${date}, the trading date of the range, got ${quoted(text)}`,
    )
  }
  return { time: Number(match[3]), sequence: Number(match[4]) }
}

export function writeBarsCursor(issue: string, interval: string, from: EpochMicros): string {
  return `${issue}-${interval}-${from}`
}

/** @throws Problem if the text is no cursor, or is a cursor of another issue or interval. */
export function readBarsCursor(text: string, issue: string, interval: string): EpochMicros {
  const match = /^([0-9A-Z]{4,5})-(\w{2,3})-(\d{16})$/.exec(text)
  if (match === null || match[1] !== issue || match[2] !== interval) {
    throw new Problem(
      'bad-parameter',
      `after: expected the "next" of an answer with bars of ${interval} for ${issue}, got ${quoted(text)}`,
    )
  }
  return asEpochMicros(Number(match[3]))
}
