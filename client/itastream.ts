/**
 * The itastream client for browsers and Node: live boards over WebSocket.
 *
 * ```ts
 * const client = connect({ url: 'wss://…/live', token: () => accessToken() })
 * client.subscribe('7203', ({ board, trades }) => console.log(board.last?.price, trades.length))
 * client.on('line', ({ line, state }) => console.log(`line ${line} is ${state}`))
 * ```
 */
import type { BoardJson } from '../market/board-json.ts'
import type { EventOf } from '../market/market-event.ts'
import type { AppEvent, IssuesEvent } from '../market/protocol.ts'
import type { ErrorCode } from '../market/protocol-errors.ts'
import type { Millis, Yen } from '../market/units.ts'
import type { BoardEvent } from './board-book.ts'
import { createSubscriptions, type Subscriptions } from './board-subscriptions.ts'
import { canInflate, compressedAddress } from './compression.ts'
import { createEmitter, type Emitter } from './emitter.ts'
import { createStatus } from './market-status.ts'
import { createPaceRequest, type PaceRequest } from './pace-request.ts'
import { createRequests, type Requests } from './requests.ts'
import { type ReadMessage, readServerMessage } from './server-message.ts'
import { type ConnectionState, DEFAULT_TIMING, openSocket, type Socket, type Timing } from './socket.ts'
import type { SubscribeOptions } from './wanted-views.ts'

export type { BoardEvent, ConnectionState, SubscribeOptions, Timing }
export { DEFAULT_TIMING }

/** Characters of an unreadable message that its error shows. */
const MAX_SHOWN = 200

export interface ConnectOptions {
  /** The WebSocket address, `wss://…/live`. */
  readonly url: string
  /** Returns an access token. The client calls it for every connection, so an expired token is replaced. */
  readonly token: () => Promise<string>
  /**
   * The shortest time between two messages with updates, ms. Default: 500. The server grants at least what the user may
   * have, and at most 5,000: see the event `pace`.
   */
  readonly pace?: Millis
  /** Whether the server may compress updates. Default: true, where the runtime can decompress. */
  readonly compression?: boolean
  readonly timing?: Timing
}

export interface ClientEvents {
  /** The connection has a new state, for this reason. */
  state: { readonly state: ConnectionState; readonly reason: string }
  board: BoardEvent
  news: EventOf<'news'>
  phase: EventOf<'phase'>
  /** The state of a line. It tells a quiet market from a dead feed. */
  line: EventOf<'line'>
  /** The list of a line's issues has changed. GET /v1/issues returns it. */
  issues: IssuesEvent
  /** The server has granted another pace, ms. */
  pace: { readonly pace: Millis }
  /** All paces are longer by this factor at present, because the server is at its limit; 1 if they are not. */
  stretch: { readonly factor: number }
  /** The server refused a request, or sent a message that the client cannot read (code `unreadable`). */
  error: { readonly code: ErrorCode | 'unreadable'; readonly message: string }
}

export interface Itastream {
  readonly state: ConnectionState
  readonly on: Emitter<ClientEvents>['on']
  /**
   * Calls `listener` with every board of an issue. If the client has the board already, it calls `listener` at once.
   * @returns a function that ends this subscription. The last one of an issue unsubscribes from the server.
   * @throws RangeError if the connection would hold more than 200 issues in the view `board`
   * (`MAX_BOARDS_PER_CONNECTION`), or 1,000 in the view `quote` (`MAX_QUOTES_PER_CONNECTION`).
   */
  subscribe(issue: string, listener: (event: BoardEvent) => void, options?: SubscribeOptions): () => void
  /** Requests another pace, ms. The event `pace` has the pace that the server grants. */
  setPace(pace: Millis): void
  /** Returns the latest board of a subscribed issue. */
  board(issue: string): BoardJson | undefined
  /**
   * Returns the base price (基準値段) of a subscribed issue in yen: the change from the day before (前日比) is the last price minus
   * it. The server tells it with each new subscription; `undefined` before, and if it does not know it.
   */
  basePrice(issue: string): Yen | undefined
  /** Checks the connection now. Call it after sleep or a change of network. */
  check(): void
  /** Closes the connection. The client does not open it again. */
  close(): void
}

