/** Plans which member gets which texts in a round. */
import type { IssueUpdate } from '../../market/issue-update.ts'
import type { Tick } from '../../market/tick.ts'
import { type EpochMillis, nowMillis } from '../../market/units.ts'
import { holdersOf, isPresent, type Member, type Members } from './members.ts'
import { type Delivery, type PlannedMember, type PlannedPush, pushesOf } from './pushes.ts'
import { boardText, changeText, wholeText } from './update-text.ts'

/** The texts that a member gets, by issue. */
type Texts = Map<string, readonly string[]>

/** Texts of one member that wait. With more, its room is too slow: the member is owed whole boards instead. */
const MAX_HELD_TEXTS = 1_000
/** Events of one member that wait, as texts. With more, the member gets the whole status instead. */
const MAX_HELD_MESSAGES = 20

/** What waits for members: their room is busy, or API Gateway has throttled their posts. */
export interface Held {
  readonly texts: Map<Member, Texts>
  readonly messages: Map<Member, readonly string[]>
}

export function createHeld(): Held {
  return { texts: new Map(), messages: new Map() }
}

/** Holds what a member did not get. It goes before what has been held since. */
export function holdAgain(held: Held, { member, texts, messages }: PlannedMember): void {
  if (texts.size > 0) {
    const later = held.texts.get(member) ?? new Map<string, readonly string[]>()
    const all = new Map(texts)
    for (const [issue, ofIssue] of later) all.set(issue, [...(texts.get(issue) ?? []), ...ofIssue])
    holdTexts(held, member, all)
  }
  if (messages.length > 0) holdMessages(held, member, [...messages, ...(held.messages.get(member) ?? [])])
}

function holdTexts({ texts: held }: Held, member: Member, texts: Texts): void {
  const count = [...texts.values()].reduce((sum, { length }) => sum + length, 0)
  if (count <= MAX_HELD_TEXTS) {
    held.set(member, texts)
    return
  }
  held.delete(member)
  oweBoards(member, texts.keys())
}

function holdMessages({ messages: held }: Held, member: Member, messages: readonly string[]): void {
  if (messages.length > MAX_HELD_MESSAGES) member.lacksStatus = true
  held.set(member, messages.slice(-MAX_HELD_MESSAGES))
}

function oweBoards(member: Member, issues: Iterable<string>): void {
  for (const issue of issues) if (member.issues.has(issue)) member.owed.add(issue)
}

/**
 * Returns the pushes of a round's updates, and of what was held. A member gets a whole board if it is owed the board, or
 * if this is its first update of the issue. Otherwise it gets the changes. A resting member gets nothing and is owed the
 * boards. The texts of a busy room and of a throttled member are held.
 * @param latest returns the latest tick of an issue, for the boards that members are owed.
 */
export function planUpdates(
  updates: readonly IssueUpdate[],
  members: Members,
  latest: (issue: string) => Tick | undefined,
  held: Held,
  isBusy: (room: string) => boolean,
): PlannedPush[] {
  const now = nowMillis()
  const deliveries = takeHeld(held, members, now)
  for (const update of updates) addUpdate(deliveries, update, members, now)
  addOwedBoards(deliveries, members, latest, now)
  const ready: Delivery[] = []
  for (const [member, texts] of deliveries) {
    if (mustWait(member, isBusy, now)) holdTexts(held, member, texts)
    else ready.push({ member, texts })
  }
  return pushesOf(ready, [])
}

function mustWait(member: Member, isBusy: (room: string) => boolean, now: EpochMillis): boolean {
  return isBusy(member.room) || member.waitsUntil > now
}

/** Returns the texts that were held, without issues and members that have ended. A resting member is owed the boards. */
function takeHeld({ texts: held }: Held, members: Members, now: EpochMillis): Map<Member, Texts> {
  const deliveries = new Map<Member, Texts>()
  for (const [member, texts] of held) {
    if (!isPresent(members, member)) continue
    if (member.restsUntil > now) {
      oweBoards(member, texts.keys())
      continue
    }
    for (const issue of [...texts.keys()]) if (!member.issues.has(issue)) texts.delete(issue)
    if (texts.size > 0) deliveries.set(member, texts)
  }
  held.clear()
  return deliveries
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
      whole ??= wholeText(update, 'board')
      addText(deliveries, member, issue, whole)
    } else {
      change ??= changeText(update, 'board')
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
      const text = boards.get(issue) ?? boardText(tick, 'board', false)
      boards.set(issue, text)
      addText(deliveries, member, issue, text)
    }
    member.owed.clear()
  }
}

function addText(deliveries: Map<Member, Texts>, member: Member, issue: string, text: string): void {
  const texts: Texts = deliveries.get(member) ?? new Map()
  deliveries.set(member, texts)
  texts.set(issue, [...(texts.get(issue) ?? []), text])
}

/** Returns the pushes that bring the texts of events to some members, after those that were held for them. */
export function planMessages(
  messages: readonly string[],
  some: readonly Member[],
  members: Members,
  held: Held,
  isBusy: (room: string) => boolean,
): PlannedPush[] {
  for (const member of held.messages.keys()) if (!isPresent(members, member)) held.messages.delete(member)
  const now = nowMillis()
  const groups = new Map<string, { readonly messages: readonly string[]; readonly deliveries: Delivery[] }>()
  for (const member of some) {
    const all = [...(held.messages.get(member) ?? []), ...messages]
    held.messages.delete(member)
    if (all.length === 0) continue
    if (mustWait(member, isBusy, now)) {
      holdMessages(held, member, all)
      continue
    }
    const key = all.join()
    const group = groups.get(key) ?? { messages: all, deliveries: [] }
    groups.set(key, group)
    group.deliveries.push({ member, texts: new Map() })
  }
  return [...groups.values()].flatMap(({ messages, deliveries }) => pushesOf(deliveries, messages))
}
