/** Keeps HTTP connections open between requests, because opening a connection costs more than a request. */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { NodeHttpHandler } from '@smithy/node-http-handler'

/** Connections to one host: twice the posts in flight, because events and updates are posted at the same time. */
const SOCKETS = 128

/** Time to open a connection, or to wait for a free connection (ms). */
const CONNECTION_TIMEOUT_MS = 2_000
/** Time for an answer (ms). AWS usually answers within tens of milliseconds. */
const REQUEST_TIMEOUT_MS = 3_000

/**
 * Returns an HTTP/1.1 handler with connections that stay open. A request that takes too long fails with a
 * `TimeoutError`.
 * @param requestTimeout time for an answer (ms).
 */
export function keepAliveHandler(requestTimeout = REQUEST_TIMEOUT_MS): NodeHttpHandler {
  const options = { keepAlive: true, maxSockets: SOCKETS }
  return new NodeHttpHandler({
    httpAgent: new HttpAgent(options),
    httpsAgent: new HttpsAgent(options),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout,
    throwOnRequestTimeout: true,
  })
}
