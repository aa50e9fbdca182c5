/** Chooses the members that get a post: their pace is over, something waits for them, and the budget has a post left. */
import { fnv1a } from '../../market/hash.ts'
import { HEARTBEAT_MS } from '../../market/protocol.ts'
import { addMillis, asEpochMillis, type EpochMillis, type Millis } from '../../market/units.ts'
import type { EventLog } from './event-log.ts'
import type { MarketLog } from './market-log.ts'
import type { Member, Members } from './members.ts'

/**
 * Members that have waited this time (ms) beyond their pace go before all others. The slowest pace is 5 s, so an app gets a
 * post every ten seconds however many faster apps there are. The log keeps twice as long at least (market-log.ts).
 */
export const LONGEST_WAIT_MS: Millis = 5_000
/** Above each wait in multiples of a pace: {@link LONGEST_WAIT_MS} is 50 times the fastest pace of 100 ms. */
const OVERDUE_PRIORITY = 1_000

export interface DueParts {
  readonly members: Members
  readonly log: Pick<MarketLog, 'round' | 'changedRound' | 'isChangedSince' | 'latest'>
  readonly events: Pick<EventLog, 'last'>
  /** Factor of all paces. Above 1 if several environments share the posts to a connection. */
  readonly paceFactor: number
}

export interface Due {
  /** The members that get a post. If the budget is too small for all, the longest waiting first. */
  readonly chosen: readonly Member[]
  /** The factor by which paces are longer at most because the budget is too small; 1 if it is large enough. */
  readonly stretch: number
}

/**
 * Chooses at most `posts` members, in this order:
 *
 * 1. Members that have waited {@link LONGEST_WAIT_MS} and more, the longest waiting first.
 * 2. The others, the longest waiting in multiples of their own paces first.
 *
 * So if the budget is too small, all paces become longer by the same factor, and no wait by more than
 * {@link LONGEST_WAIT_MS}, unless the budget is too small even for that.
 */
export function chooseDue(parts: DueParts, posts: number, now: EpochMillis): Due {
  const due: { readonly member: Member; readonly wait: number; readonly priority: number }[] = []
  for (const member of parts.members.byConnection.values()) {
    if (!mayBePosted(member, now) || !hasContent(parts, member, now)) continue
    member.waitingSince ??= now
    member.dueAt = asEpochMillis(Math.max(member.freeAt, member.waitingSince))
    const waited = now - member.dueAt
    const wait = waited / (member.pace * parts.paceFactor)
    due.push({ member, wait, priority: priorityOf(waited, wait) })
  }
  if (due.length <= posts) return { chosen: due.map(({ member }) => member), stretch: 1 }
  due.sort((a, b) => b.priority - a.priority)
  const longest = due.slice(posts).reduce((most, { wait }) => Math.max(most, wait), 0)
  return { chosen: due.slice(0, posts).map(({ member }) => member), stretch: 1 + longest }
}

/** @param waited time beyond the pace (ms). @param wait the same in multiples of the pace. */
function priorityOf(waited: Millis, wait: number): number {
  return waited >= LONGEST_WAIT_MS ? OVERDUE_PRIORITY + waited : wait
}

function mayBePosted(member: Member, now: EpochMillis): boolean {
  return !member.inFlight && !member.isEnding && member.restsUntil <= now && member.freeAt <= now
}

function hasContent({ log, events }: DueParts, member: Member, now: EpochMillis): boolean {
  // At another moment for each connection first, so that quiet connections do not all get the event at once.
  member.timeDueAt ??= addMillis(now, fnv1a(member.connection) % HEARTBEAT_MS)
  if (member.timeDueAt <= now) return true
  if (member.mayBeBehind || member.lacksStatus || member.eventsSince < events.last) return true
  if (log.changedRound <= member.quietRound) return false
  for (const issue of member.owed) if (log.latest(issue) !== undefined) return true
  const { since } = member
  if (log.changedRound > since) {
    for (const [issue, view] of member.issues) if (log.isChangedSince(issue, view, since)) return true
  }
  // Nothing that the connection sees has changed, so it has this round too. The log can drop the rounds before.
  member.since = log.round
  member.quietRound = log.round
  return false
}
