/** The trades that apps must get, from the true ticks. */
import type { TradeJson } from '../../market/board-json.ts'
import { tradeToJson } from '../../market/board-to-json.ts'
import type { Tick } from '../../market/tick.ts'
import { exactTurnover } from '../../market/trade.ts'

/** Returns a tick's trade. @param before the previous tick of the issue. */
export function trueTrade(tick: Tick, before: Tick | undefined): TradeJson | undefined {
  return tick.trade && tradeToJson(tick, tick.trade, exactTurnover(tick, before))
}

/** Returns the trades of all ticks, which may be of several issues, in order. */
export function trueTrades(ticks: readonly Tick[]): TradeJson[] {
  const last = new Map<string, Tick>()
  return ticks.flatMap(tick => {
    const { issue } = tick.board
    const trade = trueTrade(tick, last.get(issue))
    last.set(issue, tick)
    return trade ?? []
  })
}
