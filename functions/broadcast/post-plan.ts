/** Plans the posts of a round: which texts each chosen member gets, and what it has when the post has arrived. */
import type { View } from '../../market/view.ts'
import type { EventLog } from './event-log.ts'
import type { MarketLog } from './market-log.ts'
import type { Member } from './members.ts'
import type { PostContent } from './post-outcome.ts'
import { createUpdateTexts } from './update-texts.ts'

/** What a member gets. */
export interface PlannedPost {
  readonly member: Member
  /** JSON of events, in order. */
  readonly events: readonly string[]
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

/** @param status JSON of the whole status for members that lack it; undefined if it is not known now. */
export function planPosts(
  members: readonly Member[],
  log: Pick<MarketLog, 'round' | 'latest' | 'isChangedSince' | 'reachedAt' | 'updatesSince'>,
  events: EventLog,
  status: readonly string[] | undefined,
): PostPlan {
  const texts = createUpdateTexts(log)
  const posts: PlannedPost[] = []
  let wholes = 0
  let differences = 0
  for (const member of members) {
    const updates: string[] = []
    const whole = new Map<string, View>()
    for (const [issue, view] of member.issues) {
      const made = texts.of(member, issue, view)
      if (made === undefined) continue
      updates.push(...made.texts)
      wholes += made.wholes
      differences += made.texts.length - made.wholes
      if (member.owed.has(issue) || member.fresh.has(issue)) whole.set(issue, view)
    }
    const later = events.since(member.eventsSince)
    // The log of events does not reach back to the member's last event.
    if (later === undefined) member.lacksStatus = true
    const getsStatus = member.lacksStatus && status !== undefined
    const eventTexts = [...(getsStatus ? status : []), ...(later ?? [])]
    const content = { round: log.round, event: events.last, whole, status: getsStatus }
    if (updates.length + eventTexts.length > 0) {
      posts.push({ member, events: eventTexts, updates, content })
    } else {
      // Only the status waits, and it is not known now.
      member.waitingSince = undefined
    }
  }
  return { posts, wholes, differences }
}
