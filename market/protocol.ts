/**
 * The messages between an app and itastream over the WebSocket: JSON text, one object per message.
 *
 * At connect an app offers the sub-protocols {@link SUBPROTOCOL} and `bearer.<access token>`; the server chooses the
 * first. A token is never part of a URL.
 */
import type { BoardJson } from './board-json.ts'
import type { EventOf } from './market-event.ts'
import type { ErrorCode } from './protocol-errors.ts'
import type { QuoteRow } from './quote-row.ts'
import type { EpochMicros, Millis, Yen } from './units.ts'
import type { ChangeUpdate, TradeRow, UpdateTrades } from './update-json.ts'

export const SUBPROTOCOL = 'itastream.v1'
export const BEARER_PREFIX = 'bearer.'

/** Issues of view `board` that a connection may hold. Keeps a post to a connection near {@link POST_BYTES}. */
export const MAX_BOARDS_PER_CONNECTION = 200
/** Issues of view `quote`, with or without trades, that a connection may hold: the update of a quote is short. */
export const MAX_QUOTES_PER_CONNECTION = 1_000

/** The shortest pace (ms) that a connection can have: the time between two posts to it. A round takes about as long. */
export const FASTEST_PACE_MS = 100
/** The longest pace (ms): an app that waits longer cannot tell a quiet market from a dead feed in ten seconds. */
export const SLOWEST_PACE_MS = 5_000
/** The pace (ms) of a connection that requests none. */
export const DEFAULT_PACE_MS = 500
/** API Gateway meters and frames a post by 32 KB (API Gateway quotas). A message may have 128 KB. */
export const POST_BYTES = 32 * 1024
/** An app gets the event `time` after this time (ms) at the latest, with the next post that its pace allows. */
export const HEARTBEAT_MS = 15_000
/** The most bytes of an error, whatever the app has sent. An error must not cost more than an answer. */
export const ERROR_BYTES = 2_048
/** The most characters of the id of a message. */
export const MAX_ID_LENGTH = 100
/** The most characters of an access token in a message: those of a connect have about as many (10,240 bytes of headers, API Gateway quotas). */
export const MAX_TOKEN_LENGTH = 10_000

/**
 * How messages of type `updates` reach an app, as its connection requests: JSON, or the JSON deflated with a dictionary
 * (RFC 1951, deflate-dictionary.ts) as printable characters (char-pairs.ts) if that is shorter. JSON starts with `{"`, and
 * the printable characters have no quote. Other messages are JSON. Another dictionary needs another name.
 */
export const ENCODINGS = ['json', 'deflate-1'] as const
export type Encoding = (typeof ENCODINGS)[number]

/** The app chooses it. The server puts it into the answer. */
export type MessageId = string | number

/**
 * Actions on issues. `snapshot` requests the whole boards of subscribed issues, for example after a gap in their
 * sequence.
 */
export type IssueAction = 'subscribe' | 'unsubscribe' | 'snapshot'

/** How much of a board an app wants. The view `quote` has trades on request. */
export type RequestedView = 'board' | 'quote'

/** What an app has of issues from an earlier connection. The server sends the trades after it: {@link MissedTrades}. */
export interface Since {
  /** Trading date of the sequences, YYYY-MM-DD. */
  readonly date: string
  /** By issue of the message: the sequence up to which the app has every trade. An absent issue asks for nothing. */
  readonly sequences: Readonly<Record<string, number>>
}

/** App → server. */
export type ClientMessage =
  | {
      readonly action: 'subscribe'
      readonly issues: readonly string[]
      /** Default: `board`. An issue that has another view changes to this one. */
      readonly view?: RequestedView
      /** Whether updates have the trades. Only with the view `quote`; default: false. */
      readonly trades?: boolean
      /** Only for subscriptions with trades. */
      readonly since?: Since
      readonly id?: MessageId
    }
  | {
      readonly action: 'snapshot'
      readonly issues: readonly string[]
      /** Issues that are subscribed without trades ask for nothing. */
      readonly since?: Since
      readonly id?: MessageId
    }
  | { readonly action: 'unsubscribe'; readonly issues: readonly string[]; readonly id?: MessageId }
  /** Requests a pace, ms. The answer has the pace granted. */
  | { readonly action: 'pace'; readonly pace: Millis; readonly id?: MessageId }
  | { readonly action: 'ping'; readonly id?: MessageId }
  /** Renews the access token of the connection. The token must be of the same user. */
  | { readonly action: 'token'; readonly token: string; readonly id?: MessageId }

