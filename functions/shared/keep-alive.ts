/** HTTP connections that stay open between requests: opening one costs more than a request. */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { NodeHttpHandler } from '@smithy/node-http-handler'

/** Connections to one host: as many as posts in flight, twice, since events are posted beside updates. */
const SOCKETS = 128

/** HTTP/1.1 with connections that stay open. */
export function keepAliveHandler(): NodeHttpHandler {
  const options = { keepAlive: true, maxSockets: SOCKETS }
  return new NodeHttpHandler({ httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) })
}
