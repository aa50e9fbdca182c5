/** Who gets what in a round. */
import type { Tick } from '../../market/tick.ts'
import type { Push } from '../shared/push.ts'
import type { IssueUpdate } from './conflate.ts'
import type { Member, Rooms } from './rooms.ts'
import { boardText, changeText, wholeText } from './update-text.ts'

/** A synchronous invocation takes 6 MB (Lambda quotas); the rest is for quotes escaped inside JSON. */
const MAX_PUSH_BYTES = 4 * 1024 * 1024

/** A push with those it goes to, and the issues each of them would miss if it failed. */
export interface PlannedPush {
  readonly push: Push
  readonly members: ReadonlyMap<string, { readonly member: Member; readonly issues: ReadonlySet<string> }>
}

interface Delivery {
  readonly member: Member
  readonly texts: string[]
  readonly issues: Set<string>
}

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
  const deliveries = new Map<Member, Delivery>()
  const deliveryOf = (member: Member): Delivery => {
    let delivery = deliveries.get(member)
    if (delivery === undefined) {
      delivery = { member, texts: [], issues: new Set() }
      deliveries.set(member, delivery)
    }
    return delivery
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
      const delivery = deliveryOf(member)
      delivery.texts.push(text)
      delivery.issues.add(issue)
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
      const delivery = deliveryOf(member)
      delivery.texts.push(text)
      delivery.issues.add(issue)
    }
    member.owed.clear()
  }
  return pushesOf(deliveries.values(), [])
}

/** The pushes, one a room, that bring whole messages to members who do not rest. */
export function planMessages(messages: readonly string[], members: Iterable<Member>): PlannedPush[] {
  if (messages.length === 0) return []
  const now = Date.now()
  const deliveries: Delivery[] = []
  for (const member of members) {
    if (member.restsUntil <= now) deliveries.push({ member, texts: [], issues: new Set() })
  }
  return pushesOf(deliveries, messages)
}

function pushesOf(deliveries: Iterable<Delivery>, messages: readonly string[]): PlannedPush[] {
  const byRoom = new Map<string, Delivery[]>()
  for (const delivery of deliveries) {
    const { room } = delivery.member
    const others = byRoom.get(room)
    if (others === undefined) byRoom.set(room, [delivery])
    else others.push(delivery)
  }
  return [...byRoom].flatMap(([room, ofRoom]) => splitPush(room, ofRoom, messages))
}

function splitPush(
  room: string,
  deliveries: readonly Delivery[],
  messages: readonly string[],
): PlannedPush[] {
  const pushes: PlannedPush[] = []
  let indices = new Map<string, number>()
  let members: Map<string, { member: Member; issues: ReadonlySet<string> }> = new Map()
  let planned: [string, number[]][] = []
  let bytes = 0
  const close = (): void => {
    if (planned.length === 0) return
    pushes.push({ push: { room, updates: [...indices.keys()], messages, deliveries: planned }, members })
    indices = new Map()
    members = new Map()
    planned = []
    bytes = 0
  }
  for (const { member, texts, issues } of deliveries) {
    const added = texts.reduce((sum, text) => sum + (indices.has(text) ? 0 : text.length), 0)
    if (bytes + added > MAX_PUSH_BYTES) close()
    for (const text of texts) {
      if (indices.has(text)) continue
      indices.set(text, indices.size)
      bytes += text.length
    }
    planned.push([member.connection, texts.map(text => indices.get(text) ?? 0)])
    members.set(member.connection, { member, issues })
  }
  close()
  return pushes
}
