/** Posts messages to connections through the @connections API of API Gateway. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  ApiGatewayManagementApiClient,
  ApiGatewayManagementApiServiceException,
  GetConnectionCommand,
  GoneException,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { keepAliveHandler } from '../lambda/keep-alive.ts'
import { createPostRequest, PostTimeout } from './post-request.ts'

/** Time limit of a post (ms), so that a slow connection does not delay the others. */
const POST_TIMEOUT_MS = 1_000
/** Mean wait before the only retry (ms). The actual wait is random: 50 to 150 % of the mean. */
const RETRY_WAIT_MS = 100

/**
 * `throttled`: throttled or failed twice; the connection did not cause it. `refused`: too slow, or a message above 128 KB.
 * The connection may still work.
 */
export type PostResult = 'sent' | 'gone' | 'refused' | 'throttled'

export interface Posts {
  post(connection: string, text: string): Promise<PostResult>
  /** Returns whether the connection is open: API Gateway may answer 410 to a post that it has delivered. */
  exists(connection: string): Promise<boolean>
}

/** @param endpoint `wss://…/stage` of the WebSocket API. Posts go to the same address over https. */
export function createPosts(endpoint: string): Posts {
  const url = endpoint.replace(/^ws/, 'http')
  const send = createPostRequest(url, POST_TIMEOUT_MS)
  const client = new ApiGatewayManagementApiClient({
    endpoint: url,
    requestHandler: keepAliveHandler(),
    maxAttempts: 1,
  })
  return {
    async post(connection, text) {
      const data = Buffer.from(text)
      for (let attempt = 0; ; attempt++) {
        const result = resultOf(await send(connection, data).catch(failure))
        if (result !== 'failed') return result
        if (attempt === 1) return 'throttled'
        await sleep(RETRY_WAIT_MS * (0.5 + Math.random()))
      }
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

/** Returns the error of a request without an answer. @throws the error if the connection did not cause it. */
function failure(error: unknown): Error {
  if (error instanceof PostTimeout || (error instanceof Error && 'code' in error)) return error
  throw error
}

/**
 * Returns the result of a request, from its status or error; `failed` if a second attempt may succeed.
 * @throws Error for a status that neither the connection nor a limit explains.
 */
function resultOf(answer: number | Error): PostResult | 'failed' {
  if (answer instanceof PostTimeout || answer === 413) return 'refused'
  if (answer instanceof Error || answer === 429 || answer >= 500) return 'failed'
  if (answer === 200) return 'sent'
  if (answer === 410) return 'gone'
  throw new Error(`PostToConnection: expected status 200, 410, 413, 429 or 5xx, got ${answer}`)
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
