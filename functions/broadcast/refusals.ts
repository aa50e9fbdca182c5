/**
 * Tells why API Gateway does not take posts. It answers 429 in two cases: the account is above its quota, or the buffer of
 * the connection is full (LimitExceededException of PostToConnection). The answer does not say which. The difference is who is
 * refused:
 *
 * - The quota refuses any post. A connection that took its last post is refused as often as any other, and the next attempt
 *   has the same chance.
 * - A full buffer refuses one connection, again and again until the app reads. All other connections take their posts.
 *
 * So only posts to connections that took their last post are evidence: a connection that does not read counts once.
 */
import { asEpochMillis, type EpochMillis, type Millis } from '../../market/units.ts'

/** Evidence of refusals loses half its weight in this time (ms). */
const HALF_LIFE_MS: Millis = 1_000
/**
 * Like {@link HALF_LIFE_MS}, for evidence of silence. The first posts without an answer end after their time limit of a second
 * (posts/posts.ts). Until then the answers before the silence must have lost their weight.
 */
const SILENCE_HALF_LIFE_MS: Millis = 250
/**
 * If more than this share of the evidence is refused, the quota is the reason. Below it, even a fifth of the connections may
 * stop reading at the same moment.
 */
export const MANY_REFUSED = 0.25
/**
 * If more than this share of the evidence is a refusal that passes, the account is above its quota: the connection took its
 * last posts, was refused once, and took the next attempt.
 */
export const MANY_PASSED = 0.01
/** If more than this share of the evidence has no answer, the gateway is silent. */
export const MANY_UNANSWERED = 0.5

/** Posts of a push. */
export interface Answers {
  /** Posts to connections that took their last post, or are new. */
  readonly posts: number
  /** Those of `posts` that were answered with 429. */
  readonly refused: number
  /** Those of `posts` that had no answer in time, or failed for a reason of the gateway. */
  readonly unanswered: number
  /** All posts that were answered with 429. */
  readonly allRefused: number
}

export interface Refusals {
  /** Notes the answers of a push. */
  note(answers: Answers, now: EpochMillis): void
  /** Notes that a connection took a post after one refusal. A refusal before the rate has fallen proves nothing any more. */
  notePassed(refusedAt: EpochMillis): void
  /** Notes that the rate of posts has fallen. */
  noteSlower(now: EpochMillis): void
  /** Returns whether so many posts are refused that no connection is the reason. */
  isGatewayRefusing(): boolean
  /** Returns whether so many posts have no answer that no connection is the reason. */
  isGatewaySilent(): boolean
  /** Returns whether posts are refused because the account is above its quota. */
  isAboveQuota(): boolean
}

export function createRefusals(): Refusals {
  let [posts, refused, passed] = [0, 0, 0]
  let [recent, unanswered] = [0, 0]
  let notedAt = asEpochMillis(0)
  let slowerAt = asEpochMillis(0)
  /** A post was refused since the rate has fallen. */
  let isRefusing = false

  /** Without new evidence the shares stay: while all posts are refused, no connection takes one. */
  const fade = (now: EpochMillis): void => {
    const age = Math.max(0, now - notedAt)
    const factor = 0.5 ** (age / HALF_LIFE_MS)
    posts *= factor
    refused *= factor
    passed *= factor
    const silenceFactor = 0.5 ** (age / SILENCE_HALF_LIFE_MS)
    recent *= silenceFactor
    unanswered *= silenceFactor
    notedAt = now
  }

  const isGatewayRefusing = (): boolean => refused > posts * MANY_REFUSED

  return {
    note(answers, now) {
      fade(now)
      posts += answers.posts
      recent += answers.posts
      refused += answers.refused
      unanswered += answers.unanswered
      if (answers.allRefused > 0) isRefusing = true
    },
    notePassed(refusedAt) {
      if (refusedAt >= slowerAt) passed++
    },
    noteSlower(now) {
      slowerAt = now
      passed = 0
      isRefusing = false
    },
    isGatewayRefusing,
    isGatewaySilent: () => unanswered > recent * MANY_UNANSWERED,
    isAboveQuota: () => isRefusing && (isGatewayRefusing() || passed > posts * MANY_PASSED),
  }
}
