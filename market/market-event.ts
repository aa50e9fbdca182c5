/** Market events: everything that the system distributes in addition to ticks. */
import type { Sector } from './sector.ts'
import type { FeedPrice, TradingDate, Yen } from './units.ts'

/** A listed issue (銘柄) in the issue master. */
export interface IssueMaster {
  readonly code: string
  /** Japanese name, as the exchange writes it. */
  readonly name: string
  /** The name in kana. Absent if the line does not have it. */
  readonly nameKana?: string
  /** The English name. Absent if the line does not have it. */
  readonly nameEn?: string
  /** プライム, スタンダード, グロース, ETF, REIT … */
  readonly section: string
  /** Trading unit (売買単位) in shares. */
  readonly unit: number
  /** Base price (基準値段) of the trading date. */
  readonly basePrice: FeedPrice
  readonly topix500: boolean
}

/** A column of the exchange's table of tick sizes (呼値の単位): market/tick-size.ts. */
export type TickTable = 'topix500' | 'other'

/** The tick size of an issue, by the exchange's rule for its section and base price. */
export interface IssueTick {
  readonly table: TickTable
  /** The tick size at the base price. Absent without a base price. */
  readonly size?: Yen
  readonly computed: true
}

/** ストップ高 and ストップ安 by the exchange's rule (制限値幅). The exchange may have widened them for the issue. */
export interface IssueLimits {
  readonly upper: Yen
  readonly lower: Yen
  readonly computed: true
}

/** A listed issue as `/v1/issues` returns it. */
export type IssueJson = Omit<IssueMaster, 'basePrice'> & {
  /** Trading date of the list: YYYY-MM-DD. The base price, and everything computed from it, are of this date. */
  readonly date: string
  /** Absent if the server does not publish base prices to this reader. */
  readonly basePrice?: Yen
  readonly limits?: IssueLimits
  /** 33業種. Absent for issues without a sector, and for all issues if the operator has not supplied the sectors. */
  readonly sector?: Sector
  /** Absent for funds whose table is not known from the issue master. */
  readonly tick?: IssueTick
}

/** The phases of a trading date, in order. */
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
/**
 * A part of the trading day: `order-acceptance` before the open, `morning` (前場), `lunch`, `afternoon` (後場), `closing`.
 * Without the others the market is not open.
 */
export type Phase = (typeof PHASES)[number]

/**
 * `live`: every message sent has arrived. `recovering`: a gap is being filled. `stale`: the line is silent or not
 * connected.
 */
export type LineState = 'live' | 'recovering' | 'stale'

/** News of the exchange. */
export interface NewsEvent {
  readonly type: 'news'
  /** Market time, ISO 8601. */
  readonly time: string
  /** Japanese text, at most 500 characters. */
  readonly headline: string
  /** The issues that the news names. */
  readonly issues: readonly string[]
}

/** A phase of the day has begun. */
export interface PhaseEvent {
  readonly type: 'phase'
  /** When the phase began, ISO 8601. */
  readonly time: string
  /** The phase that has begun. */
  readonly phase: Phase
}

/** A line has a new state, or has lost more messages. */
export interface LineEvent {
  readonly type: 'line'
  /** Number of the line, as in {@link BoardJson.line}. */
  readonly line: number
  /** A quiet market is `live`, a dead feed is `stale`. */
  readonly state: LineState
  /** Since when the line has the state, ISO 8601. */
  readonly since: string
  /** Messages of the trading date that were lost for good. Absent if none were lost. */
  readonly lost?: number
}

/**
 * A market event. Times are ISO 8601 with the Tokyo offset. A task repeats the state of its line every few seconds. A
 * consumer that no longer receives the state must treat the line as stale.
 */
export type MarketEvent =
  | {
      readonly type: 'issues'
      readonly line: number
      /** All parts of a date together are the line's whole list of issues. The list replaces the list of any older date. */
      readonly tradingDate: TradingDate
      /** From 0. */
      readonly part: number
      /** Number of parts. */
      readonly parts: number
      /** A hash of the whole list, the same in all its parts. Absent from tasks before lists had a version. */
      readonly version?: string
      readonly issues: readonly IssueMaster[]
    }
  | NewsEvent
  | PhaseEvent
  | LineEvent

/**
 * Every tick of the lane with a time up to `until` (ISO 8601 with the Tokyo offset) is in an earlier envelope of the lane,
 * or its message is lost for good. A task publishes it in each lane every few seconds while its line is read without a
 * gap. It is for consumers that must know how far a quiet lane goes; apps never get it.
 */
export interface CompleteEvent {
  readonly type: 'complete'
  readonly until: string
}

/** An event in an envelope. */
export type StreamEvent = MarketEvent | CompleteEvent

const MARKET_EVENTS: Readonly<Record<MarketEvent['type'], true>> = {
  issues: true,
  news: true,
  phase: true,
  line: true,
}

/** Returns whether apps get an event. A newer release may send events of types that this release does not know. */
export function isMarketEvent(event: StreamEvent): event is MarketEvent {
  return Object.hasOwn(MARKET_EVENTS, event.type)
}

export type EventOf<Type extends MarketEvent['type']> = Extract<MarketEvent, { type: Type }>
