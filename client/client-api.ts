/** What an app sees of the client: its options, its events, its methods. */
import type { BoardJson } from '../market/board-json.ts'
import type { LineEvent, NewsEvent, PhaseEvent } from '../market/market-event.ts'
import type { IssuesEvent } from '../market/protocol.ts'
import type { ErrorCode } from '../market/protocol-errors.ts'
import type { Millis, Yen } from '../market/units.ts'
import type { Bars } from './bars/bar-event.ts'
import type { BoardEvent } from './board-events.ts'
import type { ConnectionState } from './connection-plan.ts'
import type { StaleReason } from './staleness.ts'
import type { Timing } from './timing.ts'
import type { SubscribeOptions } from './wanted-views.ts'

/** The options of {@link connect}. */
export interface ConnectOptions {
  /** The WebSocket address, `wss://…/live`. */
  readonly url: string
  /**
   * Returns an access token. The client calls it for each connection, and again one to three minutes before the token of the
   * connection ends. So it should return a token with a new life.
   */
  readonly token: () => Promise<string>
  /**
   * The address of the REST API with a token, `https://…/v1/realtime`. The client reads the trades from it that it missed in an
   * outage of more than some five minutes, or in one that ended on a later date. Without it such trades are reported as `lost`.
   * {@link Itastream.bars} needs it.
   */
  readonly history?: string
  /**
   * The shortest time between two messages with updates, ms. Default: 500. The server grants at least what the user may
   * have, and at most 5,000: see the event `pace`.
   */
  readonly pace?: Millis
  /** Whether the server may compress updates. Default: true, where the runtime can decompress. */
  readonly compression?: boolean
  /** Durations, for tests and special networks. Default: `DEFAULT_TIMING`. */
  readonly timing?: Timing
}

/** The events of a client by name: see {@link Itastream.on}. */
export interface ClientEvents {
  /** The client has a new state, for this reason. */
  state: { readonly state: ConnectionState; readonly reason: string }
  /** A board of any subscribed issue. */
  board: BoardEvent
  /** News of the exchange, if the server may publish them. Each comes once. */
  news: NewsEvent
  /** A phase of the day has begun, or the client has connected. */
  phase: PhaseEvent
  /** The state of a line. It tells a quiet market from a dead feed. */
  line: LineEvent
  /** The list of a line's issues has changed. GET /v1/issues returns it. */
  issues: IssuesEvent
  /** The server has granted another pace, ms. */
  pace: { readonly pace: Millis }
  /** All paces are longer by this factor at present, because the server is at its limit; 1 if they are not. */
  stretch: { readonly factor: number }
  /**
   * `staleSince` of the client has changed, for this reason: there is no connection, the connection is silent, or the line of a
   * subscribed board is stale. Without `since` the boards can be trusted again.
   */
  stale: { readonly since?: Date; readonly reason?: StaleReason }
  /**
   * The server refused a request or ended a connection, or sent a message that the client cannot read (code `unreadable`). With the
   * code `history`, the REST API or the server refused bars that have a listener, and they have ended. With the code `token`,
   * the option `token` threw or rejected, and the client calls it again later.
   */
  error: { readonly code: ErrorCode | 'unreadable' | 'history' | 'token'; readonly message: string }
}

/** A client: what {@link connect} returns. */
export interface Itastream {
  /**
   * `connecting` during the first attempt to connect, `connected`, `reconnecting` after a connection was lost or an attempt has
   * failed, `closed` after {@link Itastream.close} or after an operator has ended the access of the user. The event `state`
   * reports each change.
   *
   * The client replaces a connection before its two hours end, and keeps the old one until the new one has all boards. It stays
   * `connected` meanwhile.
   */
  readonly state: ConnectionState
  /**
   * Since when the boards cannot be trusted, by the clock of this machine. `undefined` while they can be trusted. The event
   * `stale` reports each change. The earliest of these counts:
   *
   * - The client has no connection that has answered its subscriptions: since the last update or heartbeat.
   * - The connection is silent, longer than its pace and 20 seconds: since the last update or heartbeat.
   * - The line of a subscribed board is stale: since the last report of the line.
   *
   * In the phase `closed` a silent connection and a stale line are normal.
   */
  readonly staleSince: Date | undefined
  /** Adds a listener of an event. Returns a function that removes it. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void
  /**
   * Calls `listener` with every board of an issue. If the client has the board already, it calls `listener` at once.
   * @returns a function that ends this subscription. The last one of an issue unsubscribes from the server.
   * @throws RangeError if the connection would hold more than 200 issues in the view `board`
   * (`MAX_BOARDS_PER_CONNECTION`), or 1,000 in the view `quote` (`MAX_QUOTES_PER_CONNECTION`), and for a text that is no issue
   * code: 7203, 130A or 25935, in upper case.
   */
  subscribe(issue: string, listener: (event: BoardEvent) => void, options?: SubscribeOptions): () => void
  /**
   * Returns the boards of issues as an async iterable, for `for await`. Each loop subscribes at its start, and unsubscribes at
   * its end, also by `break`. {@link Itastream.close} ends it after the boards that wait. While the loop is busy, the events of
   * an issue become one event with the latest board and all trades.
   *
   * A loop throws `IssuesRefused` if the server refuses any of the issues, and the RangeError of {@link Itastream.subscribe}.
   */
  boards(issues: readonly string[], options?: SubscribeOptions): AsyncIterable<BoardEvent>
  /**
   * Returns the bars of an issue: the history from the REST API, then live bars from the same trades. The bars of the history
   * come oldest first. Later an open bar may come before the final bar of the minute before: key bars by their time.
   * The open bar comes again with each trade, and each bar comes once with `final`: it then equals the stored bar. A bar is
   * final when the issue had a later tick, or when the history is complete up to its end, which takes one to three minutes.
   *
   * With a listener it returns a function that ends the bars. Without a listener it returns an async iterable, for
   * `for await`, which throws the refusals that the event `error` reports for a listener. The prices of `1d` are the
   * exchange's own; they include every price at which a message executed.
   * @throws RangeError without the option `history`, and as {@link Itastream.subscribe}.
   * @example
   * ```ts
   * for await (const { bar, final } of client.bars('7203', '1m')) console.log(bar.time, bar.close, final)
   * ```
   */
  readonly bars: Bars
  /** Requests another pace, ms. The event `pace` has the pace that the server grants. */
  setPace(pace: Millis): void
  /** Returns the latest board of a subscribed issue. */
  board(issue: string): BoardJson | undefined
  /**
   * Returns the base price (基準値段) of a subscribed issue in yen: the change from the day before (前日比) is the last price minus
   * it. The server sends it with each new subscription; `undefined` before, if the server does not know it, and
   * if it may not publish base prices. After the event `issues` it is `undefined` for one to two minutes, until the client has the
   * price of the new list. A price that comes after the board brings an event with the same board, without trades.
   */
  basePrice(issue: string): Yen | undefined
  /** Checks the connection now. Call it after sleep or a change of network. */
  check(): void
  /** Closes the connection. The client does not open it again. */
  close(): void
}
