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
import {
  type AppEvent,
  type IssuesEvent,
  MAX_ISSUES_PER_CONNECTION,
  type ServerMessage,
  type Update,
} from '../market/protocol.ts'
import { type BoardEvent, createBook } from './board-book.ts'
import { createEmitter, type Emitter } from './emitter.ts'
import { createStatus } from './market-status.ts'
import { createRequests } from './requests.ts'
import { type ConnectionState, DEFAULT_TIMING, openSocket, type Timing } from './socket.ts'

export type { BoardEvent, ConnectionState, Timing }
export { DEFAULT_TIMING }

export interface ConnectOptions {
  /** The WebSocket address, `wss://…/live`. */
  readonly url: string
  /** Called for every connection, so that a token which has expired is replaced. */
  readonly token: () => Promise<string>
  readonly timing?: Timing
}

export interface ClientEvents {
  /** The connection's state and why it came to it. */
  state: { readonly state: ConnectionState; readonly reason: string }
  board: BoardEvent
  news: EventOf<'news'>
  phase: EventOf<'phase'>
  /** Whether silence on this line's issues means a quiet market or a dead feed. */
  line: EventOf<'line'>
  /** The list of a line's issues is new, to be read with GET /v1/issues. */
  issues: IssuesEvent
  /** The server refused something, or said what this client cannot read. */
  error: { readonly code: string; readonly message: string }
}

export interface Itastream {
  readonly state: ConnectionState
  readonly on: Emitter<ClientEvents>['on']
  /**
   * Boards of an issue from now on; an app that already holds the board gets it at once.
   * @returns a function that ends this subscription; the last one of an issue gives it back to the server.
   * @throws RangeError if the connection would hold more than {@link MAX_ISSUES_PER_CONNECTION} issues.
   */
  subscribe(issue: string, listener: (event: BoardEvent) => void): () => void
  /** The board of an issue as held now. */
  board(issue: string): BoardJson | undefined
  /** Checks the connection now: for an app that comes back from sleep or from another network. */
  check(): void
  /** Ends the connection for good. */
  close(): void
}

export function connect({ url, token, timing = DEFAULT_TIMING }: ConnectOptions): Itastream {
  const events = createEmitter<ClientEvents>()
  const boards = createEmitter<Record<string, BoardEvent>>()
  const subscribers = new Map<string, number>()
  const book = createBook()
  const status = createStatus()
  const requests = createRequests({ send: message => socket.send(message), hasGap: book.hasGap, timing })
  const socket = openSocket({
    url,
    token,
    timing,
    onMessage: read,
    onState(state, reason) {
      if (state === 'connected') requests.connected()
      else requests.disconnected()
      if (state !== 'connected') book.dropWaiting()
      events.emit('state', { state, reason })
    },
  })

  function read(text: string): void {
    const message = parse(text)
    if (message === undefined) {
      events.emit('error', {
        code: 'unreadable',
        message: `expected a message with a type, got ${text.slice(0, 200)}`,
      })
      return
    }
    if (message.type !== 'error') socket.confirm()
    switch (message.type) {
      case 'updates':
        update(message.updates)
        requests.settle()
        break
      case 'subscribed':
        update(message.boards.map(board => ({ board })))
        for (const event of message.status) if (status.isNew(event)) publish(event)
        requests.subscribed(message.id, message.issues)
        break
      case 'snapshot':
        update(message.boards.map(board => ({ board })))
        requests.snapshotCame(message.id)
        break
      case 'unsubscribed':
        requests.unsubscribed(message.id, message.issues)
        break
      case 'event':
        if (status.isCurrent(message.event)) publish(message.event)
        break
      case 'error':
        if (message.code === 'not-connected') socket.restart(message.message)
        requests.refused(message.id, message.code)
        events.emit('error', { code: message.code, message: message.message })
        break
    }
  }

  function update(updates: readonly Update[]): void {
    for (const one of updates) {
      if (!subscribers.has('board' in one ? one.board.issue : one.issue)) continue
      const event = book.apply(one)
      if (event === undefined) continue
      boards.emit(event.issue, event)
      events.emit('board', event)
    }
  }

  function publish(event: AppEvent): void {
    if (event.type === 'news') events.emit('news', event)
    else if (event.type === 'phase') events.emit('phase', event)
    else if (event.type === 'line') events.emit('line', event)
    else if (event.type === 'issues') events.emit('issues', event)
  }

  function leave(issue: string): void {
    const left = (subscribers.get(issue) ?? 1) - 1
    if (left > 0) {
      subscribers.set(issue, left)
      return
    }
    subscribers.delete(issue)
    book.drop(issue)
    requests.unwant(issue)
  }

  return {
    get state() {
      return socket.state
    },
    on: events.on,
    subscribe(issue, listener) {
      if (!subscribers.has(issue) && subscribers.size >= MAX_ISSUES_PER_CONNECTION) {
        throw new RangeError(
          `expected at most ${MAX_ISSUES_PER_CONNECTION} issues on a connection, ${issue} would be one more`,
        )
      }
      subscribers.set(issue, (subscribers.get(issue) ?? 0) + 1)
      const off = boards.on(issue, listener)
      requests.want(issue)
      const board = book.board(issue)
      if (board !== undefined) listener({ issue, board, trades: [], snapshot: true })
      let ended = false
      return () => {
        if (ended) return
        ended = true
        off()
        leave(issue)
      }
    },
    board: book.board,
    check: socket.check,
    close: socket.close,
  }
}

function parse(text: string): ServerMessage | undefined {
  try {
    const message: unknown = JSON.parse(text)
    // A gateway's own complaints are JSON without a type.
    return typeof message === 'object' && message !== null && 'type' in message
      ? (message as ServerMessage)
      : undefined
  } catch {
    return undefined
  }
}
