/** A WebSocket server that follows the protocol for the boards of a {@link Truth}, with faults that tests choose. */
import { createServer, type Server as HttpServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { viewOf } from '../../client/wanted-views.ts'
import type { BoardJson } from '../../market/board-json.ts'
import { grantedPace } from '../../market/pace.ts'
import {
  type AppEvent,
  BEARER_PREFIX,
  type ClientMessage,
  DEFAULT_PACE_MS,
  type ServerMessage,
  type Since,
  type StatusEvent,
  SUBPROTOCOL,
} from '../../market/protocol.ts'
import type { Yen } from '../../market/units.ts'
import type { View } from '../../market/view.ts'
import { deflated } from '../../posts/deflate-message.ts'
import type { Truth } from './client-truth.ts'

/** What happens to one message: it arrives, is lost, arrives twice, or arrives after the next message. */
export type Fault = 'none' | 'lost' | 'doubled' | 'late'

type UpdatesMessage = Extract<ServerMessage, { type: 'updates' }>
type Subscription = Extract<ClientMessage, { action: 'subscribe' }>

interface Connection {
  readonly socket: WebSocket
  /** Last sequence sent, by issue. */
  readonly sent: Map<string, number>
  /** The view of each issue. */
  readonly views: Map<string, View>
  /** What the app asked for and did not get yet: by issue, the sequence up to which it has every trade. */
  readonly since: Map<string, number>
  /** Issues whose next update is a whole board. */
  readonly whole: Set<string>
  /** Updates are compressed. */
  readonly isDeflated: boolean
  late: string[]
}

export class TestGateway {
  readonly url: string
  /** Requests of all connections, in order. */
  readonly requests: ClientMessage[] = []
  /** The bearer token of each connection attempt. */
  readonly tokens: string[] = []
  /** The path and query of each connection attempt. */
  readonly paths: string[] = []
  /** The stretch in every message with updates. */
  stretch: number | undefined
  /** The status in the answer to a subscription. */
  readonly status: StatusEvent[] = [
    { type: 'phase', time: '2026-11-20T09:00:00.000000+09:00', phase: 'morning' },
  ]
  truth: Truth
  /** Chooses the fault of each message to an app. */
  fault: (message: ServerMessage) => Fault = () => 'none'
  /** Marks every update of a round with `lost`. */
  lost = false
  /** Refuses connections. */
  refuse = false
  /** Ignores messages from apps, as a half-open connection does. */
  deaf = false
  /** The sequence after which the journal has every trade. `undefined`: the server does not know `since`. */
  journal: number | undefined = 0
  /** Trades in an entry of missed trades, and entries in a message. */
  missedSize = 200
  /** Compressed messages that were sent. */
  compressed = 0
  readonly unknownIssues = new Set<string>()
  /** Base prices by issue, yen. */
  basePrices: Readonly<Record<string, Yen>> = {}
  readonly #http: HttpServer
  readonly #wss: WebSocketServer
  readonly #connections = new Set<Connection>()

  /** Starts a gateway on a free port. */
  static async start(truth: Truth): Promise<TestGateway> {
    const http = createServer()
    await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
    return new TestGateway(truth, http)
  }

  private constructor(truth: Truth, http: HttpServer) {
    this.truth = truth
    this.#http = http
    this.url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/live`
    this.#wss = new WebSocketServer({
      server: http,
      handleProtocols: () => SUBPROTOCOL,
      verifyClient: ({ req }: { req: IncomingMessage }) => {
        this.paths.push(req.url ?? '')
        return this.#accepts(String(req.headers['sec-websocket-protocol']).split(/, */))
      },
    })
    this.#wss.on('connection', (socket, request) => {
      const isDeflated = new URL(request.url ?? '', this.url).searchParams.get('encoding') === 'deflate-1'
      const connection: Connection = {
        socket,
        sent: new Map(),
        views: new Map(),
        since: new Map(),
        whole: new Set(),
        isDeflated,
        late: [],
      }
      this.#connections.add(connection)
      socket.on('close', () => this.#connections.delete(connection))
      socket.on('message', data => {
        if (!this.deaf) this.#answer(connection, JSON.parse(String(data)) as ClientMessage)
      })
    })
  }

  /** Resets faults and collected messages, and takes another truth. */
  reset(truth: Truth): void {
    this.truth = truth
    this.fault = () => 'none'
    this.refuse = false
    this.deaf = false
    this.compressed = 0
    this.journal = 0
    this.missedSize = 200
    this.unknownIssues.clear()
    this.basePrices = {}
    this.stretch = undefined
    this.requests.length = 0
    this.tokens.length = 0
    this.paths.length = 0
  }

  /** Deletes the subscriptions of all connections. */
  deleteSubscriptions(): void {
    for (const { sent } of this.#connections) sent.clear()
  }

  /** Sends every connection the changes of its issues since its last update. */
  sendRound(): void {
    for (const connection of this.#connections) {
      this.#sendMissed(connection)
      const changed = [...connection.sent].filter(
        ([issue, sent]) => (this.truth.tick(issue)?.sequence ?? 0) > sent || connection.whole.has(issue),
      )
      const updates = changed.map(([issue, sent]) => {
        const view = connection.views.get(issue) ?? 'board'
        return this.truth.update(issue, view, sent, sent === 0 || connection.whole.has(issue), this.lost)
      })
      connection.whole.clear()
      for (const [issue] of changed) connection.sent.set(issue, this.truth.tick(issue)?.sequence ?? 0)
      if (updates.length > 0) this.#sendUpdates(connection, { updates })
    }
  }

  /** Sends what an app has missed, an entry a message, and then whole boards. */
  #sendMissed(connection: Connection): void {
    for (const [issue, after] of connection.since) {
      const known = Math.max(after, this.journal ?? 0)
      for (const entry of this.truth.missed(issue, known, this.missedSize))
        this.#sendUpdates(connection, { updates: [], missed: [entry] })
      if (this.truth.tick(issue) === undefined) continue
      connection.sent.set(issue, known)
      connection.whole.add(issue)
    }
    connection.since.clear()
  }

  /** Sends every connection an event. */
  sendEvent(event: AppEvent): void {
    for (const connection of this.#connections)
      this.#sendUpdates(connection, { updates: [], events: [event] })
  }

  /** Sends every connection this text. */
  sendText(text: string): void {
    for (const { socket } of this.#connections) socket.send(text)
  }

  /** Terminates all connections without a close frame. */
  terminate(): void {
    for (const { socket } of this.#connections) socket.terminate()
  }

  async close(): Promise<void> {
    for (const client of this.#wss.clients) client.terminate()
    this.#wss.close()
    await new Promise(resolve => {
      this.#http.close(resolve)
      // Refused connections stay open otherwise.
      this.#http.closeAllConnections()
    })
  }

  #accepts(protocols: readonly string[]): boolean {
    const bearer = protocols.find(protocol => protocol.startsWith(BEARER_PREFIX))
    this.tokens.push(bearer?.slice(BEARER_PREFIX.length) ?? '')
    return !this.refuse && protocols[0] === SUBPROTOCOL
  }

  #sendUpdates(connection: Connection, content: Omit<UpdatesMessage, 'type' | 'stretch'>): void {
    const stretch = this.stretch === undefined ? {} : { stretch: this.stretch }
    this.#post(connection, { type: 'updates', ...content, ...stretch })
  }

  #post(connection: Connection, message: ServerMessage): void {
    const json = JSON.stringify(message)
    const text = connection.isDeflated && message.type === 'updates' ? deflated(json) : json
    if (text !== json) this.compressed++
    const fault = this.fault(message)
    if (fault === 'late') {
      connection.late.push(text)
      return
    }
    const late = connection.late
    connection.late = []
    const copies = { none: [text], lost: [], doubled: [text, text] }[fault]
    for (const copy of [...copies, ...late]) connection.socket.send(copy)
  }

  #answer(connection: Connection, message: ClientMessage): void {
    this.requests.push(message)
    const id = message.id === undefined ? {} : { id: message.id }
    switch (message.action) {
      case 'ping':
        this.#post(connection, { type: 'pong', time: new Date().toISOString(), ...id })
        break
      case 'pace':
        this.#post(connection, { type: 'pace', pace: grantedPace(message.pace), ...id })
        break
      case 'subscribe':
        this.#subscribe(connection, message, id)
        this.#noteSince(connection, message.since)
        break
      case 'snapshot':
        this.#snapshot(connection, message.issues, id)
        this.#noteSince(connection, message.since)
        break
      case 'unsubscribe':
        for (const issue of message.issues) connection.sent.delete(issue)
        this.#post(connection, { type: 'unsubscribed', issues: message.issues, ...id })
        break
    }
  }

  #noteSince({ since, sent }: Connection, asked: Since | undefined): void {
    if (this.journal === undefined) return
    for (const [issue, sequence] of Object.entries(asked?.sequences ?? {}))
      if (sent.has(issue)) since.set(issue, sequence)
  }

  #subscribe(connection: Connection, message: Subscription, id: { id?: string | number }): void {
    const { view = 'board', trades = view === 'board' } = message
    const [issues, unknown] = divide(message.issues, issue => !this.unknownIssues.has(issue))
    if (unknown.length > 0)
      this.#post(connection, {
        type: 'error',
        code: 'unknown-issue',
        number: 2001,
        message: unknown.join(', '),
        ...id,
      })
    if (issues.length === 0) return
    for (const issue of issues) {
      connection.views.set(issue, viewOf(message))
      connection.sent.set(issue, this.truth.json(issue)?.sequence ?? 0)
    }
    const boards = this.#boardsOf(connection, issues)
    const { status } = this
    const known = Object.entries(this.basePrices).filter(([issue]) => issues.includes(issue))
    const basePrices = Object.fromEntries(known)
    const granted = { view, trades, pace: DEFAULT_PACE_MS, basePrices }
    this.#post(connection, { type: 'subscribed', issues, ...granted, status, boards, ...id })
  }

  #snapshot(connection: Connection, requested: readonly string[], id: { id?: string | number }): void {
    const [issues, others] = divide(requested, issue => connection.sent.has(issue))
    if (others.length > 0)
      this.#post(connection, {
        type: 'error',
        code: 'not-subscribed',
        number: 2003,
        message: others.join(', '),
        ...id,
      })
    this.#post(connection, { type: 'snapshot', boards: this.#boardsOf(connection, issues), ...id })
  }

  #boardsOf({ views }: Connection, issues: readonly string[]): BoardJson[] {
    return issues.flatMap(issue => this.truth.json(issue, views.get(issue)) ?? [])
  }
}

function divide(issues: readonly string[], isFirst: (issue: string) => boolean): [string[], string[]] {
  return [issues.filter(isFirst), issues.filter(issue => !isFirst(issue))]
}
