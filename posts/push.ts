/** Pushes a part of a round to its connections. */
import type { ServerMessage } from '../market/protocol.ts'
import type { Millis } from '../market/units.ts'
import { deflated } from './deflate-message.ts'
import { type UpdateTexts, updatesJoiner } from './join-updates.ts'
import { CONNECTIONS } from './post-request.ts'
import type { PostResult, Posts } from './posts.ts'
import { eachInSlots, type Slots } from './slots.ts'

/**
 * Posts of one push. Broadcast sends the only push of a round itself, so few posts need no other function; and a push of
 * 250 posts takes some 20 ms of CPU time, and 70 ms if the posts are compressed.
 */
export const POSTS_PER_PUSH = 250

/** What a post to a connection contains: indices into the texts of a {@link Push}. */
export type PushDelivery = readonly [
  connection: string,
  updates: readonly number[],
  events: readonly number[],
  /** Whether the connection takes compressed messages. Absent: it does not. */
  isDeflated?: boolean,
  /** Absent without missed trades. */
  missed?: readonly number[],
]

/** The updates and events of a part of a round. */
export interface Push extends UpdateTexts {
  readonly deliveries: readonly PushDelivery[]
}

export interface PushResult {
  readonly posts: number
  /**
   * Connections to which API Gateway answered 410: they have ended, or their handshake has not. A few are open: API Gateway
   * sometimes gives this answer to a post that has arrived.
   */
  readonly gone: readonly string[]
  /** Connections that did not get all their messages, because they are slow or for an unknown reason. */
  readonly failed: readonly string[]
  /** Those of `failed` whose post had no answer in time. */
  readonly silent: readonly string[]
  /**
   * Connections that did not get all their messages for a reason that passes: API Gateway throttles or fails, or the time of
   * the push was over.
   */
  readonly throttled: readonly string[]
  /** Those of `throttled` whose post was answered with 429. */
  readonly limited: readonly string[]
  /** Errors of posts other than throttling and time limits, without duplicates. */
  readonly errors: readonly string[]
  /** Sum and maximum of the times of all posts (ms). */
  readonly postMilliseconds: Millis
  readonly slowestPost: Millis
}

/** Posts in flight at once in one push, without slow posts. */
export const POSTS_IN_FLIGHT = 64
/** A slow connection must not delay others: most posts take some ten milliseconds, and a stalled one a second. */
const SLOTS: Slots = { slots: POSTS_IN_FLIGHT, most: CONNECTIONS, patience: 250 }
/** Time for a push (ms). The next round sends the rest, conflated further. */
const PUSH_LIMIT_MS = 5_000

/** Posts to all connections of a push in parallel. */
export async function pushRoom(push: Push, posts: Pick<Posts, 'post'>): Promise<PushResult> {
  const join = updatesJoiner(push)
  const deadline = Date.now() + PUSH_LIMIT_MS
  const gone: string[] = []
  const failed: string[] = []
  const silent: string[] = []
  const limited: string[] = []
  const throttled: string[] = []
  const errors = new Set<string>()
  let count = 0
  let postMilliseconds = 0
  let slowestPost = 0

  const post = async (connection: string, text: string): Promise<PostResult> => {
    const start = performance.now()
    const result = await posts.post(connection, text)
    const took = performance.now() - start
    count++
    postMilliseconds += took
    slowestPost = Math.max(slowestPost, took)
    return result
  }

  const deliver = async (delivery: PushDelivery): Promise<PostResult> => {
    const [connection, updates, events, isDeflated, missed] = delivery
    for (const text of join(updates, events, missed)) {
      if (Date.now() >= deadline) return 'failed'
      const result = await post(connection, isDeflated ? deflated(text) : text)
      if (result !== 'sent') return result
    }
    return 'sent'
  }

  await eachInSlots(push.deliveries, SLOTS, async delivery => {
    const [connection] = delivery
    try {
      const result = await deliver(delivery)
      if (result === 'refused' || result === 'silent') failed.push(connection)
      if (result === 'silent') silent.push(connection)
      if (result === 'throttled' || result === 'failed') throttled.push(connection)
      if (result === 'throttled') limited.push(connection)
      if (result === 'gone') gone.push(connection)
    } catch (error) {
      // An error of one connection must not stop the others.
      failed.push(connection)
      errors.add(String(error))
    }
  })
  const lists = { gone, failed, silent, throttled, limited, errors: [...errors] }
  return { posts: count, ...lists, postMilliseconds, slowestPost }
}

/** Returns a message as the text of a post. */
export function messageText(message: ServerMessage): string {
  return JSON.stringify(message)
}
