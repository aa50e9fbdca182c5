/** What the end of a post means for its member: when the next post may start, and what the member has then. */
import { addMillis, type EpochMillis, type Millis } from '../../market/units.ts'
import type { View } from '../../market/view.ts'
import type { Member } from './members.ts'

/**
 * A connection that failed to take a post gets no posts for this time (ms), doubled after each further failure, so
 * that the other connections do not wait for it again and again. The first rest is short: most connections that miss a
 * single post are not slow, but a busy gateway was late.
 */
const REST_MS = 250
const LONGEST_REST_MS = 30_000
/**
 * The connect function stores a connection before the handshake ends. Until then API Gateway answers a post as if the
 * connection had ended. So in this time (ms) after a change of the connection such an answer proves nothing. The connect
 * function has ten seconds (cdk/realtime-api.ts).
 */
const HANDSHAKE_MS = 10_000
/** Like {@link REST_MS}, for a connection whose handshake may not have ended: most handshakes take less. */
const HANDSHAKE_REST_MS = 250
const LONGEST_HANDSHAKE_REST_MS = 1_000

/**
 * Like {@link REST_MS}, for a connection that seems to have ended. In this time $disconnect marks it, so thousands of
 * connections that end at once are not looked up one by one. An open connection waits this long for its next post.
 */
const GONE_REST_MS = 1_000
const LONGEST_GONE_REST_MS = 8_000

/**
 * A connection whose post API Gateway has throttled waits this time (ms), doubled after each further time. The account may
 * be over its quota, or the buffer of the connection may be full.
 */
const THROTTLE_WAIT_MS = 200
const LONGEST_THROTTLE_WAIT_MS = 2_000

/** What a post contains. The member has it when the post has arrived. */
export interface PostContent {
  /** All updates up to this round. */
  readonly round: number
  /** All events up to this one. */
  readonly event: number
  /** Issues with a whole board, each with its view. */
  readonly whole: ReadonlyMap<string, View>
  /** The whole status. */
  readonly status: boolean
}

/** Notes that a post has arrived. */
export function noteServed(member: Member, { round, event, whole, status }: PostContent): void {
  member.since = round
  member.eventsSince = event
  for (const [issue, view] of whole) {
    // The connection may have changed the view meanwhile.
    if (member.issues.get(issue) !== view) continue
    member.fresh.delete(issue)
    member.owed.delete(issue)
  }
  member.mayBeBehind = false
  if (status) member.lacksStatus = false
  member.failures = 0
  member.throttles = 0
}

/** Notes that API Gateway throttled a post. The next post may start after a random time, before the pace is over. */
export function noteThrottled(member: Member, now: EpochMillis): void {
  const wait = Math.min(THROTTLE_WAIT_MS * 2 ** member.throttles, LONGEST_THROTTLE_WAIT_MS)
  member.freeAt = addMillis(now, wait * (0.5 + Math.random() / 2))
  member.throttles++
}

/**
 * Notes that a post failed because the connection is slow, or for an unknown reason. The connection rests, and its next post
 * need not wait for the end of the pace. What it misses stays in the log.
 */
export function noteFailed(member: Member, now: EpochMillis): void {
  rest(member, now, REST_MS, LONGEST_REST_MS)
  if (member.freeAt > member.restsUntil) member.freeAt = member.restsUntil
}

/** Notes that a post failed because the handshake had not ended. The connection rests for a shorter time. */
export function noteTooEarly(member: Member, now: EpochMillis): void {
  rest(member, now, HANDSHAKE_REST_MS, LONGEST_HANDSHAKE_REST_MS)
}

/** Notes that a post failed because the connection seems to have ended. */
export function noteGone(member: Member, now: EpochMillis): void {
  rest(member, now, GONE_REST_MS, LONGEST_GONE_REST_MS)
}

/** Returns whether the handshake of a connection may not have ended. */
export function mayBeConnecting({ changedAt }: Member, now: EpochMillis): boolean {
  return now < addMillis(changedAt, HANDSHAKE_MS)
}

function rest(member: Member, now: EpochMillis, first: Millis, longest: Millis): void {
  member.restsUntil = addMillis(now, Math.min(first * 2 ** member.failures, longest))
  member.failures++
}
