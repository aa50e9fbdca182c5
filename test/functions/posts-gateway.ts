/** A fake @connections API over HTTP: keeps the messages posted to each connection, and fails as a test asks. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ServerMessage } from '../../market/protocol.ts'
import { readCompressed } from '../compressed-text.ts'

export interface Gateway extends AsyncDisposable {
  /** `ws://…/live` */
  readonly endpoint: string
  /** Messages by connection, in the order of their arrival. */
  readonly received: ReadonlyMap<string, ServerMessage[]>
  /** Connections that got a compressed message. */
  readonly compressed: ReadonlySet<string>
  /** Connections that a request has closed. They are in `gone` from then on. */
  readonly closed: ReadonlySet<string>
  /** Requests for these connections are answered with status 410. */
  readonly gone: Set<string>
  /** Posts that were answered with status 410 because the connection is in `gone`. */
  readonly refusals: number
  /** Posts to these connections are answered with status 410 although the connection is open. */
  readonly doubtful: Set<string>
  /** By connection: the number of further posts that are answered with status 429. */
  readonly throttled: Map<string, number>
  /** Posts to these connections are never answered. */
  readonly stalled: Set<string>
  /** Returns the messages to a connection since the last call. */
  take(connection: string): ServerMessage[]
}

export async function startGateway(): Promise<Gateway> {
  const received = new Map<string, ServerMessage[]>()
  const compressed = new Set<string>()
  const closed = new Set<string>()
  const gone = new Set<string>()
  const doubtful = new Set<string>()
  const throttled = new Map<string, number>()
  const stalled = new Set<string>()
  let refusals = 0

  const fail = (response: ServerResponse, status: number, type: string): void => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type })
    response.end('{}')
  }
  const server = createServer(async (request, response) => {
    const id = decodeURIComponent(/^\/live\/@connections\/(.+)$/.exec(request.url ?? '')?.[1] ?? '')
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    if (gone.has(id)) {
      if (request.method === 'POST') refusals++
      return fail(response, 410, 'GoneException')
    }
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' })
      return response.end('{}')
    }
    if (request.method === 'DELETE') {
      closed.add(id)
      gone.add(id)
      return response.writeHead(204).end()
    }
    if (stalled.has(id)) return
    if (doubtful.has(id)) return fail(response, 410, 'GoneException')
    const throttles = throttled.get(id) ?? 0
    if (throttles > 0) {
      throttled.set(id, throttles - 1)
      return fail(response, 429, 'LimitExceededException')
    }
    const messages = received.get(id) ?? []
    const isJson = body.startsWith('{"')
    if (!isJson) compressed.add(id)
    const json = isJson ? body : readCompressed(body)
    messages.push(JSON.parse(json) as ServerMessage)
    received.set(id, messages)
    response.writeHead(200).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/live`,
    received,
    compressed,
    closed,
    gone,
    get refusals() {
      return refusals
    },
    doubtful,
    throttled,
    stalled,
    take(connection) {
      const messages = received.get(connection) ?? []
      received.delete(connection)
      return messages
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
