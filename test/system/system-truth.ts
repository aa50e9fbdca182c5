/** The truth: what the exchange sent, computed by a second exchange with equal options. */
import { type ExchangeOptions, openExchange } from '../../local/exchange/exchange.ts'
import { copyBoard } from '../../market/board.ts'
import type { Tick } from '../../market/tick.ts'

export interface Truth {
  /** End of the computed time, µs of the day. */
  readonly until: number
  /** Every tick of an issue, in order. */
  ticksOf(issue: string): readonly Tick[]
  /** The tick of an issue at a sequence. */
  at(issue: string, sequence: number): Tick | undefined
  /** The last tick of an issue at or before a time (µs of the day). */
  asOf(issue: string, time: number): Tick | undefined
}

export function tellTruth(options: ExchangeOptions, until: number): Truth {
  const ticks = new Map<string, Tick[]>()
  const bySequence = new Map<string, Tick>()
  for (const event of openExchange(options).advance(until)) {
    if (event.kind !== 'message') continue
    const tick: Tick = {
      tradingDate: options.tradingDate,
      line: event.line,
      sequence: event.sequence,
      time: event.time,
      board: copyBoard(event.board),
      ...(event.trade === undefined ? {} : { trade: event.trade }),
    }
    const list = ticks.get(event.issue)
    if (list === undefined) ticks.set(event.issue, [tick])
    else list.push(tick)
    bySequence.set(`${event.issue} ${event.sequence}`, tick)
  }
  return {
    until,
    ticksOf: issue => ticks.get(issue) ?? [],
    at: (issue, sequence) => bySequence.get(`${issue} ${sequence}`),
    asOf: (issue, time) => ticks.get(issue)?.findLast(tick => tick.time <= time),
  }
}
