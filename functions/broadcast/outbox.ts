/** Sends the pushes of rounds. A slow room does not hold the others: later rounds go on without it. */
import { startPatience } from '../../lambda/patience.ts'
import type { Push, PushResult } from '../../posts/push.ts'
import type { PlannedPost } from './post-plan.ts'
import type { PlannedPush } from './pushes.ts'

/**
 * Time that a round waits for its rooms (ms). A room of 1,000 connections takes some 200 ms; one connection that does not
 * answer takes a second.
 */
const ROOM_TIME_MS = 500
/** Most pushes to one room at the same time: while a push waits for slow connections, later pushes serve the others. */
export const PUSHES_PER_ROOM = 4

export interface OutboxParts {
  /** Serves one room, here or in a function of its own. `alone`: the round has no other push. */
  push(push: Push, alone: boolean): Promise<PushResult>
  /** Notes what became of a post. `result`: undefined if the push failed as a whole. */
  note(post: PlannedPost, result: PushResult | undefined): void
  /** Reports a problem that must not stop the round. */
  warn(message: string, error: unknown): void
}

export interface Outbox {
  /** Returns whether a room has {@link PUSHES_PER_ROOM} pushes that have not ended. */
  isBusy(room: string): boolean
  /**
   * Sends pushes. Resolves when they have ended, without waiting long for slow ones.
   * @returns the results of all pushes that have ended since the last call.
   */
  send(plan: readonly PlannedPush[]): Promise<PushResult[]>
}

export function createOutbox({ push, note, warn }: OutboxParts): Outbox {
  /** Pushes that have not ended, by room. */
  const running = new Map<string, Set<Promise<void>>>()
  /** Rooms whose last push took longer than a round waits. */
  const slow = new Set<string>()
  const results: PushResult[] = []

  const serve = async (planned: PlannedPush, alone: boolean): Promise<void> => {
    const { room } = planned.push
    const start = performance.now()
    const result = await push(planned.push, alone).catch(error => {
      warn('a room could not be served', error)
      return undefined
    })
    for (const post of planned.posts.values()) note(post, result)
    if (result !== undefined) results.push(result)
    if (performance.now() - start > ROOM_TIME_MS) slow.add(room)
    else slow.delete(room)
  }

  const start = (planned: PlannedPush, alone: boolean): Promise<void> => {
    const { room } = planned.push
    const ofRoom = running.get(room) ?? new Set()
    running.set(room, ofRoom)
    const work = serve(planned, alone).finally(() => {
      ofRoom.delete(work)
      if (ofRoom.size === 0) running.delete(room)
    })
    ofRoom.add(work)
    return work
  }

  return {
    isBusy: room => (running.get(room)?.size ?? 0) >= PUSHES_PER_ROOM,
    async send(plan) {
      const quick = plan.filter(({ push }) => !slow.has(push.room))
      // Lambda stops this function between two rounds, so it waits for posts of its own. A slow room goes to push-room.
      const alone = plan.length === 1 && running.size === 0 && quick.length === 1
      const works = new Map(plan.map(planned => [planned, start(planned, alone)]))
      const awaited = Promise.all((quick.length > 0 ? quick : plan).map(planned => works.get(planned)))
      const patience = startPatience(ROOM_TIME_MS)
      await Promise.race(alone ? [awaited] : [awaited, patience.over])
      patience.end()
      return results.splice(0)
    },
  }
}
