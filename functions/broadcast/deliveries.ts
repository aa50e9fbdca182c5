/** Who gets what in a round. */
import type { Tick } from '../../market/tick.ts'
import type { IssueUpdate } from './conflate.ts'
import { type Delivery, type PlannedPush, pushesOf } from './pushes.ts'
import type { Member, Rooms } from './rooms.ts'
import { boardText, changeText, wholeText } from './update-text.ts'

/**
 * The pushes of a round's updates, one a room, or more where one would be too large. Those who are owed a board, or
 * get the first one of an issue, get it whole; the others get what changed.
 */
export function planUpdates(
  updates: readonly IssueUpdate[],
  rooms: Rooms,
  latest: (issue: string) => Tick | undefined,
): PlannedPush[] {
  const now = Date.now()
  const deliveries = new Map<Member, Map<string, string[]>>()
  const add = (member: Member, issue: string, text: string): void => {
    const texts = deliveries.get(member) ?? new Map<string, string[]>()
    deliveries.set(member, texts)
    const ofIssue = texts.get(issue)
    if (ofIssue === undefined) texts.set(issue, [text])
    else ofIssue.push(text)
  }

  for (const update of updates) {
    const { issue } = update.tick.board
    let whole: string | undefined
    let change: string | undefined
    for (const member of rooms.holding(issue)) {
      if (member.restsUntil > now) {
        member.owed.add(issue)
        continue
      }
      const isFirst = member.fresh.delete(issue)
      const isOwed = member.owed.delete(issue)
      let text: string
      if (isFirst || isOwed) text = whole ??= wholeText(update)
      else text = change ??= changeText(update)
      add(member, issue, text)
    }
  }

  const boards = new Map<string, string>()
  for (const member of rooms.members()) {
    if (member.restsUntil > now) continue
    for (const issue of member.owed) {
      const tick = latest(issue)
      if (tick === undefined) continue
      const text = boards.get(issue) ?? boardText(tick)
      boards.set(issue, text)
      add(member, issue, text)
    }
    member.owed.clear()
  }
  return pushesOf(
    [...deliveries].map(([member, texts]) => ({ member, texts })),
    [],
  )
}

/** The pushes, one a room, that bring whole messages to members who do not rest. */
export function planMessages(messages: readonly string[], members: Iterable<Member>): PlannedPush[] {
  if (messages.length === 0) return []
  const now = Date.now()
  const deliveries: Delivery[] = []
  for (const member of members) {
    if (member.restsUntil <= now) deliveries.push({ member, texts: new Map() })
  }
  return pushesOf(deliveries, messages)
}
