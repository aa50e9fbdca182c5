/** A WebSocket server that follows the protocol for the boards of a {@link Truth}, with faults that tests choose. */
import { createServer, type Server as HttpServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
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
import { type ErrorCode, PROTOCOL_ERRORS } from '../../market/protocol-errors.ts'
import type { Yen } from '../../market/units.ts'
import type { Truth } from './client-truth.ts'
import { type Fault, TestConnection } from './test-connection.ts'

type UpdatesMessage = Extract<ServerMessage, { type: 'updates' }>
type Subscription = Extract<ClientMessage, { action: 'subscribe' }>

export class TestGateway {
  readonly url: string
  /** Requests of all connections, in order. */
  readonly requests: ClientMessage[] = []
  /** The bearer token of each connection attempt. */
  readonly tokens: string[] = []
  /** The tokens of renewals. */
  readonly renewals: string[] = []
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
  /** The end of the token in answers to subscriptions and renewals, ISO 8601. */
  tokenExpires: () => string | undefined = () => undefined
  /** Refuses renewals of tokens. */
  refusesTokens = false
  /** Compressed messages that were sent. */
  compressed = 0
  readonly unknownIssues = new Set<string>()
  /** Base prices by issue, yen. */
  basePrices: Readonly<Record<string, Yen>> = {}
  readonly #http: HttpServer
  readonly #wss: WebSocketServer
  readonly #connections = new Set<TestConnection>()

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
      const connection = new TestConnection(socket, isDeflated)
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
    this.tokenExpires = () => undefined
    this.refusesTokens = false
    this.journal = 0
    this.missedSize = 200
    this.unknownIssues.clear()
    this.basePrices = {}
    this.stretch = undefined
    this.requests.length = 0
    this.tokens.length = 0
    this.renewals.length = 0
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
  #sendMissed(connection: TestConnection): void {
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

  /** The number of open connections. */
  get connections(): number {
    return this.#connections.size
  }

  /** Ends all connections with a reason, as the server does. */
  end(code: ErrorCode): void {
    for (const connection of this.#connections) {
      const { number, sentence } = PROTOCOL_ERRORS[code]
      this.#post(connection, { type: 'end', code, number, message: sentence })
      connection.socket.close()
    }
  }

  /** Terminates the oldest connection without a close frame. */
  terminateOldest(): void {
    const [oldest] = this.#connections
    oldest?.socket.terminate()
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

  #sendUpdates(connection: TestConnection, content: Omit<UpdatesMessage, 'type' | 'stretch'>): void {
    const stretch = this.stretch === undefined ? {} : { stretch: this.stretch }
    this.#post(connection, { type: 'updates', ...content, ...stretch })
  }

  #post(connection: TestConnection, message: ServerMessage): void {
    if (connection.post(message, this.fault(message))) this.compressed++
  }

  #answer(connection: TestConnection, message: ClientMessage): void {
    this.requests.push(message)
    const id = message.id === undefined ? {} : { id: message.id }
    switch (message.action) {
      case 'ping':
        this.#post(connection, { type: 'pong', time: new Date().toISOString(), ...id })
        break
      case 'token':
        this.#renew(connection, message.token, id)
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

  #renew(connection: TestConnection, token: string, id: { id?: string | number }): void {
    this.renewals.push(token)
    const code = 'bad-token'
    const { number, sentence } = PROTOCOL_ERRORS[code]
    if (this.refusesTokens) this.#post(connection, { type: 'error', code, number, message: sentence, ...id })
    else this.#post(connection, { type: 'token', expires: this.tokenExpires() ?? '', ...id })
  }

  #noteSince({ since, sent }: TestConnection, asked: Since | undefined): void {
    if (this.journal === undefined) return
    for (const [issue, sequence] of Object.entries(asked?.sequences ?? {}))
      if (sent.has(issue)) since.set(issue, sequence)
  }

  #subscribe(connection: TestConnection, message: Subscription, id: { id?: string | number }): void {
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
    const tokenExpires = this.tokenExpires()
    const end = tokenExpires === undefined ? {} : { tokenExpires }
    const granted = { view, trades, pace: DEFAULT_PACE_MS, basePrices, ...end }
    this.#post(connection, { type: 'subscribed', issues, ...granted, status, boards, ...id })
  }

  #snapshot(connection: TestConnection, requested: readonly string[], id: { id?: string | number }): void {
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

  #boardsOf({ views }: TestConnection, issues: readonly string[]): BoardJson[] {
    return issues.flatMap(issue => this.truth.json(issue, views.get(issue)) ?? [])
  }
}

function divide(issues: readonly string[], isFirst: (issue: string) => boolean): [string[], string[]] {
  return [issues.filter(isFirst), issues.filter(issue => !isFirst(issue))]
}
