/** Pushing a round to the connections of one room. */

import { eachOf } from '../lambda/each-of.ts'
import { POST_BYTES, type ServerMessage } from '../market/protocol.ts'
import { type ConnectionsTable, markGone } from '../tables/connections/connections-table.ts'
import type { PostResult, Posts } from './posts.ts'

/** What one room gets in a round. */
export interface Push {
  readonly room: string
  /** JSON texts of updates, each once. */
  readonly updates: readonly string[]
  /** JSON texts of whole messages that every delivery gets first. */
  readonly messages: readonly string[]
  /** Connections, each with the indices of its updates. */
  readonly deliveries: readonly (readonly [connection: string, updates: readonly number[]])[]
}

export interface PushResult {
  readonly posts: number
  /** Connections that are gone, checked and marked. */
  readonly gone: readonly string[]
  /** Connections that did not get all of it. */
  readonly failed: readonly string[]
  /** What posts failed of beside limits and slowness, each once. */
  readonly errors: readonly string[]
  /** Sum and greatest of the times that posts took (ms). */
  readonly postMilliseconds: number
  readonly slowestPost: number
}

/** Posts in flight at once in one room. */
export const POSTS_IN_FLIGHT = 64
/** A push that takes longer (ms) leaves the rest for the next round, which then conflates more. */
const PUSH_LIMIT_MS = 5_000

const HEAD = '{"type":"updates","updates":['
const TAIL = ']}'
const FRAME_BYTES = HEAD.length + TAIL.length

export async function pushRoom(push: Push, posts: Posts, table: ConnectionsTable): Promise<PushResult> {
  const sizes = push.updates.map(text => Buffer.byteLength(text))
  const until = Date.now() + PUSH_LIMIT_MS
  const gone: string[] = []
  const failed: string[] = []
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
      if (Date.now() >= until) return 'refused'
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
      if (result !== 'gone') return
      gone.push(connection)
      await markGone(table, push.room, connection)
    } catch (error) {
      // One connection's trouble is not the others'.
      failed.push(connection)
      errors.add(String(error))
    }
  })
  return { posts: count, gone, failed, errors: [...errors], postMilliseconds, slowestPost }
}

/**
 * The updates at `indices` as messages, each of them as full as one post may be. An update that is too long for that
 * goes alone.
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
    const size = sizes[index] ?? 0
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

/** A message as the text of a post. */
export function messageText(message: ServerMessage): string {
  return JSON.stringify(message)
}
