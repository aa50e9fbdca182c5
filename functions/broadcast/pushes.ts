/** Deliveries as pushes, each small enough to be the payload of an invocation. */
import { Buffer } from 'node:buffer'
import type { Push } from '../../posts/push.ts'
import type { Member } from './rooms.ts'

/** A synchronous invocation takes 6 MB (Lambda quotas). */
export const MAX_PUSH_BYTES = 6_000_000
/** `[`, `,[`, `]]` and a comma around a connection and its indices. */
const DELIVERY_FRAME_BYTES = 6

/** What a member gets: the texts of each issue, which stay together and in order. */
export interface Delivery {
  readonly member: Member
  readonly texts: ReadonlyMap<string, readonly string[]>
}

/** A push with those it goes to, and the issues each of them would miss if it failed. */
export interface PlannedPush {
  readonly push: Push
  readonly members: ReadonlyMap<string, { readonly member: Member; readonly issues: ReadonlySet<string> }>
}

/**
 * The pushes of deliveries, one a room, or more where one would be larger than {@link MAX_PUSH_BYTES} as JSON. Only
 * the updates of one issue that are larger by themselves stay one push.
 * @param messages whole messages that everyone gets first.
 */
export function pushesOf(deliveries: Iterable<Delivery>, messages: readonly string[]): PlannedPush[] {
  const byRoom = new Map<string, Delivery[]>()
  for (const delivery of deliveries) {
    const { room } = delivery.member
    const others = byRoom.get(room)
    if (others === undefined) byRoom.set(room, [delivery])
    else others.push(delivery)
  }
  const sizes = new Map<string, number>()
  const sizeOf = (text: string): number => {
    const size = sizes.get(text) ?? jsonBytes(text) + 1
    sizes.set(text, size)
    return size
  }
  return [...byRoom].flatMap(([room, ofRoom]) => pushesOfRoom(room, ofRoom, messages, sizeOf))
}

/** @param sizeOf bytes of a text inside JSON, with a comma. */
function pushesOfRoom(
  room: string,
  deliveries: readonly Delivery[],
  messages: readonly string[],
  sizeOf: (text: string) => number,
): PlannedPush[] {
  const frame = jsonBytes({ room, updates: [], messages, deliveries: [] } satisfies Push)
  const pushes: PlannedPush[] = []
  let indices = new Map<string, number>()
  let members = new Map<string, { member: Member; issues: Set<string> }>()
  let planned: [string, number[]][] = []
  let bytes = frame
  const close = (): void => {
    if (planned.length === 0) return
    pushes.push({ push: { room, updates: [...indices.keys()], messages, deliveries: planned }, members })
    indices = new Map()
    members = new Map()
    planned = []
    bytes = frame
  }
  for (const { member, texts } of deliveries) {
    const head = jsonBytes(member.connection) + DELIVERY_FRAME_BYTES
    const open = (): { issues: Set<string>; chosen: number[] } => {
      if (bytes + head > MAX_PUSH_BYTES) close()
      bytes += head
      const issues = new Set<string>()
      const chosen: number[] = []
      planned.push([member.connection, chosen])
      members.set(member.connection, { member, issues })
      return { issues, chosen }
    }
    let delivery = open()
    for (const [issue, ofIssue] of texts) {
      // No index of these has more digits than the number of all.
      let added = ofIssue.length * (String(indices.size + ofIssue.length).length + 1)
      for (const text of ofIssue) if (!indices.has(text)) added += sizeOf(text)
      if (bytes + added > MAX_PUSH_BYTES && indices.size > 0) {
        // All its texts are new in the next push.
        if (delivery.chosen.length === 0) {
          planned.pop()
          members.delete(member.connection)
        }
        close()
        delivery = open()
        added = ofIssue.reduce((sum, text) => sum + sizeOf(text) + String(ofIssue.length).length + 1, 0)
      }
      bytes += added
      for (const text of ofIssue) {
        const index = indices.get(text) ?? indices.size
        indices.set(text, index)
        delivery.chosen.push(index)
      }
      delivery.issues.add(issue)
    }
  }
  close()
  return pushes
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