/**
 * The whole board of an issue in the view of its subscription. It replaces the app's board if its sequence is higher or
 * its date is later.
 */
export interface BoardUpdate extends UpdateTrades {
  readonly board: BoardJson
  /** High and low have the trades of the last shares, so many. If the volume has grown by more, trades may be missing in them. */
  readonly traded?: number
}

export type Update = BoardUpdate | ChangeUpdate

/** A state that holds until the next event of the same type (and line). */
export type StatusEvent = EventOf<'phase'> | EventOf<'line'>

/** A line has a new list of issues. `GET /v1/issues` returns it. */
export interface IssuesEvent {
  readonly type: 'issues'
  /** The line of the issues. */
  readonly line: number
  /** Trading date of the list, YYYY-MM-DD. */
  readonly date: string
  /** Issues of the line. */
  readonly count: number
}

/** The server works. An app gets it at least every {@link HEARTBEAT_MS}, in addition to its pace. */
export interface TimeEvent {
  readonly type: 'time'
  /** Market time of the server, ISO 8601 with the Tokyo offset. */
  readonly time: string
}

/** The server asks for a new connection: at a random moment within this time (ms). The old connection then may be closed. */
export interface ReconnectEvent {
  readonly type: 'reconnect'
  readonly within: Millis
}

/** Events that the server sends to every app. */
export type AppEvent = StatusEvent | EventOf<'news'> | IssuesEvent | TimeEvent | ReconnectEvent

/**
 * Trades of an issue that an app has missed, for its {@link Since}. The entry has every trade with a sequence above `follows`,
 * up to `sequence`. Further entries of the issue continue it. The last one ends at the whole board of the issue, or after it.
 */
export interface MissedTrades {
  readonly issue: string
  /** Trading date of the sequences, YYYY-MM-DD. Later than that of the `since` if the server has a later board. */
  readonly date: string
  /** Higher than the sequence of the `since` if the server does not know all trades after it. */
  readonly follows: number
  readonly sequence: number
  /** The times of the trades count from it. */
  readonly time: EpochMicros
  /** Oldest first. */
  readonly trades: readonly TradeRow[]
  /** Set if the line lost messages of the issue for good: trades between `follows` and `sequence` may be missing. */
  readonly lost?: true
}

/** What an error consists of (protocol-errors.ts). */
export interface ErrorParts {
  readonly code: ErrorCode
  /** The number of the code. */
  readonly number: number
  /** What was expected and what came. */
  readonly message: string
}

/** Server → app. */
export type ServerMessage =
  | {
      readonly type: 'updates'
      /** A difference of the view `quote` is a row. */
      readonly updates: readonly (Update | QuoteRow)[]
      /** Absent without events. An app applies them before the updates. */
      readonly events?: readonly AppEvent[]
      /** Absent without missed trades. An app applies them before the updates. */
      readonly missed?: readonly MissedTrades[]
      /** The factor by which the paces of all apps are longer at present. Absent if they are not. */
      readonly stretch?: number
    }
  | {
      readonly type: 'subscribed'
      readonly issues: readonly string[]
      readonly id?: MessageId
      /** The view of these issues. */
      readonly view: RequestedView
      readonly trades: boolean
      /** The pace of the connection, ms. */
      readonly pace: Millis
      /**
       * Base prices (基準値段) of the listed ones of these issues. 前日比 is the last price minus it. Absent if none is known, or if the
       * system may not publish them.
       */
      readonly basePrices?: Readonly<Record<string, Yen>>
      /** The end of the connection's access token by the real clock, ISO 8601. Absent if it is not known. */
      readonly tokenExpires?: string
      /** The current phase and the current state of each line. */
      readonly status: readonly StatusEvent[]
      /** Whole boards. An issue without a tick has no board. */
      readonly boards: readonly BoardJson[]
    }
  | { readonly type: 'snapshot'; readonly boards: readonly BoardJson[]; readonly id?: MessageId }
  /** The pace granted, ms: the nearest to the requested pace that the user may have. */
  | { readonly type: 'pace'; readonly pace: Millis; readonly id?: MessageId }
  | { readonly type: 'unsubscribed'; readonly issues: readonly string[]; readonly id?: MessageId }
  | { readonly type: 'pong'; readonly time: string; readonly id?: MessageId }
  /** The end of the connection's access token by the real clock, ISO 8601. */
  | { readonly type: 'token'; readonly expires: string; readonly id?: MessageId }
  | ({ readonly type: 'error'; readonly id?: MessageId } & ErrorParts)
  /** The last message of a connection: the server closes it for this reason. */
  | ({ readonly type: 'end' } & ErrorParts)
