/**
 * PostToConnection without the SDK, which takes over ten times the CPU time (docs/performance.md): the same request and
 * signature over connections that stay open.
 */
import { type Dispatcher, Pool } from 'undici'
import type { Millis } from '../market/units.ts'
import { type Credentials, createSigner, encodeSegment } from './request-signature.ts'
import { createTimeLimit, type TimeLimit } from './time-limit.ts'

/** Connections to the gateway: twice the posts in flight, because events and updates are posted at the same time. */
const SOCKETS = 128
/** Time to open a connection (ms). The post that waits for it may be over earlier. */
const CONNECT_TIMEOUT_MS = 2_000
/** Time without a post after which a connection is closed (ms): several times the longest pace. */
const IDLE_TIMEOUT_MS = 30_000
const CONTENT_TYPE = 'application/octet-stream'
/** The service name in signatures for API Gateway (service authorization reference). */
const SERVICE = 'execute-api'

/** The gateway did not answer in time. */
export class PostTimeout extends Error {
  override readonly name = 'PostTimeout'
}

/** No connection to the gateway became free in time. The gateway has not got the request. */
export class NoSocket extends Error {
  override readonly name = 'NoSocket'
}

/**
 * Sends one post. Resolves to the HTTP status.
 * @throws PostTimeout or NoSocket after the time limit; Error with a `code` if the connection fails.
 */
export type PostRequest = (connection: string, data: Uint8Array) => Promise<number>

/**
 * @param endpoint `https://…/stage` of the WebSocket API.
 * @param timeout time for the wait for a free socket (ms), and again for the answer.
 */
export function createPostRequest(endpoint: string, timeout: Millis): PostRequest {
  const { origin, host, pathname } = new URL(endpoint)
  const pool = new Pool(origin, {
    connections: SOCKETS,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    keepAliveTimeout: IDLE_TIMEOUT_MS,
    // The limits of undici are up to a second late, and do not cover the wait for a socket.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const stage = pathname.replace(/\/$/, '')
  const sign = createSigner(process.env.AWS_REGION ?? '', SERVICE)
  const limit = createTimeLimit<PendingPost>(timeout, post => post.expire(timeout))

  return (connection, data) =>
    new Promise((resolve, reject) => {
      const path = `${stage}/@connections/${encodeSegment(connection)}`
      const signable = { method: 'POST', host, path, contentType: CONTENT_TYPE, body: data }
      const headers = sign(signable, environmentCredentials(), new Date())
      const post = new PendingPost(limit, resolve, reject)
      limit.start(post)
      pool.dispatch({ method: 'POST', path, headers, body: data }, post)
    })
}

/** The handler of one request. It ignores the body of the answer. */
class PendingPost implements Dispatcher.DispatchHandler {
  readonly #limit: TimeLimit<PendingPost>
  readonly #resolve: (status: number) => void
  readonly #reject: (error: Error) => void
  /** Undefined while the request waits for a socket. */
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #isOver = false

  constructor(
    limit: TimeLimit<PendingPost>,
    resolve: (status: number) => void,
    reject: (error: Error) => void,
  ) {
    this.#limit = limit
    this.#resolve = resolve
    this.#reject = reject
  }

  expire(timeout: Millis): void {
    this.#isOver = true
    // An abort closes the socket, because the next answer on it would belong to this request.
    if (this.#controller) this.#controller.abort(new PostTimeout(`expected an answer within ${timeout} ms`))
    else this.#reject(new NoSocket(`expected a free connection to the gateway within ${timeout} ms`))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // An error at this point, unlike an abort, leaves the socket to the next request.
    if (this.#isOver) throw new NoSocket('expected no request after its time')
    this.#controller = controller
    this.#limit.start(this)
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status
  }

  onResponseEnd(): void {
    this.#limit.end(this)
    this.#resolve(this.#status)
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#limit.end(this)
    this.#reject(error)
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
