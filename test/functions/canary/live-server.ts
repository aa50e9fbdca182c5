/** A WebSocket server with the answers that a test asks for, in place of the WebSocket API. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { SUBPROTOCOL } from '../../../market/protocol.ts'

export interface LiveServer extends AsyncDisposable {
  readonly url: string
  /** The token that is accepted. */
  token: string
  /** Messages in answer to the first message of an app. */
  answers: readonly string[]
  /** Whether the server closes a connection after its answers. */
  closes: boolean
  /** Messages of apps. */
  readonly received: string[]
  /** Paths of connections. */
  readonly paths: (string | undefined)[]
  /** Connections that are open now. */
  readonly open: number
}

export async function startLiveServer(): Promise<LiveServer> {
  const http = createServer()
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL })
  const server: LiveServer = {
    url: '',
    token: 'good',
    answers: [],
    closes: false,
    received: [],
    paths: [],
    get open() {
      return sockets.clients.size
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate()
      http.close()
      await once(http, 'close')
    },
  }
  http.on('upgrade', (request, socket, head) => {
    server.paths.push(request.url)
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map(text => text.trim())
    if (offered.join() !== `${SUBPROTOCOL},bearer.${server.token}`) {
      socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, app => {
      app.on('message', data => {
        server.received.push(String(data))
        for (const answer of server.answers) app.send(answer)
        if (server.closes) app.close(1001)
      })
    })
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return Object.assign(server, { url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/live` })
}
