/** A gateway in memory for pushes of broadcast: it has the quota of an account, counts, and keeps what some apps got. */

import { deflated } from '../../posts/deflate-message.ts'
import { updatesJoiner } from '../../posts/join-updates.ts'
import type { Push, PushResult } from '../../posts/push.ts'
import { createPostTimes, type PostTimes } from './post-times.ts'
import { createRequestQuota } from './request-quota.ts'

export interface VirtualGatewayParts {
  /** Receives each update that arrives. */
  onUpdate(connection: string, text: string): void
  /** Apps whose messages are kept. */
  readonly kept: ReadonlySet<string>
  /** Posts before this time (ms) do not count. */
  readonly countFrom: number
}

export interface VirtualGateway {
  /** Serves a push as push-room does, at the present time and without delay. */
  push(push: Push): Promise<PushResult>
  /** Messages of the kept apps as JSON, in order. */
  readonly messages: ReadonlyMap<string, readonly string[]>
  readonly times: PostTimes
  counts(): VirtualCounts
  /** CPU time of all pushes, µs. */
  cpu(): number
}

export interface GatewayCounts {
  readonly posts: number
  readonly refused: number
  readonly bytes: number
}

export interface VirtualCounts extends GatewayCounts {
  /** Updates in the posts. */
  readonly updates: number
  /** CPU time to compress the posts, µs. */
  readonly deflating: number
}

export function createVirtualGateway({ onUpdate, kept, countFrom }: VirtualGatewayParts): VirtualGateway {
  const quota = createRequestQuota(1)
  const times = createPostTimes(countFrom)
  const messages = new Map<string, string[]>([...kept].map(connection => [connection, []]))
  let [posts, refused, bytes, updates, deflating, cpu] = [0, 0, 0, 0, 0, 0]

  /** Returns the bytes of a message as it is sent. */
  const bytesOf = (text: string, isDeflated: boolean): number => {
    // All texts are ASCII: issues, numbers and names of members.
    if (!isDeflated) return text.length
    const start = process.cpuUsage()
    const { length } = deflated(text)
    const { user, system } = process.cpuUsage(start)
    deflating += user + system
    return length
  }

  /** Returns whether all messages of a delivery were taken. */
  const deliver = (connection: string, texts: readonly string[], isDeflated: boolean): boolean => {
    const now = Date.now()
    for (const text of texts) {
      if (!quota.take()) {
        refused++
        return false
      }
      times.note(connection, now, text)
      if (now >= countFrom) {
        posts++
        bytes += bytesOf(text, isDeflated)
      }
      messages.get(connection)?.push(text)
    }
    return true
  }

  const serve = (push: Push): PushResult => {
    const join = updatesJoiner(push)
    const throttled: string[] = []
    for (const [connection, updateIndices, eventIndices, isDeflated = false] of push.deliveries) {
      if (!deliver(connection, join(updateIndices, eventIndices), isDeflated)) {
        throttled.push(connection)
        continue
      }
      for (const index of updateIndices) onUpdate(connection, push.updates[index]!)
      if (Date.now() >= countFrom) updates += updateIndices.length
    }
    const count = push.deliveries.length
    const lists = { gone: [], failed: [], silent: [], throttled, limited: throttled, errors: [] }
    return { posts: count, ...lists, postMilliseconds: 0, slowestPost: 0 }
  }

  return {
    async push(push) {
      const start = process.cpuUsage()
      const result = serve(push)
      const { user, system } = process.cpuUsage(start)
      cpu += user + system
      return result
    },
    messages,
    times,
    counts: () => ({ posts, refused, bytes, updates, deflating }),
    cpu: () => cpu,
  }
}
