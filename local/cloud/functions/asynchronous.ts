/** Asynchronous invocations (type `Event`): accepted at once, run from a queue, repeated twice after an error. */
import { AwsError } from '../aws-error.ts'
import type { CloudClock } from '../cloud-clock.ts'
import { pause } from '../pause.ts'
import type { LocalFunction } from './function.ts'

/** Waits before the second and the third attempt, market time (Lambda: one minute, then two). */
const RETRY_SECONDS = [60, 120]
/** Greatest number of waiting events of all functions. Further events are refused, so that memory stays bounded. */
const QUEUE_EVENTS = 1000

export interface AsynchronousInvoker {
  /** Adds an event to the queue. @throws AwsError 429 if too many events wait. */
  send(target: LocalFunction, payload: string): void
  close(): Promise<void>
}

export function createAsynchronousInvoker(
  clock: CloudClock,
  onLost: (target: LocalFunction, reason: string) => void,
): AsynchronousInvoker {
  const running = new Set<Promise<void>>()
  const closing = new AbortController()

  const run = async (target: LocalFunction, payload: string): Promise<void> => {
    for (const wait of [...RETRY_SECONDS, undefined]) {
      let reason: string
      try {
        const result = await target.invoke(payload)
        if (!result.failed) return
        reason = result.payload
      } catch (error) {
        reason = String(error)
      }
      if (closing.signal.aborted) return
      if (wait === undefined) onLost(target, reason)
      else await pause(clock.realMillisecondsUntil(clock.now() + wait * 1_000_000), closing.signal)
      if (closing.signal.aborted) return
    }
  }

  return {
    send(target, payload) {
      if (running.size >= QUEUE_EVENTS) {
        throw new AwsError(
          429,
          'TooManyRequestsException',
          `${QUEUE_EVENTS} asynchronous events wait already`,
        )
      }
      const work = run(target, payload).finally(() => running.delete(work))
      running.add(work)
    },
    async close() {
      closing.abort()
      await Promise.all(running)
    },
  }
}
