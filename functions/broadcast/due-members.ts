/** Chooses the members that get a post: their pace is over, something waits for them, and the budget has a post left. */
import type { EpochMillis } from '../../market/units.ts'
import type { EventLog } from './event-log.ts'
import type { MarketLog } from './market-log.ts'
import type { Member, Members } from './members.ts'

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
  /** The factor by which all paces are longer at present because the budget is too small; 1 if it is large enough. */
  readonly stretch: number
}

/**
 * Chooses at most `posts` members. Members that have waited longest, in multiples of their own paces, go first. So if the
 * budget is too small, all paces become longer by the same factor.
 */
export function chooseDue(parts: DueParts, posts: number, now: EpochMillis): Due {
  const due: { readonly member: Member; readonly wait: number }[] = []
  for (const member of parts.members.byConnection.values()) {
    if (!mayBePosted(member, now) || !hasContent(parts, member)) continue
    member.waitingSince ??= now
    const dueAt = Math.max(member.freeAt, member.waitingSince)
    due.push({ member, wait: (now - dueAt) / (member.pace * parts.paceFactor) })
  }
  if (due.length <= posts) return { chosen: due.map(({ member }) => member), stretch: 1 }
  due.sort((a, b) => b.wait - a.wait)
  const first = due[posts]!
  return { chosen: due.slice(0, posts).map(({ member }) => member), stretch: 1 + first.wait }
}

function mayBePosted(member: Member, now: EpochMillis): boolean {
  return !member.inFlight && member.restsUntil <= now && member.freeAt <= now
}

function hasContent({ log, events }: DueParts, member: Member): boolean {
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
