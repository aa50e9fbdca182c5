/** Posts to connections: what @connections of API Gateway can be asked. */

import { setTimeout as sleep } from 'node:timers/promises'
import {
  ApiGatewayManagementApiClient,
  ApiGatewayManagementApiServiceException,
  GetConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { keepAliveHandler } from '../lambda/keep-alive.ts'

/** A post that takes longer (ms) is given up: nobody else waits for a slow connection. */
const POST_TIMEOUT_MS = 1_000
/** Before the one retry (ms), with jitter. */
const RETRY_WAIT_MS = 100

/** `refused`: throttled or failed twice, or too slow; the connection may be well. */
export type PostResult = 'sent' | 'gone' | 'refused'

export interface Posts {
  post(connection: string, text: string): Promise<PostResult>
  /** Whether the connection is still there: a post can be answered 410 although it was delivered. */
  exists(connection: string): Promise<boolean>
}

/** @param endpoint `wss://…/stage` of the WebSocket API; its posts go to the same place over https. */
export function createPosts(endpoint: string): Posts {
  const client = new ApiGatewayManagementApiClient({
    endpoint: endpoint.replace(/^ws/, 'http'),
    requestHandler: keepAliveHandler(),
    maxAttempts: 1,
  })
  const send = (connection: string, data: Uint8Array): Promise<unknown> =>
    client.send(new PostToConnectionCommand({ ConnectionId: connection, Data: data }), {
      abortSignal: AbortSignal.timeout(POST_TIMEOUT_MS),
    })
  return {
    async post(connection, text) {
      const data = Buffer.from(text)
      for (let attempt = 0; ; attempt++) {
        try {
          await send(connection, data)
          return 'sent'
        } catch (error) {
          if (error instanceof GoneException) return 'gone'
          if (!isTimeout(error) && !isTransient(error)) throw error
          if (isTimeout(error) || attempt === 1) return 'refused'
          await sleep(RETRY_WAIT_MS * (0.5 + Math.random()))
        }
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

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')
}

/** 429, 5xx, or no answer at all. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof ApiGatewayManagementApiServiceException))
    return error instanceof Error && 'code' in error
  const status = error.$metadata.httpStatusCode ?? 0
  return status === 429 || status >= 500
}
