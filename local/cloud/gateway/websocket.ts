/** A WebSocket API: `$connect`, messages, `$disconnect`, and `@connections` on the same port. */
import { randomUUID } from 'node:crypto'
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import pLimit from 'p-limit'
import { type WebSocket, WebSocketServer } from 'ws'
import { isThrottle } from '../aws-error.ts'
import type { Listener } from '../endpoint/listen.ts'
import type { InvokeResult } from '../functions/function.ts'
import type { Api, Route } from './api.ts'
import {
  type Connection,
  type Connections,
  createConnections,
  FRAME_BYTES,
  type IsFull,
  MESSAGE_BYTES,
} from './connections.ts'
import type { Edges } from './edge.ts'
import {
  type ConnectionFacts,
  connectAnswer,
  connectParameters,
  type EventType,
  newConnectionId,
  requestContext,
  selectedKey,
} from './events.ts'
import { frameSizes } from './frames.ts'
import type { GatewayQuotas } from './gateway-quotas.ts'

export interface WebSocketGateway {
  readonly connections: Connections
  close(): Promise<void>
}

/**
 * Calls of `$disconnect` that run at once. The others wait, so that thousands of connections that end together leave time for
 * those that stay. API Gateway calls the route after the end of a connection, on a best-effort basis (API Gateway developer
 * guide, "Managing connected users and client apps").
 */
export const DISCONNECTS_AT_ONCE = 4

/** Close codes of RFC 6455. */
const UNSUPPORTED_DATA = 1003
const MESSAGE_TOO_BIG = 1009

function factsOf(request: IncomingMessage, domainName: string): ConnectionFacts {
  return {
    connectionId: newConnectionId(),
    connectedAt: Date.now(),
    sourceIp: request.socket.remoteAddress ?? '',
    userAgent: request.headers['user-agent'] ?? '',
    domainName,
  }
}

interface Calls {
  readonly api: Api
  /** Receives a line for each failed call. */
  readonly log: (text: string) => void
}

export interface GatewayParts extends Calls {
  readonly quotas: GatewayQuotas
  readonly edges: Edges
  readonly isFull: IsFull
  /** Greatest age of a connection, ms. */
  readonly connectionLife: number
}

/** Opens a WebSocket API on a listener. */
export function openWebSocketGateway(listener: Listener, parts: GatewayParts): WebSocketGateway {
  const { api, quotas, edges, log, isFull, connectionLife } = parts
  const routes = new Map(api.routes.map(route => [route.key, route]))
  const connects = quotas.connects(routes.get('$connect'))
  const messages = new Map(api.routes.map(route => [route.key, quotas.messages(route)]))
  const withoutRoute = quotas.messages()
  const connections = createConnections(isFull, connectionLife)
  const subprotocols = new WeakMap<IncomingMessage, string | undefined>()
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: (_, request) => subprotocols.get(request) ?? false,
  })
  const domainName = `localhost:${listener.port}`
  const invoke = (route: Route, facts: ConnectionFacts, eventType: EventType, rest: object) =>
    callRoute({ api, log }, route, {
      requestContext: requestContext(api, facts, route.key, eventType),
      ...rest,
    })

  const onUpgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    socket.on('error', () => {})
    const path = new URL(request.url ?? '/', 'http://local').pathname
    if (path !== `/${api.stage}` && path !== `/${api.stage}/`) return refuse(socket, 403)
    if (!connects.admit()) return refuse(socket, 429)
    edges.addHeaders(api.logicalId, request)
    const facts = factsOf(request, domainName)
    const route = routes.get('$connect')
    if (route !== undefined) {
      const result = await invoke(route, facts, 'CONNECT', connectParameters(request))
      const { statusCode, subprotocol } =
        result === undefined ? { statusCode: 500, subprotocol: undefined } : connectAnswer(result)
      if (statusCode < 200 || statusCode >= 300) return refuse(socket, statusCode)
      subprotocols.set(request, subprotocol)
    }
    if (socket.destroyed) return void disconnect(facts, 1006, '')
    server.handleUpgrade(request, socket, head, client => onConnection(client, socket, facts))
  }

  const onConnection = (client: WebSocket, socket: Duplex, facts: ConnectionFacts): void => {
    const { connectionId: id, connectedAt, sourceIp, userAgent } = facts
    const times = { connectedAt, lastActiveAt: connectedAt }
    const connection: Connection = { id, socket: client, sourceIp, userAgent, ...times }
    connections.add(connection)
    const onChunk = frameSizes(bytes => {
      if (bytes > FRAME_BYTES) client.close(MESSAGE_TOO_BIG, 'Frame size exceeds the limit')
    })
    socket.on('data', onChunk)
    client.on('message', (data, isBinary) => {
      connection.lastActiveAt = Date.now()
      if (isBinary) client.close(UNSUPPORTED_DATA, 'Binary frames are not supported')
      else if (client.readyState === client.OPEN) void onMessage(client, facts, String(data))
    })
    client.on('ping', () => {
      connection.lastActiveAt = Date.now()
    })
    client.on('error', () => {})
    client.on('close', (code, reason) => {
      connections.remove(id)
      disconnect(facts, code, reason.toString())
    })
  }

  const onMessage = async (client: WebSocket, facts: ConnectionFacts, body: string): Promise<void> => {
    const route = routes.get(selectedKey(api, body)) ?? routes.get('$default')
    const gate = (route && messages.get(route.key)) ?? withoutRoute
    if (!gate.admit()) return sendFailure(client, facts, 'Too Many Requests')
    if (route === undefined) return sendFailure(client, facts, 'Forbidden')
    const result = await invoke(route, facts, 'MESSAGE', { body })
    if (result === undefined || result.failed) sendFailure(client, facts, 'Internal server error')
  }

  const inTurn = pLimit(DISCONNECTS_AT_ONCE)
  const disconnect = (facts: ConnectionFacts, code: number, reason: string): void => {
    const route = routes.get('$disconnect')
    if (route === undefined || closed) return
    const context = requestContext(api, facts, route.key, 'DISCONNECT')
    const ended = { ...context, disconnectStatusCode: code, disconnectReason: reason }
    void inTurn(() => invoke(route, facts, 'DISCONNECT', { requestContext: ended }))
  }

  let closed = false
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    void onUpgrade(request, socket, head)
  }
  listener.server.on('upgrade', upgrade)
  return {
    connections,
    async close() {
      closed = true
      inTurn.clearQueue()
      listener.server.off('upgrade', upgrade)
      connections.close()
      server.close()
    },
  }
}

/** Calls the function of a route. Returns `undefined` if the call is not permitted or fails. */
async function callRoute(
  { api, log }: Calls,
  route: Route,
  event: object,
): Promise<InvokeResult | undefined> {
  if (!route.permitted) {
    const { name } = route.target.definition
    log(`${api.logicalId}: no AWS::Lambda::Permission lets route ${route.key} call ${name}`)
    return undefined
  }
  try {
    return await route.target.invoke(JSON.stringify({ ...event, isBase64Encoded: false }))
  } catch (error) {
    if (!isThrottle(error)) log(`${api.logicalId}: route ${route.key}: ${String(error)}`)
    return undefined
  }
}

/** Answers a message that no function has processed. */
function sendFailure(client: WebSocket, { connectionId }: ConnectionFacts, message: string): void {
  client.send(JSON.stringify({ message, connectionId, requestId: randomUUID() }), () => {})
}

/** Rejects a handshake with a status. */
function refuse(socket: Duplex, status: number): void {
  const body = JSON.stringify({ message: STATUS_CODES[status] ?? 'Error' })
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
