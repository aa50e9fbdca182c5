/**
 * PostToConnection without the SDK's middleware, which takes three quarters of the CPU time of a post (docs/performance.md):
 * the same request and signature over a connection that stays open.
 */
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Millis } from '../market/units.ts'
import { type Credentials, createSigner, encodeSegment } from './request-signature.ts'

/** Connections to the gateway: twice the posts in flight, because events and updates are posted at the same time. */
const SOCKETS = 128
const CONTENT_TYPE = 'application/octet-stream'
/** The service name in signatures for API Gateway (service authorization reference). */
const SERVICE = 'execute-api'

/** The gateway did not answer in time. */
export class PostTimeout extends Error {
  override readonly name = 'PostTimeout'
}

/**
 * Sends one post. Resolves to the HTTP status.
 * @throws PostTimeout without an answer in time; Error with a `code` if the connection fails.
 */
export type PostRequest = (connection: string, data: Uint8Array) => Promise<number>

/**
 * @param endpoint `https://…/stage` of the WebSocket API.
 * @param timeout time for an answer (ms), including the wait for a free socket.
 */
export function createPostRequest(endpoint: string, timeout: Millis): PostRequest {
  const { protocol, hostname, port, host, pathname } = new URL(endpoint)
  const options = { keepAlive: true, maxSockets: SOCKETS }
  const send = protocol === 'https:' ? httpsRequest : httpRequest
  const agent = protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options)
  const stage = pathname.replace(/\/$/, '')
  const sign = createSigner(process.env.AWS_REGION ?? '', SERVICE)

  return (connection, data) =>
    new Promise((resolve, reject) => {
      const path = `${stage}/@connections/${encodeSegment(connection)}`
      const signable = { method: 'POST', host, path, contentType: CONTENT_TYPE, body: data }
      const headers = sign(signable, environmentCredentials(), new Date())
      const request = send({ agent, hostname, port, path, method: 'POST', headers }, response => {
        response.resume()
        response.on('end', () => settle(() => resolve(response.statusCode ?? 0)))
        response.on('error', error => settle(() => reject(error)))
      })
      const timer = setTimeout(() => {
        request.destroy(new PostTimeout(`expected an answer within ${timeout} ms`))
      }, timeout)
      const settle = (finish: () => void): void => {
        clearTimeout(timer)
        finish()
      }
      request.on('error', error => settle(() => reject(error)))
      request.end(data)
    })
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
