/**
 * PostToConnection and DeleteConnection without the SDK, which takes eight times the CPU time (docs/performance.md): the same
 * requests and signatures over connections that stay open.
 */
import type { Millis } from '../market/units.ts'
import { createHttpRequest } from './http-requests.ts'
import { type Credentials, createSigner, encodeSegment } from './request-signature.ts'

/** Connections to the gateway: twice the posts in flight in a room, because slow posts come on top of them. */
export const CONNECTIONS = 128
const CONTENT_TYPE = 'application/octet-stream'
/** The service name in signatures for API Gateway (service authorization reference). */
const SERVICE = 'execute-api'

/**
 * Each sends one request and resolves to the HTTP status.
 * @throws AnswerTimeout or NoConnection after the time limit; Error with a `code` if the connection fails.
 */
export interface ConnectionRequests {
  /** Sends a message to a connection. */
  post(connection: string, data: Uint8Array): Promise<number>
  /** Closes a connection. */
  close(connection: string): Promise<number>
}

const NO_DATA = new Uint8Array()

/**
 * @param endpoint `https://…/stage` of the WebSocket API.
 * @param timeout time for the wait for a connection to the gateway (ms), and again for the answer.
 */
export function createConnectionRequests(endpoint: string, timeout: Millis): ConnectionRequests {
  const { origin, host, pathname } = new URL(endpoint)
  const stage = pathname.replace(/\/$/, '')
  const sign = createSigner(process.env.AWS_REGION ?? '', SERVICE)
  const request = createHttpRequest(origin, { connections: CONNECTIONS, timeout })
  const send = (method: 'POST' | 'DELETE', connection: string, body: Uint8Array): Promise<number> => {
    const path = `${stage}/@connections/${encodeSegment(connection)}`
    const signable = { method, host, path, contentType: CONTENT_TYPE, body }
    const headers = sign(signable, environmentCredentials(), new Date())
    return request({ method, path, headers, body: body.length === 0 ? null : body })
  }
  return {
    post: (connection, data) => send('POST', connection, data),
    close: connection => send('DELETE', connection, NO_DATA),
  }
}

/** Returns the credentials that Lambda puts into the environment of a function. */
function environmentCredentials(): Credentials {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN } = process.env
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN || undefined,
  }
}
