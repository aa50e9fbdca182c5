/** The state of the page. Views read it; live-side.ts, delayed-side.ts and actions.ts write it. */
import type { BoardJson, TradeJson } from '../../market/board-json.ts'
import type { EventOf, IssueJson, LineState, Phase } from '../../market/market-event.ts'
import type { MarketRowJson } from '../../market/market-row.ts'
import { momentToIso } from '../../market/moment.ts'
import { asEpochMicros, type EpochMicros, type EpochMillis, type Yen } from '../../market/units.ts'
import type { ConnectionState } from '../itastream.ts'
import type { ChartState, Interval } from './chart-bars.ts'
import { type ListName, type ListState, newList } from './list-rows.ts'
import type { SystemJson } from './system-state.ts'

/** A place in the list of trades where trades are missing: the feed lost messages, or the page missed updates. */
export interface MissingTrades extends Pick<TradeJson, 'time' | 'sequence'> {
  readonly missing: true
}

/** The place between stored and live trades, while the trades there are not stored yet. */
export interface PendingTrades extends Pick<TradeJson, 'time' | 'sequence'> {
  readonly pending: true
}

export type TradeRow = TradeJson | MissingTrades | PendingTrades

/** The part of an issue that a narrow screen shows. */
export type Part = 'live' | 'trades' | 'delayed'

export interface IssueState {
  readonly code: string
  info?: IssueJson
  /** The market has no issue with this code. */
  unknown: boolean
  live?: BoardJson
  delayed?: BoardJson | undefined
  /** The open chart. */
  chart?: ChartState
  /** The first live board of the subscription: later trades are live. */
  joined?: BoardJson
  /** Newest first. */
  trades: readonly TradeRow[]
  /** The most decimals of any price of this issue so far. */
  decimals: number
  part: Part
}

export interface SearchState {
  query: string
  results: readonly IssueJson[]
  /** Index of the result that Enter adds. */
  active: number
  open: boolean
  failed: boolean
}

/** What the page shows: cards of boards (板), the watchlist (銘柄リスト), or the whole market (全銘柄). */
export type Tab = 'boards' | ListName

export interface MarketState {
  /** Market time of the delayed rows. */
  asOf?: string
  date?: string
  failed: boolean
  /** Delayed rows by issue. */
  rows: ReadonlyMap<string, MarketRowJson>
}

/** The last prices of the trading date before a date. They stand in where base prices are not published. */
export interface Closes {
  readonly date: string
  readonly prices: ReadonlyMap<string, Yen>
}

export type Theme = 'auto' | 'light' | 'dark'

export interface PageState {
  /** Market time, epoch microseconds. */
  now: EpochMicros
  phase?: Phase
  /** When the market opens next: ISO 8601. Read while it is closed. */
  nextOpening?: string
  /** By line number. */
  readonly lines: Map<number, Pick<EventOf<'line'>, 'state' | 'since' | 'lost'>>
  /** Newest first. */
  news: readonly EventOf<'news'>[]
  /** The state of a local system. Absent elsewhere. */
  system?: SystemJson
  signInAvailable: boolean
  signedIn: boolean
  connection: ConnectionState
  /** The factor by which the server posts less often at present; 1 normally. */
  stretch: number
  /** Real time of the last message of the market over this connection. Absent without a connection. */
  heardAt?: EpochMillis
  /** Market time of the delayed boards. */
  delayedAsOf?: string
  delayedFailed: boolean
  /** In the order on the page. */
  readonly issues: Map<string, IssueState>
  readonly search: SearchState
  tab: Tab
  readonly lists: Readonly<Record<ListName, ListState>>
  /** The issues of the watchlist, in the order in which they were added. */
  watched: readonly string[]
  /** Live boards of the watchlist in view `quote`, by issue. */
  readonly quotes: Map<string, BoardJson>
  /** Base prices in yen that the connection has sent, by issue. */
  readonly basePrices: Map<string, number>
  readonly market: MarketState
  /** Absent if base prices are published, or no close is known. */
  closes?: Closes
  /** All listed issues, by code. Empty until a list needs them. */
  names: ReadonlyMap<string, IssueJson>
  /** The interval of the next chart that is opened. */
  interval: Interval
  theme: Theme
  /** Whether the page is shown in dark colours, which the theme or the system of the user decides. */
  colours: 'light' | 'dark'
  /** A message to the user, shown until the next action. */
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
    stretch: 1,
    delayedFailed: false,
    issues: new Map(),
    tab: 'boards',
    lists: { watch: newList('code', false), market: newList('turnover', true) },
    watched: [],
    quotes: new Map(),
    basePrices: new Map(),
    market: { failed: false, rows: new Map() },
    names: new Map(),
    search: { query: '', results: [], active: 0, open: false, failed: false },
    interval: '1m',
    theme: 'auto',
    colours: 'light',
  }
}

/** Returns whether the page has live prices, or will have them again: the server may end a connection for good. */
export function hasLive({ signedIn, connection }: Pick<PageState, 'signedIn' | 'connection'>): boolean {
  return signedIn && connection !== 'closed'
}

/** Returns whether the rows of a list are live. */
export function isLive(state: PageState, name: ListName): boolean {
  return name === 'watch' && hasLive(state)
}

export function newIssue(code: string): IssueState {
  return { code, unknown: false, trades: [], decimals: 0, part: 'live' }
}

/** Stores the state of a line from an event or an answer, unless the known state is later. */
export function takeLine({ lines }: PageState, event: EventOf<'line'>): void {
  // ISO 8601 times with the same offset are in order as text.
  if (event.since >= (lines.get(event.line)?.since ?? '')) lines.set(event.line, event)
}

/** Returns when a closed market opens next; undefined while it is open, or if the page does not know. */
export function nextOpeningOf({ phase, nextOpening, now }: PageState): string | undefined {
  const isClosed = phase === 'closed' || phase === 'wind-down'
  // ISO 8601 times with the same offset are in order as text.
  return isClosed && nextOpening !== undefined && nextOpening > momentToIso(now) ? nextOpening : undefined
}

/** Returns the state of a line: `stale` until the page knows better. */
export function lineState(state: PageState, line: number): LineState {
  return state.lines.get(line)?.state ?? 'stale'
}
