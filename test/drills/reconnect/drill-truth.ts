/** The truth of the drill: what the exchange made, computed by a second exchange with equal options. */
import type { ExchangeOptions } from '../../../local/exchange/exchange.ts'
import { type BarJson, barToJson, minuteBarsOf } from '../../../market/bars.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import type { Hours } from '../../../market/calendar/hours.ts'
import type { DayMicros, Micros } from '../../../market/units.ts'
import { trueTrades } from '../../market/trade-truth.ts'
import { tellTruth } from '../../system/system-truth.ts'
import { boardKey, hashOf, markOf, type TradeMark } from './app-record.ts'
import type { DrillTruth } from './record-check.ts'

const MINUTE: Micros = 60_000_000
/** Time in which a tick reaches every app whose network works (µs): its pace, and a busy machine. */
const ARRIVAL: Micros = 15_000_000
/** Time after which a minute bar must be final at every app (µs): storing takes about two minutes. */
const FINAL: Micros = 240_000_000

/**
 * @param hours the hours of the trading date.
 * @param until the present, µs of the day.
 */
export async function drillTruth(
  options: ExchangeOptions,
  hours: Hours,
  until: DayMicros,
  issues: readonly string[],
): Promise<DrillTruth> {
  const truth = tellTruth(options, until)
  const trades = new Map<string, TradeMark[]>()
  const bars = new Map<string, BarJson[]>()
  const boards = new Map<string, number>()
  for (const issue of issues) {
    const ticks = truth.ticksOf(issue)
    trades.set(issue, trueTrades(ticks).map(markOf))
    const minutes = await minuteBarsOf(hours, streamOf(ticks))
    const finished = minutes.filter(({ time }) => time + MINUTE + FINAL <= until)
    bars.set(
      issue,
      finished.map(bar => barToJson(options.tradingDate, bar)),
    )
    for (const tick of ticks) {
      for (const view of ['board', 'quote'] as const) {
        const board = boardInView(tick, view)
        boards.set(boardKey(board), hashOf(board))
      }
    }
  }
  return {
    trades: issue => trades.get(issue) ?? [],
    due: issue => truth.asOf(issue, until - ARRIVAL)?.sequence ?? 0,
    board: key => boards.get(key),
    bars: issue => bars.get(issue) ?? [],
  }
}

async function* streamOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}
