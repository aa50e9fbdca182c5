/** A real WebSocket server that speaks the protocol for the boards of a {@link Truth}, and misbehaves when told. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { BoardJson } from '../../market/board-json.ts'
import {
  type AppEvent,
  BEARER_PREFIX,
  type ClientMessage,
  type ServerMessage,
  type StatusEvent,
  SUBPROTOCOL,
  type Update,
} from '../../market/protocol.ts'
import type { Truth } from './client-truth.ts'

/** What happens to one message on its way: arrives, is lost, comes twice, or waits for the next one to pass. */
export type Fault = 'none' | 'lost' | 'doubled' | 'late'

export interface Server {
  readonly url: string
  /** Requests as they came, of all connections. */
  readonly requests: ClientMessage[]
  /** Bearer tokens as they came, one a connection attempt. */
  readonly tokens: string[]
  /** What all say at subscribe, and what {@link Server.event} says later. */
  readonly status: StatusEvent[]
  truth: Truth
  /** Decides the fate of each message to an app. */
  fault: (message: ServerMessage) => Fault
  /** Says that trades are missing in every update of a round. */
  lost: boolean
  /** Refuses connections. */
  refuse: boolean
  /** Takes no notice of what apps send, as a half-open connection does. */
  deaf: boolean
  readonly unknownIssues: Set<string>
  /** Forgets what the connections have subscribed. */
  forget(): void
  /** Sends every connection what changed in its issues since its last update. */
  round(): void
  event(event: AppEvent): void
  /** Forgets everything that tests set or collected, and takes another truth. */
  reset(truth: Truth): void
  /** Sends every connection this text. */
  say(text: string): void
  /** Cuts all connections without a word. */
  cut(): void
  connections(): number
  close(): Promise<void>
}

interface Connection {
  readonly socket: WebSocket
  /** Last sequence sent, by issue. */
  readonly sent: Map<string, number>
  late: string[]
}

export async function startServer(truth: Truth): Promise<Server> {
  const connections = new Set<Connection>()
  const http = createServer()
  const wss = new WebSocketServer({
    server: http,
    handleProtocols: () => SUBPROTOCOL,
    verifyClient: ({ req }: { req: { headers: Record<string, string | string[] | undefined> } }) => {
      const offered = String(req.headers['sec-websocket-protocol']).split(/, */)
      server.tokens.push(
        offered.find(one => one.startsWith(BEARER_PREFIX))?.slice(BEARER_PREFIX.length) ?? '',
      )
      return !server.refuse && offered[0] === SUBPROTOCOL
    },
  })
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))

  const server: Server = {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/live`,
    requests: [],
    tokens: [],
    status: [{ type: 'phase', time: '2026-11-20T09:00:00.000000+09:00', phase: 'morning' }],
    truth,
    fault: () => 'none',
    lost: false,
    refuse: false,
    deaf: false,
    unknownIssues: new Set(),
    forget() {
      for (const { sent } of connections) sent.clear()
    },
    round() {
      for (const connection of connections) {
        const updates = [...connection.sent].flatMap(([issue, sent]) => updateOf(server.truth, issue, sent))
        for (const update of updates) {
          const { issue, sequence } = 'board' in update ? update.board : update
          connection.sent.set(issue, sequence)
        }
        const lost = server.lost ? { lost: true as const } : {}
        if (updates.length > 0)
          post(connection, { type: 'updates', updates: updates.map(update => ({ ...update, ...lost })) })
      }
    },
    event(event) {
      for (const connection of connections) post(connection, { type: 'event', event })
    },
    reset(truth) {
      server.truth = truth
      server.fault = () => 'none'
      server.refuse = false
      server.deaf = false
      server.unknownIssues.clear()
      server.requests.length = 0
      server.tokens.length = 0
    },
    say(text) {
      for (const { socket } of connections) socket.send(text)
    },
    cut() {
      for (const { socket } of connections) socket.terminate()
    },
    connections: () => connections.size,
    async close() {
      for (const client of wss.clients) client.terminate()
      wss.close()
      await new Promise(resolve => {
        http.close(resolve)
        // Connections that were refused are kept alive otherwise.
        http.closeAllConnections()
      })
    },
  }

  function post(connection: Connection, message: ServerMessage): void {
    const text = JSON.stringify(message)
    const fault = server.fault(message)
    if (fault === 'late') {
      connection.late.push(text)
      return
    }
    const waiting = connection.late
    connection.late = []
    const copies = { none: [text], lost: [], doubled: [text, text] }[fault]
    for (const one of [...copies, ...waiting]) connection.socket.send(one)
  }

  function boardsOf(connection: Connection, issues: readonly string[]): BoardJson[] {
    return issues.flatMap(issue => {
      const board = server.truth.json(issue)
      connection.sent.set(issue, board?.sequence ?? 0)
      return board ?? []
    })
  }

  function answer(connection: Connection, message: ClientMessage): void {
    server.requests.push(message)
    const id = message.id === undefined ? {} : { id: message.id }
    if (message.action === 'ping') {
      post(connection, { type: 'pong', time: new Date().toISOString(), ...id })
      return
    }
    const error = (code: string, issues: readonly string[]): void => {
      if (issues.length > 0) post(connection, { type: 'error', code, message: issues.join(', '), ...id })
    }
    if (message.action === 'subscribe') {
      const issues = message.issues.filter(issue => !server.unknownIssues.has(issue))
      error(
        'unknown-issue',
        message.issues.filter(issue => server.unknownIssues.has(issue)),
      )
      if (issues.length === 0) return
      const boards = boardsOf(connection, issues)
      post(connection, { type: 'subscribed', issues, status: server.status, boards, ...id })
    } else if (message.action === 'snapshot') {
      const held = message.issues.filter(issue => connection.sent.has(issue))
      error(
        'not-subscribed',
        message.issues.filter(issue => !connection.sent.has(issue)),
      )
      const boards = held.flatMap(issue => server.truth.json(issue) ?? [])
      post(connection, { type: 'snapshot', boards, ...id })
    } else {
      for (const issue of message.issues) connection.sent.delete(issue)
      post(connection, { type: 'unsubscribed', issues: message.issues, ...id })
    }
  }

  wss.on('connection', socket => {
    const connection: Connection = { socket, sent: new Map(), late: [] }
    connections.add(connection)
    socket.on('close', () => connections.delete(connection))
    socket.on('message', data => {
      if (!server.deaf) answer(connection, JSON.parse(String(data)) as ClientMessage)
    })
  })
  return server
}

function updateOf(truth: Truth, issue: string, sent: number): Update[] {
  const board = truth.json(issue)
  if (board === undefined || board.sequence <= sent) return []
  return sent === 0 ? [{ board, trades: truth.change(issue, 0).trades ?? [] }] : [truth.change(issue, sent)]
}
