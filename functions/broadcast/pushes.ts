/** Turns planned posts into pushes. Each push fits into the payload of one Lambda invocation. */
import { Buffer } from 'node:buffer'
import { POSTS_PER_PUSH, type Push, type PushDelivery } from '../../posts/push.ts'
import type { PlannedPost } from './post-plan.ts'

/** The payload of a synchronous invocation has at most 6 MB (Lambda quotas). */
export const MAX_PUSH_BYTES = 6_000_000
/** `,["",[],[],true]` around a connection and its indices. */
const DELIVERY_FRAME_BYTES = 17

/** A push and the posts in it, by connection. */
export interface PlannedPush {
  readonly push: Push
  readonly posts: ReadonlyMap<string, PlannedPost>
  /** The last posts to these connections have failed. They may be slow again, so no round waits for this push. */
  readonly isDoubtful: boolean
}

/**
 * Returns pushes of at most {@link POSTS_PER_PUSH} posts and {@link MAX_PUSH_BYTES} as JSON. A post is in one push. A single
 * post may be larger.
 * @param stretch see {@link Push}.
 */
export function pushesOf(posts: readonly PlannedPost[], stretch?: number): PlannedPush[] {
  const sizes = new Map<string, number>()
  const sizeOf = (text: string): number => {
    const size = sizes.get(text) ?? Buffer.byteLength(JSON.stringify(text)) + 1
    sizes.set(text, size)
    return size
  }
  const isDoubtful = ({ member }: PlannedPost): boolean => member.failures > 0
  return [
    ...cutPushes(
      posts.filter(post => !isDoubtful(post)),
      false,
      stretch,
      sizeOf,
    ),
    ...cutPushes(posts.filter(isDoubtful), true, stretch, sizeOf),
  ]
}

/** A push that is being filled. */
interface OpenPush {
  /** Index of each text in the push. */
  readonly updates: Map<string, number>
  readonly events: Map<string, number>
  readonly missed: Map<string, number>
  readonly posts: Map<string, PlannedPost>
  readonly deliveries: PushDelivery[]
  /** Size of the push as JSON. */
  bytes: number
}

/** @param sizeOf returns the bytes of a text in JSON, with a comma. */
function cutPushes(
  posts: readonly PlannedPost[],
  isDoubtful: boolean,
  stretch: number | undefined,
  sizeOf: (text: string) => number,
): PlannedPush[] {
  const frame = { updates: [], events: [], ...(stretch === undefined ? {} : { stretch }), deliveries: [] }
  const frameBytes = Buffer.byteLength(JSON.stringify(frame satisfies Push))
  const pushes: PlannedPush[] = []
  let open = emptyPush(frameBytes)
  const finish = (): void => {
    const { updates, events, missed, deliveries, posts } = open
    const push: Push = {
      ...frame,
      updates: [...updates.keys()],
      events: [...events.keys()],
      ...(missed.size === 0 ? {} : { missed: [...missed.keys()] }),
      deliveries,
    }
    if (deliveries.length > 0) pushes.push({ push, posts, isDoubtful })
    open = emptyPush(frameBytes)
  }
  for (const post of posts) {
    const isFull = open.posts.size >= POSTS_PER_PUSH
    if (isFull || open.bytes + addedBytes(open, post, sizeOf) > MAX_PUSH_BYTES) finish()
    open.bytes += addedBytes(open, post, sizeOf)
    const { connection, encoding } = post.member
    const updates = post.updates.map(text => indexOf(open.updates, text))
    const events = post.events.map(text => indexOf(open.events, text))
    const missed = post.missed.map(text => indexOf(open.missed, text))
    const isDeflated = encoding === 'deflate-1'
    if (missed.length > 0) open.deliveries.push([connection, updates, events, isDeflated, missed])
    else
      open.deliveries.push(isDeflated ? [connection, updates, events, true] : [connection, updates, events])
    open.posts.set(connection, post)
  }
  finish()
  return pushes
}

function emptyPush(bytes: number): OpenPush {
  return { updates: new Map(), events: new Map(), missed: new Map(), posts: new Map(), deliveries: [], bytes }
}

/** Returns at most how many bytes a post adds: its connection, its indices, and the texts that the push does not have yet. */
function addedBytes(
  { updates, events, missed }: OpenPush,
  post: PlannedPost,
  sizeOf: (text: string) => number,
): number {
  const texts = post.updates.length + post.events.length + post.missed.length
  // No index has more digits than the number of texts.
  const indexBytes = String(updates.size + events.size + missed.size + texts).length + 1
  let bytes = post.member.connection.length + DELIVERY_FRAME_BYTES + texts * indexBytes
  for (const text of post.updates) if (!updates.has(text)) bytes += sizeOf(text)
  for (const text of post.events) if (!events.has(text)) bytes += sizeOf(text)
  for (const text of post.missed) if (!missed.has(text)) bytes += sizeOf(text)
  return bytes
}

function indexOf(indices: Map<string, number>, text: string): number {
  const index = indices.get(text) ?? indices.size
  indices.set(text, index)
  return index
}
