/** The three sides of the benchmark of posts. Each sends a post in its own way, and names itself as stage of the path. */
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { type Dispatcher, Pool } from 'undici'
import { createPosts } from '../posts/posts.ts'
import { POSTS_IN_FLIGHT } from '../posts/push.ts'

export type Side = 'own' | 'sdk' | 'bare'

export interface Post {
  readonly connection: string
  readonly text: string
}

export type Send = (post: Post) => Promise<unknown>

/** What the server got. */
export interface PostCounts {
  readonly counts: Readonly<Partial<Record<Side, { readonly posts: number; readonly checked: number }>>>
  /** Signatures that are not those of the SDK's signer. */
  readonly faults: readonly string[]
}

export const REGION = 'ap-northeast-1'
export const CREDENTIALS = { accessKeyId: 'bench', secretAccessKey: 'bench' }

/** @param host `127.0.0.1:port` */
export function postSides(host: string): Readonly<Record<Side, Send>> {
  return { own: ownSide(host), sdk: sdkSide(host), bare: bareSide(host) }
}

function ownSide(host: string): Send {
  // A function reads region and credentials from its environment.
  process.env.AWS_REGION = REGION
  process.env.AWS_ACCESS_KEY_ID = CREDENTIALS.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = CREDENTIALS.secretAccessKey
  const { post } = createPosts(`ws://${host}/own`)
  return async ({ connection, text }) => {
    const result = await post(connection, text)
    if (result !== 'sent') throw new Error(`post: expected result "sent", got "${result}"`)
  }
}

/** PostToConnection of the SDK with its default settings. */
function sdkSide(host: string): Send {
  const client = new ApiGatewayManagementApiClient({
    endpoint: `http://${host}/sdk`,
    region: REGION,
    credentials: CREDENTIALS,
  })
  return ({ connection, text }) =>
    client.send(new PostToConnectionCommand({ ConnectionId: connection, Data: Buffer.from(text) }))
}

/** A request with undici, without signature, time limit and check of the status. */
function bareSide(host: string): Send {
  const pool = new Pool(`http://${host}`, { connections: 2 * POSTS_IN_FLIGHT })
  const headers = { 'content-type': 'application/octet-stream' }
  return ({ connection, text }) =>
    new Promise<void>((resolve, reject) => {
      const path = `/bare/@connections/${encodeURIComponent(connection)}`
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart() {},
        onResponseEnd: () => resolve(),
        onResponseError: (_controller, error) => reject(error),
      }
      pool.dispatch({ method: 'POST', path, headers, body: Buffer.from(text) }, handler)
    })
}
