/** Notes what became of the posts of a push, and who caused what failed: the connection or API Gateway. */
import type { EpochMillis } from '../../market/units.ts'
import type { PushResult } from '../../posts/push.ts'
import type { GoneMarker } from './gone-marker.ts'
import type { Member } from './members.ts'
import {
  mayBeConnecting,
  noteFailed,
  noteGone,
  noteRefused,
  noteServed,
  noteThrottled,
  noteTooEarly,
  PROBATION_POSTS,
} from './post-outcome.ts'
import type { PlannedPost } from './post-plan.ts'
import type { Refusals } from './refusals.ts'

/**
 * Failures in a row after which a further one lets a connection be looked up. With its rests this is seven seconds after the
 * first. $disconnect marks nearly every connection before: a look-up for each of thousands of connections that end at once would
 * do its work a second time.
 */
const LOOK_UP_AFTER = 3

export interface Notes {
  readonly marker: Pick<GoneMarker, 'add'>
  readonly refusals: Pick<Refusals, 'note' | 'notePassed' | 'isGatewayRefusing' | 'isGatewaySilent'>
}

/** Posts that failed, by the cause. */
export interface Blame {
  /** The account is above its quota, or the gateway fails. */
  readonly gateway: number
  /** The connection is slow, or the reason is unknown. A connection that was refused once or twice is not counted yet. */
  readonly connection: number
}

export const NO_BLAME: Blame = { gateway: 0, connection: 0 }

export function sumOfBlame(a: Blame, b: Blame): Blame {
  return { gateway: a.gateway + b.gateway, connection: a.connection + b.connection }
}

/** What API Gateway did with a post. `unserved`: it failed, or the time of the push was over. */
type Answer = 'sent' | 'gone' | 'failed' | 'silent' | 'limited' | 'unserved'

/** @param result undefined if the push failed as a whole: nothing is known of its posts, and no connection caused it. */
export function notePush(
  notes: Notes,
  posts: Iterable<PlannedPost>,
  result: PushResult | undefined,
  now: EpochMillis,
): Blame {
  const all = [...posts]
  for (const { member } of all) member.inFlight = false
  if (result === undefined) {
    for (const { member } of all) noteThrottled(member, now)
    return NO_BLAME
  }
  const answerOf = answersOf(result)
  const answered = all.map(post => ({ post, answer: answerOf(post.member.connection) }))
  noteEvidence(notes, answered, now)
  const causes = answered.map(({ post, answer }) => noteAnswer(notes, post, answer, now))
  return {
    gateway: causes.filter(cause => cause === 'gateway').length,
    connection: causes.filter(cause => cause === 'connection').length,
  }
}

function answersOf({ gone, failed, silent, throttled, limited }: PushResult): (connection: string) => Answer {
  const answers = new Map<string, Answer>()
  const lists = { gone, failed, silent, unserved: throttled, limited }
  // The lists of a part come after the list of the whole.
  for (const answer of ['gone', 'failed', 'silent', 'unserved', 'limited'] as const) {
    for (const connection of lists[answer]) answers.set(connection, answer)
  }
  return connection => answers.get(connection) ?? 'sent'
}

interface AnsweredPost {
  readonly post: PlannedPost
  readonly answer: Answer
}

/** Notes a whole push before its members, so that no connection is blamed for a gateway that has just become silent. */
function noteEvidence({ refusals }: Notes, answered: readonly AnsweredPost[], now: EpochMillis): void {
  const evidence = answered.filter(({ post: { member } }) => isEvidence(member))
  const count = (posts: readonly AnsweredPost[], ...answers: readonly Answer[]): number =>
    posts.filter(({ answer }) => answers.includes(answer)).length
  refusals.note(
    {
      posts: evidence.length,
      refused: count(evidence, 'limited'),
      unanswered: count(evidence, 'silent', 'unserved'),
      allRefused: count(answered, 'limited'),
    },
    now,
  )
}

/** Returns whether a member took its last post, or is new. */
function isEvidence({ failures, throttles }: Member): boolean {
  return failures === 0 && throttles === 0
}

function noteAnswer(
  { marker, refusals }: Notes,
  { member, content }: PlannedPost,
  answer: Answer,
  now: EpochMillis,
): keyof Blame | undefined {
  switch (answer) {
    case 'sent': {
      const { refusedAt } = member
      noteServed(member, content)
      if (refusedAt === undefined) return undefined
      refusals.notePassed(refusedAt)
      return 'gateway'
    }
    case 'limited': {
      member.refusedAt = isEvidence(member) && member.probation === 0 ? now : undefined
      member.probation = PROBATION_POSTS
      if (!refusals.isGatewayRefusing()) return noteRefused(member, now) ? 'connection' : undefined
      // A refusal that the quota explains is counted here.
      member.refusedAt = undefined
      noteThrottled(member, now)
      return 'gateway'
    }
    case 'unserved':
      noteThrottled(member, now)
      return 'gateway'
    case 'silent':
      if (refusals.isGatewaySilent()) {
        noteThrottled(member, now)
        return 'gateway'
      }
      noteFailed(member, now)
      return 'connection'
    case 'failed':
      noteFailed(member, now)
      return 'connection'
    case 'gone':
      if (mayBeConnecting(member, now)) {
        noteTooEarly(member, now)
        return undefined
      }
      // $disconnect marks nearly every connection that ends. Its member then goes with the next read of the room.
      if (member.failures >= LOOK_UP_AFTER) marker.add(member.room, member.connection)
      noteGone(member, now)
      return undefined
  }
}
