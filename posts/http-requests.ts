/** Sends HTTP requests to one host over connections that stay open, with one time limit for all. */
import { buildConnector, Client, type Dispatcher } from 'undici'
import type { Millis } from '../market/units.ts'
import { createTimeLimit, type TimeLimit } from './time-limit.ts'

/** Time to open a connection (ms). The request that waits for it may be over earlier. */
const CONNECT_TIMEOUT_MS = 2_000
/** Time without a request after which a connection is closed (ms): several times the longest pace. */
const IDLE_TIMEOUT_MS = 30_000

/** The host did not answer in time. */
export class AnswerTimeout extends Error {
  override readonly name = 'AnswerTimeout'
}

/** No connection to the host became free in time. The host has not got the request. */
export class NoConnection extends Error {
  override readonly name = 'NoConnection'
}

/**
 * Sends one request and ignores the body of the answer. Resolves to the HTTP status.
 * @throws AnswerTimeout or NoConnection after the time limit; Error with a `code` if the connection fails.
 */
export type HttpRequest = (request: Dispatcher.DispatchOptions) => Promise<number>

export interface RequestLimits {
  /** Most connections at once. Each carries one request at a time. */
  readonly connections: number
  /** Time for the wait for a connection (ms), and again for the answer. */
  readonly timeout: Millis
}

/** @param origin `https://host:port` */
export function createHttpRequest(origin: string, { connections, timeout }: RequestLimits): HttpRequest {
  const clients = new Clients(origin, connections)
  const limit = createTimeLimit<PendingRequest>(timeout, request => request.expire(timeout))
  return options =>
    new Promise((resolve, reject) => {
      const request = new PendingRequest({ options, clients, limit, resolve, reject })
      limit.start(request)
      clients.start(request)
    })
}

/**
 * The connections: clients of undici. Other than undici's Pool, it uses the connection that became free last, so no more
 * connections stay open than there are requests at once, and it costs less.
 */
class Clients {
  readonly #origin: string
  readonly #limit: number
  /** All clients have one connector, which resumes TLS sessions. */
  readonly #connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS })
  readonly #free: Client[] = []
  readonly #waiting = new Set<PendingRequest>()
  #count = 0

  constructor(origin: string, limit: number) {
    this.#origin = origin
    this.#limit = limit
  }

  start(request: PendingRequest): void {
    const client = this.#free.pop() ?? this.#open()
    if (client === undefined) this.#waiting.add(request)
    else request.start(client)
  }

  /** Removes a request from those that wait for a client. */
  cancel(request: PendingRequest): void {
    this.#waiting.delete(request)
  }

  /** Takes a client back whose connection may stay open. */
  release(client: Client): void {
    this.#free.push(client)
    this.#startNext()
  }

  /** Forgets a client whose connection is closed. */
  forget(): void {
    this.#count--
    this.#startNext()
  }

  #startNext(): void {
    const [next] = this.#waiting
    if (next === undefined) return
    this.#waiting.delete(next)
    this.start(next)
  }

  #open(): Client | undefined {
    if (this.#count === this.#limit) return undefined
    this.#count++
    return new Client(this.#origin, {
      connect: this.#connect,
      keepAliveTimeout: IDLE_TIMEOUT_MS,
      // The limits of undici may be a second late.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }
}

interface PendingParts {
  readonly options: Dispatcher.DispatchOptions
  readonly clients: Clients
  readonly limit: TimeLimit<PendingRequest>
  readonly resolve: (status: number) => void
  readonly reject: (error: Error) => void
}

/** A request until its end, and the handler of its answer. */
class PendingRequest implements Dispatcher.DispatchHandler {
  readonly #parts: PendingParts
  /** Undefined while the request waits for a client. */
  #client: Client | undefined
  /** Undefined until the connection of the client is open. */
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #isOver = false

  constructor(parts: PendingParts) {
    this.#parts = parts
  }

  start(client: Client): void {
    this.#client = client
    client.dispatch(this.#parts.options, this)
  }

  expire(timeout: Millis): void {
    this.#isOver = true
    // An abort closes the connection, because the next answer on it would belong to this request.
    if (this.#controller) this.#controller.abort(new AnswerTimeout(`expected an answer within ${timeout} ms`))
    else this.#parts.reject(new NoConnection(`expected a free connection within ${timeout} ms`))
    if (this.#client === undefined) this.#parts.clients.cancel(this)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // An error at this point, unlike an abort, leaves the connection open.
    if (this.#isOver) throw new NoConnection('expected no request after its time')
    this.#controller = controller
    this.#parts.limit.start(this)
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status
  }

  onResponseEnd(): void {
    const { clients, limit, resolve } = this.#parts
    limit.end(this)
    clients.release(this.#client!)
    resolve(this.#status)
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const { clients, limit, reject } = this.#parts
    limit.end(this)
    if (error instanceof NoConnection) clients.release(this.#client!)
    else clients.forget()
    reject(error)
  }
}
