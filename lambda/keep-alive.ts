/** HTTP connections that stay open between requests: opening one costs more than a request. */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { NodeHttpHandler } from '@smithy/node-http-handler'

/** Connections to one host: as many as posts in flight, twice, since events are posted beside updates. */
const SOCKETS = 128

/** A connection that takes longer to open (ms), or to become free, is given up. */
const CONNECTION_TIMEOUT_MS = 2_000
/** A request that is not answered within this time (ms) has failed; AWS answers within tens of milliseconds. */
const REQUEST_TIMEOUT_MS = 3_000

/**
 * HTTP/1.1 with connections that stay open. What takes too long fails with a `TimeoutError`.
 * @param requestTimeout for requests that may take longer (ms).
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
