/** An HTTP server on the loopback address. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The local cloud is not reachable from other machines. */
const HOST = '127.0.0.1'

export interface Listener {
  readonly server: Server
  readonly port: number
  close(): Promise<void>
}

/** Binds a port, or a free port for 0. Requests before `serve` get status 503. */
export async function listen(port: number): Promise<Listener & { serve(onRequest: RequestListener): void }> {
  let handler: RequestListener = (_, response) => response.writeHead(503).end()
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    // The server has nothing to do when a client disconnects in the middle of a request.
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

/**
 * Longer than SDK clients keep unused connections (ms). A request fails if the server closes its connection at the same
 * moment.
 */
const KEEP_ALIVE_MS = 120_000
