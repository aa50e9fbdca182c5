/** What the end of a post means for its member: when the next post may start, and what the member has then. */
import { addMillis, type EpochMillis, type Millis } from '../../market/units.ts'
import type { View } from '../../market/view.ts'
import type { Member, SinceMark } from './members.ts'

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

/** A connection whose post API Gateway has throttled waits this time (ms), doubled after each further time. */
const THROTTLE_WAIT_MS = 200
const LONGEST_THROTTLE_WAIT_MS = 2_000
/**
 * So many times in a row a throttled connection keeps its turn: it goes before those that have waited less. After that it may
 * be the connection that refuses, and it waits like a new one.
 */
const TURNS_KEPT = 6

/**
 * If API Gateway refuses so many posts of a connection in a row, and takes those of most others, then the buffer of the
 * connection is full. If the quota refuses one post in ten, it refuses three in a row of one connection in a thousand.
 */
export const FULL_AFTER = 3
/**
 * Like {@link REST_MS}, for a connection with a full buffer. A refusal takes no time of a push, so the rest is shorter: an app
 * that reads again waits at most for the longest.
 */
const FULL_REST_MS = 2_000
const LONGEST_FULL_REST_MS = 8_000
/** Posts that a connection must take after a refusal until its next refusal is evidence: an app that reads slowly is refused often. */
export const PROBATION_POSTS = 5

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
  /** Issues with missed trades. */
  readonly missed: ReadonlyMap<string, MissedProgress>
  /** When the next event `time` is due; undefined without this event. */
  readonly nextTimeAt: EpochMillis | undefined
}

/** How far the missed trades of an issue have come with a post. */
export interface MissedProgress {
  readonly from: SinceMark
  /** Undefined: the post has everything. */
  readonly to: SinceMark | undefined
}

/** Notes that a post starts. @param pace time until the next post may start (ms). */
export function noteStarted(member: Member, now: EpochMillis, pace: Millis): void {
  member.inFlight = true
  member.waitingSince = undefined
  member.freeAt = addMillis(now, pace)
}

/** Notes that a post has arrived. */
export function noteServed(
  member: Member,
  { round, event, whole, status, missed, nextTimeAt }: PostContent,
): void {
  member.since = round
  member.eventsSince = event
  for (const [issue, view] of whole) {
    // The connection may have changed the view meanwhile.
    if (member.issues.get(issue) !== view) continue
    member.fresh.delete(issue)
    member.owed.delete(issue)
  }
  for (const [issue, { from, to }] of missed) {
    // The connection may have asked again meanwhile, or may hold the issue no longer.
    if (member.missing.get(issue) !== from) continue
    if (to === undefined) member.missing.delete(issue)
    else member.missing.set(issue, to)
  }
  if (nextTimeAt !== undefined) member.timeDueAt = nextTimeAt
  member.mayBeBehind = false
  if (status) member.lacksStatus = false
  member.failures = 0
  member.throttles = 0
  member.refusals = 0
  member.probation = Math.max(0, member.probation - 1)
  member.refusedAt = undefined
}

/**
 * Notes that a post failed for a reason of API Gateway. The next post may start after a random time, before the pace is over.
 * The connection keeps its turn {@link TURNS_KEPT} times: it still waits since the failed post was due.
 */
export function noteThrottled(member: Member, now: EpochMillis): void {
  const wait = Math.min(THROTTLE_WAIT_MS * 2 ** member.throttles, LONGEST_THROTTLE_WAIT_MS)
  const next = addMillis(now, randomPart(wait))
  member.throttles++
  const keepsTurn = member.throttles <= TURNS_KEPT
  member.restsUntil = next
  member.freeAt = next
  if (keepsTurn) keepTurn(member)
}

/** Lets a connection wait since its failed post was due, so that it goes before those that have waited less. */
function keepTurn(member: Member): void {
  member.freeAt = member.dueAt
  member.waitingSince = member.dueAt
}

/**
 * Notes that a post was refused (429) while API Gateway takes most posts. A connection with a full buffer keeps its turn after
 * its rest: while a smaller quota refuses posts by chance, an app must not wait a whole turn for each of them.
 * @returns whether the buffer of the connection is full.
 */
export function noteRefused(member: Member, now: EpochMillis): boolean {
  member.refusals++
  const isFull = member.refusals >= FULL_AFTER
  if (isFull) {
    const rest = Math.min(FULL_REST_MS * 2 ** (member.refusals - FULL_AFTER), LONGEST_FULL_REST_MS)
    member.restsUntil = addMillis(now, randomPart(rest))
    member.throttles++
    keepTurn(member)
  } else noteThrottled(member, now)
  return isFull
}

/** Returns a random time from half of `time` to all of it, so that connections refused at once do not try again at once. */
function randomPart(time: Millis): Millis {
  return time * (0.5 + Math.random() / 2)
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
