/**
 * What travels over the WebSocket between an app and itastream: JSON text, one object a frame.
 *
 * The sub-protocols an app offers at connect are {@link SUBPROTOCOL} and `bearer.<access token>`; the server
 * chooses the first. A token is never part of a URL.
 */
import type { BoardChangesJson, BoardJson, TradeJson } from './board-json.ts'
import type { EventOf } from './market-event.ts'
import type { Yen } from './units.ts'

export const SUBPROTOCOL = 'itastream.v1'
export const BEARER_PREFIX = 'bearer.'

/** Issues one connection may hold. Keeps a round's post to a connection below {@link POST_BYTES}. */
export const MAX_ISSUES_PER_CONNECTION = 200
/** One post is metered, and framed, by 32 KB (API Gateway quotas); a message may have 128 KB. */
export const POST_BYTES = 32 * 1024

/** App → server. `id` comes back in the answer. */
export type ClientMessage =
  | { readonly action: 'subscribe'; readonly issues: readonly string[]; readonly id?: string | number }
  | { readonly action: 'unsubscribe'; readonly issues: readonly string[]; readonly id?: string | number }
  /** Whole boards of issues already held: after a break in the sequence. */
  | { readonly action: 'snapshot'; readonly issues: readonly string[]; readonly id?: string | number }
  | { readonly action: 'ping'; readonly id?: string | number }

/** What was traded in the round of an update. */
export interface RoundTrades {
  /** Every trade of the round, oldest first: one a market message, at its last price. Conflation loses none. */
  readonly trades?: readonly TradeJson[]
  /** Highest and lowest trade price in yen of the round. */
  readonly high?: Yen
  readonly low?: Yen
  /** Trades may be missing: the line lost messages of the issue in the round, for good. The board is right again. */
  readonly lost?: true
}

/** The whole board of an issue: replaces what the app has if its sequence is higher, or its date later. */
export interface BoardUpdate extends RoundTrades {
  readonly board: BoardJson
}

/**
 * A difference. An app that has sequence s applies it if follows ≤ s < sequence, ignores it if s ≥ sequence,
 * and asks for a snapshot if s < follows.
 */
export interface ChangeUpdate extends RoundTrades {
  readonly issue: string
  readonly follows: number
  readonly sequence: number
  readonly time: string
  readonly changes: BoardChangesJson
}

export type Update = BoardUpdate | ChangeUpdate

/** What is true until another one replaces it. */
export type StatusEvent = EventOf<'phase'> | EventOf<'line'>

/** The list of a line's issues is new: GET /v1/issues has it. */
export interface IssuesEvent {
  readonly type: 'issues'
  readonly line: number
  /** Trading date of the list, YYYY-MM-DD. */
  readonly date: string
  /** Issues of the line. */
  readonly count: number
}

/** What an app is told beside boards. */
export type AppEvent = StatusEvent | EventOf<'news'> | IssuesEvent

/** Server → app. */
export type ServerMessage =
  | { readonly type: 'updates'; readonly updates: readonly Update[] }
  /** News, phase changes, the state of the lines and changes of the list of issues. */
  | { readonly type: 'event'; readonly event: AppEvent }
  | {
      readonly type: 'subscribed'
      readonly issues: readonly string[]
      readonly id?: string | number
      /** Line and phase as they are now. */
      readonly status: readonly StatusEvent[]
      /** Whole boards; an issue without one has had no tick yet. */
      readonly boards: readonly BoardJson[]
    }
  | { readonly type: 'snapshot'; readonly boards: readonly BoardJson[]; readonly id?: string | number }
  | { readonly type: 'unsubscribed'; readonly issues: readonly string[]; readonly id?: string | number }
  | { readonly type: 'pong'; readonly time: string; readonly id?: string | number }
  | { readonly type: 'error'; readonly code: string; readonly message: string; readonly id?: string | number }
