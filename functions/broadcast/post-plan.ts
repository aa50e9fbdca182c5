/** Plans the posts of a round: which texts each chosen member gets, and what it has when the post has arrived. */
import { FASTEST_PACE_MS, HEARTBEAT_MS, POST_BYTES } from '../../market/protocol.ts'
import { addMillis, type EpochMillis, type Millis } from '../../market/units.ts'
import type { View } from '../../market/view.ts'
import type { EventLog } from './event-log.ts'
import type { MarketLog } from './market-log.ts'
import type { Member } from './members.ts'
import type { MissedTexts } from './missed-texts.ts'
import { SINCE_REACH_MS } from './note-since.ts'
import type { MissedProgress, PostContent } from './post-outcome.ts'
import { recoverDropped } from './recover-dropped.ts'
import type { TradeJournal } from './trade-journal.ts'
import { createUpdateTexts } from './update-texts.ts'

/**
 * Bytes of missed trades for each second of a pace: a minute of twenty busy issues takes a few seconds, and the network of a phone
 * takes them. A post has at least {@link LEAST_MISSED_BYTES}, which leave room for updates.
 */
const MISSED_BYTES_PER_SECOND = 64 * 1024
const LEAST_MISSED_BYTES = (3 / 4) * POST_BYTES

/** What a member gets. */
export interface PlannedPost {
  readonly member: Member
  /** JSON of events, in order. */
  readonly events: readonly string[]
  /** JSON of missed trades, in order. They come before the updates. */
  readonly missed: readonly string[]
  /** JSON of updates, in order. */
  readonly updates: readonly string[]
  readonly content: PostContent
}

export interface PostPlan {
  readonly posts: readonly PlannedPost[]
  /** Updates with a whole board, and updates with differences. */
  readonly wholes: number
  readonly differences: number
}

export interface PlanParts {
  readonly log: Omit<MarketLog, 'begin' | 'take' | 'endRound' | 'drop'>
  readonly journal: Pick<TradeJournal, 'issue' | 'reachedIn'>
  readonly events: Pick<EventLog, 'last' | 'since'>
  readonly missed: MissedTexts
}

/** What a round of posts has in addition. */
export interface PlanMoment {
  readonly now: EpochMillis
  /** JSON of the whole status for members that lack it; undefined if it is not known now. */
  readonly status: readonly string[] | undefined
  /** JSON of the event `time`. */
  readonly time: string
}

export function planPosts(
  members: readonly Member[],
  { log, journal, events, missed }: PlanParts,
  { now, status, time }: PlanMoment,
): PostPlan {
  const texts = createUpdateTexts(log)
  missed.startRound()
  const posts: PlannedPost[] = []
  const waiting: Member[] = []
  let wholes = 0
  let differences = 0
  for (const member of members) {
    recoverDropped(member, log, journal, now)
    const trades = missedOf(member, missed, now)
    const updates: string[] = []
    const whole = new Map<string, View>()
    for (const [issue, view] of member.issues) {
      // No update passes missed trades.
      if (member.missing.has(issue) && !isDone(trades.progress.get(issue))) continue
      const made = texts.of(member, issue, view)
      if (made === undefined) continue
      updates.push(...made.texts)
      wholes += made.wholes
      differences += made.texts.length - made.wholes
      if (member.owed.has(issue) || member.fresh.has(issue)) whole.set(issue, view)
    }
    const later = events.since(member.eventsSince, member.connectedAt)
    // The log of events does not reach back to the member's last event.
    if (later === undefined) member.lacksStatus = true
    // All events are for other connections.
    if (later?.length === 0) member.eventsSince = events.last
    const getsStatus = member.lacksStatus && status !== undefined
    const getsTime = member.timeDueAt !== undefined && member.timeDueAt <= now
    const eventTexts = [...(getsStatus ? status : []), ...(later ?? []), ...(getsTime ? [time] : [])]
    const content: PostContent = {
      round: log.round,
      event: events.last,
      whole,
      status: getsStatus,
      missed: trades.progress,
      nextTimeAt: getsTime ? addMillis(now, HEARTBEAT_MS) : undefined,
    }
    if (updates.length + eventTexts.length + trades.texts.length > 0) {
      posts.push({ member, events: eventTexts, missed: trades.texts, updates, content })
    } else {
      // Only the status waits, and it is not known now; or missed trades wait for their place.
      member.waitingSince = undefined
      if (member.missing.size > 0) waiting.push(member)
    }
  }
  postpone(waiting, posts.length, now)
  return { posts, wholes, differences }
}

/**
 * Gives members whose missed trades had no place in the round another moment: one of the rounds that have place for all of them.
 * Otherwise each round would plan for all, and they would take the turns of others.
 * @param served posts of this round.
 */
function postpone(waiting: readonly Member[], served: number, now: EpochMillis): void {
  const rounds = waiting.length / Math.max(1, served)
  for (const member of waiting) member.freeAt = addMillis(now, Math.random() * rounds * FASTEST_PACE_MS)
}

interface MemberTrades {
  readonly texts: readonly string[]
  readonly progress: ReadonlyMap<string, MissedProgress>
}

const NO_TRADES: MemberTrades = { texts: [], progress: new Map() }

/** Returns the missed trades that a post has. Gives up what this environment could not answer within {@link SINCE_REACH_MS}. */
function missedOf(member: Member, missed: MissedTexts, now: EpochMillis): MemberTrades {
  if (member.missing.size === 0) return NO_TRADES
  missed.startPost()
  const progress = new Map<string, MissedProgress>()
  const texts: string[] = []
  let left = missedBytes(member.pace)
  for (const [issue, from] of member.missing) {
    if (left <= 0) break
    const part = missed.of(issue, from, left)
    if (part === undefined) continue
    if (part === 'unknown') {
      if (now > addMillis(from.askedAt, SINCE_REACH_MS)) giveUp(member, issue)
      continue
    }
    texts.push(...part.texts)
    left -= part.bytes
    progress.set(issue, { from, to: part.reached })
  }
  return { texts, progress }
}

/** Lets the updates of an issue go on without the missed trades. The first update is a whole board, which shows what is missing. */
function giveUp(member: Member, issue: string): void {
  member.missing.delete(issue)
  member.owed.add(issue)
}

/** Returns how many bytes of missed trades a post has at most, except the end of the last entry. */
function missedBytes(pace: Millis): number {
  return Math.max(LEAST_MISSED_BYTES, (MISSED_BYTES_PER_SECOND * pace) / 1_000)
}

function isDone(progress: MissedProgress | undefined): boolean {
  return progress !== undefined && progress.to === undefined
}
