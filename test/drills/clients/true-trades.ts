/** The trades that the exchange made: a second exchange with equal options repeats them. */
import { type ExchangeOptions, openExchange } from '../../../local/exchange/exchange.ts'
import type { DayMicros } from '../../../market/units.ts'
import type { TrueTrade, TrueTrades } from './trade-ledger.ts'

/** Returns a function that gives all trades up to a time. The time must not go back. */
export function openTrueTrades(options: ExchangeOptions): (until: DayMicros) => TrueTrades {
  const exchange = openExchange(options)
  const trades: Record<string, TrueTrade[]> = Object.fromEntries(
    exchange.issues.map(({ code }) => [code, []]),
  )
  return until => {
    for (const event of exchange.advance(until)) {
      if (event.kind !== 'message' || event.trade === undefined) continue
      trades[event.issue]!.push([event.sequence, event.time])
    }
    return trades
  }
}
