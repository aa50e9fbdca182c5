/** Everything the page shows. The views read it; `live.ts`, `delayed.ts` and `actions.ts` write it. */
import type { BoardJson, TradeJson } from '../../market/board-json.ts'
import { LINES } from '../../market/lane.ts'
import type { EventOf, LineState, Phase } from '../../market/market-event.ts'
import { asEpochMicros, type EpochMicros } from '../../market/units.ts'
import type { ConnectionState } from '../itastream.ts'
import type { IssueInfo } from './rest-client.ts'

/** A place in the list of trades where some are missing: the feed has lost messages for good. */
export interface MissingTrades extends Pick<TradeJson, 'time' | 'sequence'> {
  readonly missing: true
}

/** Which part of an issue a narrow screen shows. */
export type Part = 'live' | 'trades' | 'delayed'

export interface IssueState {
  readonly code: string
  info?: IssueInfo
  /** No issue of the market has this code. */
  unknown: boolean
  live?: BoardJson
  delayed?: BoardJson | undefined
  /** Newest first. */
  trades: readonly (TradeJson | MissingTrades)[]
  /** Decimals that this issue's prices have needed so far. */
  decimals: number
  part: Part
}

export interface SearchState {
  query: string
  results: readonly IssueInfo[]
  /** Index of the result that Enter takes. */
  active: number
  open: boolean
  failed: boolean
}

export type Theme = 'auto' | 'light' | 'dark'

export interface PageState {
  /** Market time, epoch microseconds. */
  now: EpochMicros
  phase?: Phase
  /** By line number. */
  readonly lines: Map<number, Pick<EventOf<'line'>, 'state' | 'since' | 'lost'>>
  /** Newest first. */
  news: readonly EventOf<'news'>[]
  signInAvailable: boolean
  signedIn: boolean
  connection: ConnectionState
  /** The delayed boards stand as of this market time. */
  delayedAsOf?: string
  delayedFailed: boolean
  /** In the order they are shown. */
  readonly issues: Map<string, IssueState>
  readonly search: SearchState
  theme: Theme
  /** Something the user should know, until the next action. */
  notice?: string
}

export function initialState(): PageState {
  return {
    now: asEpochMicros(0),
    lines: new Map(),
    news: [],
    signInAvailable: false,
    signedIn: false,
    connection: 'closed',
    delayedFailed: false,
    issues: new Map(),
    search: { query: '', results: [], active: 0, open: false, failed: false },
    theme: 'auto',
  }
}

export function newIssue(code: string): IssueState {
  return { code, unknown: false, trades: [], decimals: 0, part: 'live' }
}

/** Takes what an event or an answer says of a line; one that is older than what is known has been overtaken. */
export function takeLine({ lines }: PageState, event: EventOf<'line'>): void {
  // Times of one offset order as text.
  if (event.since >= (lines.get(event.line)?.since ?? '')) lines.set(event.line, event)
}

/** `stale` until the line has said otherwise: silence is not yet a sign of life. */
export function lineState(state: PageState, line: number): LineState {
  return state.lines.get(line)?.state ?? 'stale'
}

export const LINE_NUMBERS: readonly number[] = Array.from({ length: LINES }, (_, index) => index + 1)
