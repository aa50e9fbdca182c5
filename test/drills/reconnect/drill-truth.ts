/** The truth of the drill: what the exchange made, computed by a second exchange with equal options. */
import type { ExchangeOptions } from '../../../local/exchange/exchange.ts'
import { type BarJson, barToJson, minuteBarsOf } from '../../../market/bars.ts'
import type { TradeJson } from '../../../market/board-json.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import type { Hours } from '../../../market/calendar/hours.ts'
import type { DayMicros, Micros } from '../../../market/units.ts'
import { trueTrades } from '../../market/trade-truth.ts'
import { tellTruth } from '../../system/system-truth.ts'
import { boardKey, hashOf, markOf } from './app-record.ts'
import type { DrillTruth, TrueMark } from './record-check.ts'

const MINUTE: Micros = 60_000_000

/** Times of the day of a drill, µs. */
export interface DrillTimes {
  /** The apps were opened after it. Bars of minutes before may lack messages: the tasks started in them. */
  readonly opened: DayMicros
  /** Everything up to here must come. */
  readonly due: DayMicros
  /** The present. */
  readonly now: DayMicros
}

/** @param hours the hours of the trading date. */
export async function drillTruth(
  options: ExchangeOptions,
  hours: Hours,
  { opened, due, now }: DrillTimes,
  issues: readonly string[],
): Promise<DrillTruth> {
  const truth = tellTruth(options, now)
  const trades = new Map<string, TrueMark[]>()
  const bars = new Map<string, BarJson[]>()
  const boards = new Map<string, number>()
  for (const issue of issues) {
    const ticks = truth.ticksOf(issue)
    trades.set(
      issue,
      trueTrades(ticks).map(trade => [...markOf(trade), hashOf(withoutTurnover(trade))]),
    )
    const minutes = await minuteBarsOf(hours, streamOf(ticks))
    const finished = minutes.filter(({ time }) => time >= opened && time + MINUTE <= due)
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
    due: issue => truth.asOf(issue, due)?.sequence ?? 0,
    board: key => boards.get(key),
    bars: issue => bars.get(issue) ?? [],
  }
}

/** A new environment of broadcast may not know the board before a trade at several prices, so not its exact turnover. */
function withoutTurnover({ turnover: _, ...trade }: TradeJson): TradeJson {
  return trade
}

async function* streamOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}
