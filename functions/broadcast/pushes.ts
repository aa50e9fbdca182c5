/** Turns deliveries into pushes. Each push fits into the payload of one Lambda invocation. */
import { Buffer } from 'node:buffer'
import type { Push } from '../../posts/push.ts'
import type { Member } from './members.ts'

/** The payload of a synchronous invocation has at most 6 MB (Lambda quotas). */
export const MAX_PUSH_BYTES = 6_000_000
/** `[`, `,[`, `],[`, `]]` and a comma around a connection and the indices of its updates and events. */
const DELIVERY_FRAME_BYTES = 9

/** What a member gets: the texts of each issue, in order. The texts of an issue stay in one push. */
export interface Delivery {
  readonly member: Member
  readonly texts: ReadonlyMap<string, readonly string[]>
}

/** A member that a push serves, and what it would miss if the push failed: texts of events, and texts by issue. */
export interface PlannedMember extends Delivery {
  readonly messages: readonly string[]
}

/** A push and the members that it serves, by connection. */
export interface PlannedPush {
  readonly push: Push
  readonly members: ReadonlyMap<string, PlannedMember>
}

/**
 * Returns one push a room, or more if a push would be larger than {@link MAX_PUSH_BYTES} as JSON. The updates of a
 * single issue may be larger; they stay in one push.
 * @param messages texts of events, which every member gets.
 */
export function pushesOf(deliveries: Iterable<Delivery>, messages: readonly string[]): PlannedPush[] {
  const byRoom = Map.groupBy(deliveries, ({ member }) => member.room)
  const sizes = new Map<string, number>()
  const sizeOf = (text: string): number => {
    const size = sizes.get(text) ?? jsonBytes(text) + 1
    sizes.set(text, size)
    return size
  }
  return [...byRoom].flatMap(([room, ofRoom]) => pushesOfRoom(room, ofRoom, messages, sizeOf))
}

interface OpenMember {
  readonly member: Member
  readonly messages: readonly string[]
  readonly texts: Map<string, readonly string[]>
}

/** A push that is being filled. */
interface OpenPush {
  /** Index of each update text in the push. */
  readonly indices: Map<string, number>
  readonly members: Map<string, OpenMember>
  readonly deliveries: [connection: string, updates: number[], events: number[]][]
  /** Size of the push as JSON. */
  bytes: number
}

/** @param sizeOf returns the bytes of a text in JSON, with a comma. */
function pushesOfRoom(
  room: string,
  deliveries: readonly Delivery[],
  messages: readonly string[],
  sizeOf: (text: string) => number,
): PlannedPush[] {
  const frameBytes = jsonBytes({ room, updates: [], events: messages, deliveries: [] } satisfies Push)
  const pushes: PlannedPush[] = []
  let open = emptyPush(frameBytes)
  const startNext = (): void => {
    const { indices, members, deliveries } = open
    if (deliveries.length === 0) return
    pushes.push({ push: { room, updates: [...indices.keys()], events: messages, deliveries }, members })
    open = emptyPush(frameBytes)
  }
  for (const { member, texts } of deliveries) {
    if (open.bytes + headBytes(member, messages) > MAX_PUSH_BYTES) startNext()
    let chosen = addMember(open, member, messages)
    for (const [issue, ofIssue] of texts) {
      let added = addedBytes(open, ofIssue, sizeOf)
      if (open.bytes + added > MAX_PUSH_BYTES && open.indices.size > 0) {
        if (chosen.length === 0) removeLastMember(open)
        startNext()
        chosen = addMember(open, member, messages)
        added = addedBytes(open, ofIssue, sizeOf)
      }
      open.bytes += added
      for (const text of ofIssue) chosen.push(indexOf(open, text))
      open.members.get(member.connection)!.texts.set(issue, ofIssue)
    }
  }
  startNext()
  return pushes
}

function emptyPush(bytes: number): OpenPush {
  return { indices: new Map(), members: new Map(), deliveries: [], bytes }
}

function headBytes({ connection }: Member, events: readonly string[]): number {
  return jsonBytes([...events.keys()]) + jsonBytes(connection) + DELIVERY_FRAME_BYTES
}

/** Returns the member's list of indices, which the caller fills. */
function addMember(open: OpenPush, member: Member, messages: readonly string[]): number[] {
  const indices: number[] = []
  open.bytes += headBytes(member, messages)
  open.deliveries.push([member.connection, indices, [...messages.keys()]])
  open.members.set(member.connection, { member, messages, texts: new Map() })
  return indices
}

function removeLastMember({ deliveries, members }: OpenPush): void {
  const [connection] = deliveries.pop()!
  members.delete(connection)
}

/** Returns at most how many bytes a delivery of texts adds: its indices, and the texts that the push does not have yet. */
function addedBytes(
  { indices }: OpenPush,
  texts: readonly string[],
  sizeOf: (text: string) => number,
): number {
  // No index of the push has more digits than the number of its texts.
  let bytes = texts.length * (String(indices.size + texts.length).length + 1)
  for (const text of texts) if (!indices.has(text)) bytes += sizeOf(text)
  return bytes
}

function indexOf({ indices }: OpenPush, text: string): number {
  const index = indices.get(text) ?? indices.size
  indices.set(text, index)
  return index
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
