/** An HTTP server on this machine only. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Nothing outside this machine reaches the local cloud. */
const HOST = '127.0.0.1'

export interface Listener {
  readonly server: Server
  readonly port: number
  close(): Promise<void>
}

/** Binds a port (0: a free one). Requests that come before `onRequest` is there are answered with 503. */
export async function listen(port: number): Promise<Listener & { serve(onRequest: RequestListener): void }> {
  let handler: RequestListener = (_, response) => response.writeHead(503).end()
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    // A client that goes away in the middle is no concern of the server.
    request.on('error', () => {})
    response.on('error', () => {})
    handler(request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, resolve)
  })
  return {
    server,
    port: (server.address() as AddressInfo).port,
    serve(onRequest) {
      handler = onRequest
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** SDK clients keep their connections; a server that closes one just as it is used again causes an error. */
const KEEP_ALIVE_MS = 120_000
