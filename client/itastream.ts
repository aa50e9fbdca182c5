/**
 * The itastream client for browsers, React Native and Node: live boards over WebSocket.
 *
 * ```ts
 * const client = connect({ url: 'wss://…/live', token: () => accessToken() })
 * client.subscribe('7203', ({ board, trades }) => console.log(board.last?.price, trades.length))
 * client.on('line', ({ line, state }) => console.log(`line ${line} is ${state}`))
 * ```
 */
import type { Yen } from '../market/units.ts'
import { withParameters } from './address.ts'
import type { BarEvent, BarOf, Bars, BarsOptions } from './bars/bar-event.ts'
import { createBars } from './bars/bars.ts'
import { HistoryRefused } from './bars/bars-request.ts'
import { createBook } from './board-book.ts'
import type { BoardEvent } from './board-events.ts'
import { type BoardSource, boardStream, IssuesRefused } from './board-stream.ts'
import { createSubscriptions, type Subscriptions } from './board-subscriptions.ts'
import type { ClientEvents, ConnectOptions, Itastream } from './client-api.ts'
import { CLIENT_VERSION } from './client-version.ts'
import { canInflate, ENCODING } from './compression.ts'
import { createEmitter } from './emitter.ts'
import { createHistoryReader } from './history-reader.ts'
import { createPaceRequest } from './pace-request.ts'
import { createReceiver } from './receiver.ts'
import { createRequests, type Refusal, type Requests } from './requests.ts'
import { readServerMessage } from './server-message.ts'
import { type ConnectionState, DEFAULT_TIMING, openSocket, type Socket, type Timing } from './socket.ts'
import { createStaleness, type StaleReason } from './staleness.ts'
import { createRecovery, type Recovery } from './trade-recovery.ts'
import type { SubscribeOptions } from './wanted-views.ts'

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
export type { Backoff } from './reconnect-wait.ts'
export type {
  BarEvent,
  BarOf,
  Bars,
  BarsOptions,
  BoardEvent,
  ClientEvents,
  ConnectionState,
  ConnectOptions,
  Itastream,
  Refusal,
  StaleReason,
  SubscribeOptions,
  Timing,
}
export { DEFAULT_TIMING, HistoryRefused, IssuesRefused }

/** Characters of an unreadable message that its error shows. */
const MAX_SHOWN = 200

/** Events inside the client, in addition to those of the app. */
interface InnerEvents {
  refused: Refusal
  closed: undefined
}

/** Opens a connection and keeps it open until {@link Itastream.close}. */
export function connect(options: ConnectOptions): Itastream {
  const { url, token, pace: first, compression = true, timing = DEFAULT_TIMING, history } = options
  const isCompressed = compression && canInflate()
  const events = createEmitter<ClientEvents>()
  const inner = createEmitter<InnerEvents>()
  const book = createBook(true)
  const recovery: Recovery = createRecovery({
    book,
    readHistory:
      history === undefined ? undefined : createHistoryReader({ address: history, token, ...timing.history }),
    answerTimeout: timing.answerTimeout,
    onProgress: issue => subscriptions.progress(issue),
    onNeeds: () => requests.settle(),
  })
  const subscriptions: Subscriptions = createSubscriptions({
    book,
    recovery,
    onBoard: event => events.emit('board', event),
    onWanted: (issue, view) => requests.apply({ type: 'want', issue, view }),
    onUnwanted: issue => requests.apply({ type: 'unwant', issue }),
  })
  const requests: Requests = createRequests({
    send(message) {
      if ('since' in message) recovery.asked(Object.keys(message.since?.sequences ?? {}))
      socket.send(message)
    },
    onRefused: refusal => inner.emit('refused', refusal),
    needs: { hasGap: issue => book.hasGap(issue) || recovery.needsServer(issue), position: book.position },
    timing,
  })
  const pace = createPaceRequest({
    pace: first,
    send: message => socket.send(message),
    answerTimeout: timing.answerTimeout,
    onGranted: granted => events.emit('pace', { pace: granted }),
  })
  const staleness = createStaleness({
    usesLine: subscriptions.usesLine,
    onChange: stale => events.emit('stale', stale ?? {}),
  })
  const socket: Socket = openSocket({
    url: () =>
      withParameters(url, {
        ...pace.parameters(),
        ...(isCompressed ? { encoding: ENCODING } : {}),
        client: `itastream-js/${CLIENT_VERSION}`,
      }),
    token,
    timing,
    onMessage(text) {
      const message = readServerMessage(text)
      if (message === 'unreadable') events.emit('error', unreadable(text))
      else if (message !== 'unknown') receive(message)
    },
    onState(state, reason) {
      requests.apply({ type: state === 'connected' ? 'connected' : 'disconnected' })
      if (state === 'connected') {
        pace.connected()
        if (!subscriptions.hasAny()) staleness.delivers(true)
      } else {
        pace.disconnected()
        book.dropWaiting()
        recovery.disconnected()
        staleness.delivers(false)
      }
      events.emit('state', { state, reason })
      if (state !== 'closed') return
      recovery.close()
      inner.emit('closed', undefined)
    },
  })
  const source: BoardSource = {
    subscribe: subscriptions.add,
    onRefused: listener => inner.on('refused', listener),
    onClosed(listener) {
      if (socket.state === 'closed') listener()
      return inner.on('closed', listener)
    },
  }
  const basePrices = new Map<string, Yen>()
  const receive = createReceiver({ events, subscriptions, basePrices, requests, pace, socket, staleness })

  return {
    get state() {
      return socket.state
    },
    get staleSince() {
      return staleness.current?.since
    },
    on: events.on,
    subscribe: subscriptions.add,
    boards: (issues, options) => boardStream(source, issues, options),
    bars: createBars(source, events, options),
    setPace: pace.set,
    board: book.board,
    basePrice: issue => basePrices.get(issue),
    check: socket.check,
    close: socket.close,
  }
}

function unreadable(text: string): ClientEvents['error'] {
  return {
    code: 'unreadable',
    message: `expected a message of the protocol, got ${text.slice(0, MAX_SHOWN)}`,
  }
}
