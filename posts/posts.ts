/** Posts messages to connections through the @connections API of API Gateway. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  ApiGatewayManagementApiClient,
  ApiGatewayManagementApiServiceException,
  GetConnectionCommand,
  GoneException,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { errors } from 'undici'
import { keepAliveHandler } from '../lambda/keep-alive.ts'
import type { Millis } from '../market/units.ts'
import { AnswerTimeout, NoConnection } from './http-requests.ts'
import { createConnectionRequests } from './post-request.ts'

/** Time limit of a post (ms), so that a slow connection does not delay the others. */
const POST_TIMEOUT_MS = 1_000
/** Mean wait before the first retry (ms). */
const RETRY_WAIT_MS = 100
/**
 * Time from the first post of an answer to its last (ms). With the last post, the function still ends within its timeout of
 * ten seconds (cdk/realtime-api.ts).
 */
const ANSWER_LIMIT_MS = 3_000

/**
 * `throttled`: answered with 429. Either the account is above its quota, or the buffer of the connection is full
 * (LimitExceededException of PostToConnection). `silent`: no answer in time. `refused`: a message above 128 KB. `failed`: the
 * gateway or the way to it failed. The connection may still work after each of them.
 */
export type PostResult = 'sent' | 'gone' | 'refused' | 'silent' | 'throttled' | 'failed'

export interface Posts {
  /** Posts a message that a later round would repeat: does not wait for a gateway that throttles. */
  post(connection: string, text: string): Promise<PostResult>
  /** Posts a message that nobody would repeat: retries for some seconds if the gateway throttles or fails. */
  postAnswer(connection: string, text: string): Promise<PostResult>
  /**
   * Closes a connection.
   * @returns `sent` if it is closed now, `gone` if it was closed before. After other results it may still be open.
   */
  close(connection: string): Promise<PostResult>
  /** Returns whether the connection is open: API Gateway may answer 410 to a post that it has delivered. */
  exists(connection: string): Promise<boolean>
}

/** @param endpoint `wss://…/stage` of the WebSocket API. Posts go to the same address over https. */
export function createPosts(endpoint: string): Posts {
  const url = endpoint.replace(/^ws/, 'http')
  const requests = createConnectionRequests(url, POST_TIMEOUT_MS)
  const send = requests.post
  const client = new ApiGatewayManagementApiClient({
    endpoint: url,
    requestHandler: keepAliveHandler(),
    maxAttempts: 1,
  })
  return {
    async post(connection, text) {
      const data = Buffer.from(text)
      const result = await send(connection, data).then(status => resultOf(status), failureOf)
      if (result !== 'failed') return givenUp(result)
      await sleep(randomWait(0))
      return givenUp(await send(connection, data).then(status => resultOf(status), failureOf))
    },
    async postAnswer(connection, text) {
      const data = Buffer.from(text)
      const deadline = performance.now() + ANSWER_LIMIT_MS
      for (let retries = 0; ; retries++) {
        const result = await send(connection, data).then(status => resultOf(status), failureOf)
        const wait = randomWait(retries)
        const mayRetry = result === 'failed' || result === 'no-connection' || result === 'throttled'
        if (!mayRetry || performance.now() + wait > deadline) return givenUp(result)
        await sleep(wait)
      }
    },
    async close(connection) {
      const result = requests.close(connection).then(status => resultOf(status, CLOSED), failureOf)
      return givenUp(await result)
    },
    async exists(connection) {
      try {
        await client.send(new GetConnectionCommand({ ConnectionId: connection }))
        return true
      } catch (error) {
        if (error instanceof GoneException) return false
        if (isTimeout(error) || isTransient(error)) return true
        throw error
      }
    },
  }
}

/** Returns the wait before a retry (ms): 50 to 150 % of a mean that doubles with each retry. */
function randomWait(retries: number): Millis {
  return RETRY_WAIT_MS * 2 ** retries * (0.5 + Math.random())
}

/** `no-connection`: like `failed`, after a wait of {@link POST_TIMEOUT_MS}. */
type Attempt = PostResult | 'no-connection'

function givenUp(attempt: Attempt): PostResult {
  return attempt === 'no-connection' ? 'failed' : attempt
}

/** Statuses of PostToConnection and DeleteConnection that succeeded (API Gateway management API reference). */
const POSTED = 200
const CLOSED = 204

/** @throws Error for a status that neither the connection nor a limit explains. */
function resultOf(status: number, success = POSTED): Attempt {
  if (status === success) return 'sent'
  if (status === 410) return 'gone'
  if (status === 413) return 'refused'
  if (status === 429) return 'throttled'
  if (status >= 500) return 'failed'
  throw new Error(`@connections: expected status ${success}, 410, 413, 429 or 5xx, got ${status}`)
}

/** Returns the result of a request without an answer. @throws the error if it is a fault of the program. */
function failureOf(error: unknown): Attempt {
  if (error instanceof AnswerTimeout) return 'silent'
  if (error instanceof NoConnection) return 'no-connection'
  if (error instanceof Error && 'code' in error && !(error instanceof errors.InvalidArgumentError))
    return 'failed'
  throw error
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')
}

/** Returns whether an error is a status 429 or 5xx, or a missing answer. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof ApiGatewayManagementApiServiceException))
    return error instanceof Error && 'code' in error
  const status = error.$metadata.httpStatusCode ?? 0
  return status === 429 || status >= 500
}
