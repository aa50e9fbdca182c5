/** Pushes a round to the connections of one room. */
import { eachOf } from '../lambda/each-of.ts'
import { POST_BYTES, type ServerMessage } from '../market/protocol.ts'
import type { Millis } from '../market/units.ts'
import type { PostResult, Posts } from './posts.ts'

/** The messages of a round for one room. */
export interface Push {
  readonly room: string
  /** JSON texts of updates, without duplicates. */
  readonly updates: readonly string[]
  /** JSON texts of whole messages that every delivery gets first. */
  readonly messages: readonly string[]
  /** Connections with the indices of their updates. */
  readonly deliveries: readonly (readonly [connection: string, updates: readonly number[]])[]
}

export interface PushResult {
  readonly posts: number
  /** Connections that API Gateway does not know: they have ended, or their handshake has not. */
  readonly gone: readonly string[]
  /** Connections that did not get all their messages, because they are slow or for an unknown reason. */
  readonly failed: readonly string[]
  /** Connections that did not get all their messages, because API Gateway throttles or the time of the push was over. */
  readonly throttled: readonly string[]
  /** Errors of posts other than throttling and time limits, without duplicates. */
  readonly errors: readonly string[]
  /** Sum and maximum of the times of all posts (ms). */
  readonly postMilliseconds: Millis
  readonly slowestPost: Millis
}

/** Posts in flight at once in one room. */
export const POSTS_IN_FLIGHT = 64
/** Time for a push (ms). The next round sends the rest, conflated further. */
const PUSH_LIMIT_MS = 5_000

const HEAD = '{"type":"updates","updates":['
const TAIL = ']}'
const FRAME_BYTES = HEAD.length + TAIL.length

/** Posts to all connections of a push in parallel. */
export async function pushRoom(push: Push, posts: Pick<Posts, 'post' | 'exists'>): Promise<PushResult> {
  const sizes = push.updates.map(text => Buffer.byteLength(text))
  const deadline = Date.now() + PUSH_LIMIT_MS
  const gone: string[] = []
  const failed: string[] = []
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

  const deliver = async (connection: string, updates: readonly number[]): Promise<PostResult> => {
    for (const text of [...push.messages, ...joinUpdates(push.updates, sizes, updates)]) {
      if (Date.now() >= deadline) return 'throttled'
      const result = await post(connection, text)
      if (result === 'gone') return (await posts.exists(connection)) ? 'refused' : 'gone'
      if (result !== 'sent') return result
    }
    return 'sent'
  }

  await eachOf(push.deliveries, POSTS_IN_FLIGHT, async ([connection, updates]) => {
    try {
      const result = await deliver(connection, updates)
      if (result === 'refused') failed.push(connection)
      if (result === 'throttled') throttled.push(connection)
      if (result === 'gone') gone.push(connection)
    } catch (error) {
      // An error of one connection must not stop the others.
      failed.push(connection)
      errors.add(String(error))
    }
  })
  return { posts: count, gone, failed, throttled, errors: [...errors], postMilliseconds, slowestPost }
}

/**
 * Joins the texts at `indices` to messages of type `updates`. Each message is as full as one post allows. An update that
 * is too long for a post gets a message of its own.
 * @param sizes bytes of each of `texts`.
 */
export function joinUpdates(
  texts: readonly string[],
  sizes: readonly number[],
  indices: readonly number[],
): string[] {
  const messages: string[] = []
  let joined = ''
  let bytes = FRAME_BYTES
  for (const index of indices) {
    const size = sizes[index]!
    if (joined !== '' && bytes + 1 + size > POST_BYTES) {
      messages.push(HEAD + joined + TAIL)
      joined = ''
      bytes = FRAME_BYTES
    }
    bytes += size + (joined === '' ? 0 : 1)
    joined += joined === '' ? texts[index] : `,${texts[index]}`
  }
  if (joined !== '') messages.push(HEAD + joined + TAIL)
  return messages
}

/** Returns a message as the text of a post. */
export function messageText(message: ServerMessage): string {
  return JSON.stringify(message)
}
