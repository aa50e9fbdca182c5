/** Plans which member gets which texts in a round. */
import type { Tick } from '../../market/tick.ts'
import { type EpochMillis, nowMillis } from '../../market/units.ts'
import type { IssueUpdate } from './conflate.ts'
import { holdersOf, type Member, type Members } from './members.ts'
import { type Delivery, type PlannedPush, pushesOf } from './pushes.ts'
import { boardText, changeText, wholeText } from './update-text.ts'

/** The texts that a member gets, by issue. */
type Texts = Map<string, string[]>

/**
 * Returns the pushes of a round's updates. A member gets a whole board if it is owed the board, or if this is its first
 * update of the issue. Otherwise it gets the changes. A resting member gets nothing and is owed the boards.
 * @param latest returns the latest tick of an issue, for the boards that members are owed.
 */
export function planUpdates(
  updates: readonly IssueUpdate[],
  members: Members,
  latest: (issue: string) => Tick | undefined,
): PlannedPush[] {
  const now = nowMillis()
  const deliveries = new Map<Member, Texts>()
  for (const update of updates) addUpdate(deliveries, update, members, now)
  addOwedBoards(deliveries, members, latest, now)
  return pushesOf(
    [...deliveries].map(([member, texts]) => ({ member, texts })),
    [],
  )
}

function addUpdate(
  deliveries: Map<Member, Texts>,
  update: IssueUpdate,
  members: Members,
  now: EpochMillis,
): void {
  const { issue } = update.tick.board
  // Each text is made once, however many members get it.
  let whole: string | undefined
  let change: string | undefined
  for (const member of holdersOf(members, issue)) {
    if (member.restsUntil > now) {
      member.owed.add(issue)
      continue
    }
    const isFirst = member.fresh.delete(issue)
    const isOwed = member.owed.delete(issue)
    if (isFirst || isOwed) {
      whole ??= wholeText(update)
      addText(deliveries, member, issue, whole)
    } else {
      change ??= changeText(update)
      addText(deliveries, member, issue, change)
    }
  }
}

/** Adds the boards that members are owed and that have no update in this round. */
function addOwedBoards(
  deliveries: Map<Member, Texts>,
  members: Members,
  latest: (issue: string) => Tick | undefined,
  now: EpochMillis,
): void {
  const boards = new Map<string, string>()
  for (const member of members.byConnection.values()) {
    if (member.restsUntil > now) continue
    for (const issue of member.owed) {
      const tick = latest(issue)
      if (tick === undefined) continue
      const text = boards.get(issue) ?? boardText(tick)
      boards.set(issue, text)
      addText(deliveries, member, issue, text)
    }
    member.owed.clear()
  }
}

function addText(deliveries: Map<Member, Texts>, member: Member, issue: string, text: string): void {
  const texts: Texts = deliveries.get(member) ?? new Map()
  deliveries.set(member, texts)
  const ofIssue = texts.get(issue)
  if (ofIssue === undefined) texts.set(issue, [text])
  else ofIssue.push(text)
}

/** Returns the pushes that bring whole messages to members. */
export function planMessages(messages: readonly string[], members: readonly Member[]): PlannedPush[] {
  if (messages.length === 0) return []
  const deliveries = members.map((member): Delivery => ({ member, texts: new Map() }))
  return pushesOf(deliveries, messages)
}