/** Opens a connection and keeps it open until {@link Itastream.close}. */
export function connect(options: ConnectOptions): Itastream {
  const { url, token, pace: first, compression = true, timing = DEFAULT_TIMING } = options
  const isCompressed = compression && canInflate()
  const events = createEmitter<ClientEvents>()
  const subscriptions = createSubscriptions({
    onBoard: event => events.emit('board', event),
    onWanted: (issue, view) => requests.apply({ type: 'want', issue, view }),
    onUnwanted: issue => requests.apply({ type: 'unwant', issue }),
  })
  const requests = createRequests({
    send: message => socket.send(message),
    hasGap: subscriptions.hasGap,
    timing,
  })
  const pace = createPaceRequest({
    pace: first,
    send: message => socket.send(message),
    answerTimeout: timing.answerTimeout,
    onGranted: granted => events.emit('pace', { pace: granted }),
  })
  const socket: Socket = openSocket({
    url: () => (isCompressed ? compressedAddress(pace.address(url)) : pace.address(url)),
    token,
    timing,
    onMessage(text) {
      const message = readServerMessage(text)
      if (message === 'unreadable')
        events.emit('error', {
          code: 'unreadable',
          message: `expected a message of the protocol, got ${text.slice(0, MAX_SHOWN)}`,
        })
      else if (message !== 'unknown') receive(message)
    },
    onState(state, reason) {
      requests.apply({ type: state === 'connected' ? 'connected' : 'disconnected' })
      if (state === 'connected') pace.connected()
      else {
        pace.disconnected()
        subscriptions.dropWaiting()
      }
      events.emit('state', { state, reason })
    },
  })
  const basePrices = new Map<string, Yen>()
  const receive = createReceiver({ events, subscriptions, basePrices, requests, pace, socket })

  return {
    get state() {
      return socket.state
    },
    on: events.on,
    subscribe: subscriptions.add,
    setPace: pace.set,
    board: subscriptions.board,
    basePrice: issue => basePrices.get(issue),
    check: socket.check,
    close: socket.close,
  }
}

interface ReceiverParts {
  readonly events: Emitter<ClientEvents>
  readonly subscriptions: Subscriptions
  readonly basePrices: Map<string, Yen>
  readonly requests: Requests
  readonly pace: PaceRequest
  readonly socket: Socket
}

/** Returns a function that applies the messages of the server. */
function createReceiver({ events, subscriptions, basePrices, requests, pace, socket }: ReceiverParts) {
  const status = createStatus()
  let stretch = 1

  const noteStretch = (factor: number): void => {
    if (factor === stretch) return
    stretch = factor
    events.emit('stretch', { factor })
  }

  return (message: ReadMessage): void => {
    if (message.type !== 'error') socket.confirm()
    switch (message.type) {
      case 'updates':
        for (const event of message.events ?? []) if (status.isCurrent(event)) emitEvent(events, event)
        subscriptions.apply(message.updates)
        noteStretch(message.stretch ?? 1)
        requests.settle()
        break
      case 'subscribed':
        // Before the boards, so that a listener of a board can compute the change.
        for (const [issue, price] of Object.entries(message.basePrices ?? {})) basePrices.set(issue, price)
        subscriptions.answer(message.boards)
        for (const event of message.status) if (status.isNew(event)) emitEvent(events, event)
        requests.apply(message)
        pace.granted(message.pace)
        break
      case 'snapshot':
        subscriptions.answer(message.boards)
        requests.apply({ type: 'snapshot', id: message.id, helped: !requests.hasGapIn(message.id) })
        break
      case 'unsubscribed':
        requests.apply(message)
        break
      case 'pace':
        pace.answered(message.id)
        pace.granted(message.pace)
        break
      case 'error':
        if (message.code === 'not-connected') socket.restart(message.message)
        requests.apply(message)
        pace.answered(message.id)
        events.emit('error', { code: message.code, message: message.message })
        break
    }
  }
}

function emitEvent(events: Emitter<ClientEvents>, event: AppEvent): void {
  if (event.type === 'news') events.emit('news', event)
  else if (event.type === 'phase') events.emit('phase', event)
  else if (event.type === 'line') events.emit('line', event)
  else if (event.type === 'issues') events.emit('issues', event)
}
