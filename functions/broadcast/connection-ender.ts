/**
 * Ends connections whose access token has expired, or whose user an operator has cut off: they get no more updates, a last
 * message with the reason, and are closed.
 */
import { createErrands } from '../../lambda/errands.ts'
import { endMessage } from '../../market/end-message.ts'
import type { ErrorCode } from '../../market/protocol-errors.ts'
import { addMillis, asEpochMillis, type EpochMillis, type Millis } from '../../market/units.ts'
import type { Posts } from '../../posts/posts.ts'
import { messageText } from '../../posts/push.ts'
import { endOf } from '../../tables/connections/connection-end.ts'
import type { GoneMarker } from './gone-marker.ts'
import type { Member, Members } from './members.ts'

/** Time between two searches for connections that are to be ended (ms). */
const SEARCH_EVERY_MS: Millis = 1_000
/**
 * A token that was renewed in its last moment becomes known so much later (ms): a write takes a second at most
 * (connections-table.ts), and a quiet room is read every second (rooms.ts). The rest is for clocks that differ.
 */
export const RENEWAL_KNOWN_MS: Millis = 3_000
/**
 * Connections that all environments end in a second. If the tokens of 10,000 apps expire at once, the last app is closed within a
 * minute. Each takes a post and a close: 400 requests of the 1,000 that the budget of posts leaves (cdk/sizing.ts).
 */
const ENDS_PER_SECOND = 200
/** A connection that is still there is ended again after this time (ms). */
export const END_AGAIN_MS: Millis = 5_000
/** Connections that are ended at once. They share the ways to the gateway with the posts of the round. */
const IN_FLIGHT = 20

export interface EnderParts {
  readonly members: Members
  readonly marker: Pick<GoneMarker, 'add'>
  readonly posts: Pick<Posts, 'post' | 'close'>
  /** Environments that run at the same time. */
  readonly environments: number
  /** Reports a problem that must not stop the round. */
  warn(message: string, error: unknown): void
}

export interface ConnectionEnder {
  /** Starts to end connections. A connection that cannot be ended now is ended by a later round. */
  start(now: EpochMillis): void
  /** Resolves when nothing is running. */
  settled(): Promise<void>
}

export function createConnectionEnder(parts: EnderParts): ConnectionEnder {
  const { members, marker, posts, warn } = parts
  const perMillisecond = ENDS_PER_SECOND / parts.environments / 1_000
  const errands = createErrands<string>(IN_FLIGHT)
  let searchedAt = asEpochMillis(0)
  let startedAt = asEpochMillis(0)
  let found: Member[] = []

  /** Finds the members that are to be ended. They get no posts of rounds, unless a renewed token becomes known. */
  const search = (now: EpochMillis): void => {
    if (now - searchedAt < SEARCH_EVERY_MS) return
    searchedAt = now
    found = []
    for (const member of members.byConnection.values()) {
      member.isEnding = codeOf(member, now) !== undefined
      if (!member.isEnding) continue
      if (member.endedAt === undefined || now - member.endedAt >= END_AGAIN_MS) found.push(member)
    }
  }

  const end = async ({ connection, room }: Member, code: ErrorCode): Promise<void> => {
    try {
      await posts.post(connection, messageText(endMessage(code)))
      const closed = await posts.close(connection)
      // $disconnect marks a connection that was open.
      if (closed === 'gone') marker.add(room, connection)
    } catch (error) {
      warn('a connection could not be ended', error)
    }
  }

  return {
    start(now) {
      search(now)
      const allowed = Math.min(IN_FLIGHT, Math.floor((now - startedAt) * perMillisecond))
      if (allowed === 0 || found.length === 0) return
      startedAt = now
      for (const member of found.splice(0, allowed)) {
        const code = codeOf(member, now)
        // The next search finds a member again whose last post has not ended.
        if (code === undefined || member.inFlight) continue
        member.endedAt = now
        errands.start(member.connection, () => end(member, code))
      }
    },
    settled: errands.settled,
  }
}

/** Returns why a member is to be ended; undefined if it may go on. */
function codeOf(member: Member, now: EpochMillis): ErrorCode | undefined {
  return endOf(member, addMillis(now, -RENEWAL_KNOWN_MS))
}
