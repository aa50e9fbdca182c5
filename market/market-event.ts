/** What the line carries beside prices, and what itself says about its lines. */
import type { FeedPrice, TradingDate } from './units.ts'

/** What the issue master says of one listed issue (銘柄). */
export interface IssueMaster {
  readonly code: string
  /** Japanese name, as the exchange writes it. */
  readonly name: string
  /** プライム, スタンダード, グロース, ETF, REIT … */
  readonly section: string
  /** Trading unit (売買単位) in shares. */
  readonly unit: number
  /** Base price (基準値段) of the trading date, 10⁻⁴ yen. */
  readonly basePrice: FeedPrice
  readonly topix500: boolean
}

/** The parts of a trading date, in order. */
export const PHASES = [
  'closed',
  'warm-up',
  'order-acceptance',
  'morning',
  'lunch',
  'afternoon',
  'closing',
  'wind-down',
] as const
export type Phase = (typeof PHASES)[number]

/** `live`: all that was sent is here; `recovering`: a gap is being filled; `stale`: the line is silent or down. */
export type LineState = 'live' | 'recovering' | 'stale'

/**
 * An event that is not a tick. Times are ISO 8601 with the Tokyo offset. A task says the state of its line again every
 * few seconds, as it stands: who does not hear it any more knows nothing of the line.
 */
export type MarketEvent =
  | {
      readonly type: 'issues'
      readonly line: number
      /** YYYYMMDD. With all parts of a date come all issues of the line, and none of an older date is left. */
      readonly tradingDate: TradingDate
      /** From 0 on. */
      readonly part: number
      /** How many there are. */
      readonly parts: number
      readonly issues: readonly IssueMaster[]
    }
  | {
      readonly type: 'news'
      readonly time: string
      readonly headline: string
      readonly issues: readonly string[]
    }
  | { readonly type: 'phase'; readonly time: string; readonly phase: Phase }
  | {
      readonly type: 'line'
      readonly line: number
      readonly state: LineState
      readonly since: string
      /** Messages of the trading date that are lost for good, where there are any. */
      readonly lost?: number
    }

export type EventOf<Type extends MarketEvent['type']> = Extract<MarketEvent, { type: Type }>
