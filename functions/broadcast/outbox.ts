/** Sends the pushes of rounds. A slow room does not hold the others: later rounds go on, and its texts wait for it. */
import { startPatience } from '../../lambda/patience.ts'
import type { Push, PushResult } from '../../posts/push.ts'
import type { Members } from './members.ts'
import type { PlannedMember, PlannedPush } from './pushes.ts'

/**
 * Time that a round waits for its rooms (ms). A room of 1,000 connections takes some 200 ms; one connection that does not
 * answer takes a second.
 */
const ROOM_TIME_MS = 500

export interface OutboxParts {
  readonly members: Members
  /** Serves one room, here or in a function of its own. `alone`: the round has no other push. */
  push(push: Push, alone: boolean): Promise<PushResult>
  /** Notes what became of a member. `result`: undefined if the push failed as a whole. */
  note(planned: PlannedMember, result: PushResult | undefined): void
  /** Reports a problem that must not stop the round. */
  warn(message: string, error: unknown): void
}

export interface Outbox {
  /** Returns whether a push to a room has not ended. The texts of its members wait, so that they stay in order. */
  isBusy(room: string): boolean
  /**
   * Sends pushes to rooms that are not busy. Resolves when they have ended, or before the slow ones have.
   * @returns the results of all pushes that have ended since the last call.
   */
  send(plan: readonly PlannedPush[]): Promise<PushResult[]>
}

export function createOutbox({ members, push, note, warn }: OutboxParts): Outbox {
  const busy = new Map<string, Promise<void>>()
  /** Rooms whose last push took longer than a round waits. */
  const slow = new Set<string>()
  const results: PushResult[] = []

  const sendOne = async (planned: PlannedPush, alone: boolean): Promise<void> => {
    const result = await push(planned.push, alone).catch(error => {
      warn('a room could not be served', error)
      return undefined
    })
    for (const member of planned.members.values()) note(member, result)
    if (result !== undefined) results.push(result)
  }

  const serve = async (room: string, pushes: readonly PlannedPush[], alone: boolean): Promise<void> => {
    const start = performance.now()
    await Promise.all(pushes.map(planned => sendOne(planned, alone)))
    busy.delete(room)
    if (performance.now() - start > ROOM_TIME_MS) slow.add(room)
    else slow.delete(room)
  }

  /** Waits while every room with members is busy: a round could then send nothing. */
  const waitForAnyRoom = async (): Promise<void> => {
    if (busy.size === 0) return
    const rooms = new Set([...members.byConnection.values()].map(({ room }) => room))
    if ([...rooms].every(room => busy.has(room))) await Promise.race(busy.values())
  }

  return {
    isBusy: room => busy.has(room),
    async send(plan) {
      const byRoom = Map.groupBy(plan, ({ push }) => push.room)
      const rooms = [...byRoom.keys()]
      const quick = rooms.filter(room => !slow.has(room))
      // A push of this function ends with its invocation, so a slow room is served by another function.
      const alone = plan.length === 1 && busy.size === 0 && quick.length === 1
      for (const [room, pushes] of byRoom) busy.set(room, serve(room, pushes, alone))
      const awaited = Promise.all((quick.length > 0 ? quick : rooms).map(room => busy.get(room)))
      const patience = startPatience(ROOM_TIME_MS)
      await Promise.race(alone ? [awaited] : [awaited, patience.over])
      patience.end()
      await waitForAnyRoom()
      return results.splice(0)
    },
  }
}
