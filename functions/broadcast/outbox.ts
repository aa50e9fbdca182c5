/** Sends the pushes of rounds. A slow push does not hold the rounds after it: they go on without its connections. */
import { startPatience } from '../../lambda/patience.ts'
import type { Push, PushResult } from '../../posts/push.ts'
import type { PlannedPost } from './post-plan.ts'
import type { PlannedPush } from './pushes.ts'

/** Time that a round waits for its pushes (ms). A push of 250 posts takes some 100 ms, a connection without an answer a second. */
const PUSH_TIME_MS = 200
/** Pushes in flight, so that calls of push-room take a small part of the account's concurrency (1,000 by default). */
export const PUSHES_IN_FLIGHT = 40

export interface OutboxParts {
  /** Serves a push: in this function if `alone`, else in a function of its own. */
  push(push: Push, alone: boolean): Promise<PushResult>
  /** Notes what became of the posts of a push. `result`: undefined if the push failed as a whole. */
  note(posts: Iterable<PlannedPost>, result: PushResult | undefined): void
  /** Reports a problem that must not stop the round. */
  warn(message: string, error: unknown): void
}

export interface Outbox {
  /** Returns whether {@link PUSHES_IN_FLIGHT} pushes have not ended. */
  isFull(): boolean
  /**
   * Sends pushes. Resolves when they have ended, or before the slow ones have. A push to doubtful connections is always
   * served by another function, and not waited for.
   * @returns the results of all pushes that have ended since the last call.
   */
  send(plan: readonly PlannedPush[]): Promise<PushResult[]>
}

export function createOutbox({ push, note, warn }: OutboxParts): Outbox {
  const running = new Set<Promise<void>>()
  const results: PushResult[] = []

  const serve = async (planned: PlannedPush, alone: boolean): Promise<void> => {
    const result = await push(planned.push, alone).catch(error => {
      warn('a push could not be served', error)
      return undefined
    })
    note(planned.posts.values(), result)
    if (result !== undefined) results.push(result)
  }

  const start = (planned: PlannedPush, alone: boolean): Promise<void> => {
    const work = serve(planned, alone).finally(() => running.delete(work))
    running.add(work)
    return work
  }

  return {
    isFull: () => running.size >= PUSHES_IN_FLIGHT,
    async send(plan) {
      const sound = plan.filter(({ isDoubtful }) => !isDoubtful)
      for (const planned of plan) if (planned.isDoubtful) start(planned, false)
      const works = sound.map(planned => start(planned, sound.length === 1))
      const patience = startPatience(PUSH_TIME_MS)
      await Promise.race([Promise.all(works), patience.over])
      patience.end()
      return results.splice(0)
    },
  }
}
