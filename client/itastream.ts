/**
 * The itastream client for browsers, React Native and Node: live boards over WebSocket.
 *
 * ```ts
 * const client = connect({ url: 'wss://…/live', token: () => accessToken() })
 * client.subscribe('7203', ({ board, trades }) => console.log(board.last?.price, trades.length))
 * client.on('line', ({ line, state }) => console.log(`line ${line} is ${state}`))
 * ```
 */
// This module is the entry of the package @itastream/client: it exports every type that its API names.
export type { BarInterval } from '../market/bar-times.ts'
export type { BarJson } from '../market/bars.ts'
export type {
  BestQuoteJson,
  BoardJson,
  BoardMembersJson,
  LevelJson,
  PricePointJson,
  QuoteSign,
  TradeJson,
} from '../market/board-json.ts'
export type { DayBarJson } from '../market/day-bar.ts'
export type { LineEvent, LineState, NewsEvent, Phase, PhaseEvent } from '../market/market-event.ts'
export type { IssuesEvent, RequestedView } from '../market/protocol.ts'
export { type ErrorCode, PROTOCOL_ERRORS, type ProtocolError } from '../market/protocol-errors.ts'
export type { Millis, Yen } from '../market/units.ts'
export type { BarEvent, BarOf, Bars, BarsListenerOptions, BarsOptions } from './bars/bar-event.ts'
export { HistoryRefused } from './bars/bars-request.ts'
export type { BoardEvent } from './board-events.ts'
export { IssuesRefused } from './board-stream.ts'
export type { ClientEvents, ConnectOptions, Itastream } from './client-api.ts'
export { connect } from './connect.ts'
export type { ConnectionState } from './connection-plan.ts'
export type { Backoff } from './reconnect-wait.ts'
export type { Refusal } from './requests.ts'
export type { StaleReason } from './staleness.ts'
export { DEFAULT_TIMING, type Timing } from './timing.ts'
export type { SubscribeOptions } from './wanted-views.ts'
