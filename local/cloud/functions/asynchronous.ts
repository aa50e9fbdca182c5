/** Asynchronous invocations (type `Event`): accepted at once, run from a queue, repeated twice after an error. */
import { AwsError, isThrottle } from '../aws-error.ts'
import type { CloudClock } from '../cloud-clock.ts'
import { pause } from '../pause.ts'
import type { FunctionTarget } from './function.ts'

/** Waits before the second and the third attempt, market time (Lambda: one minute, then two). */
const RETRY_SECONDS = [60, 120]
/**
 * First and longest wait after an attempt that was throttled, and the age at which an event is given up, market time.
 * Throttling counts as no attempt (Lambda developer guide, "How Lambda handles errors and retries with asynchronous
 * invocation").
 */
const THROTTLE_SECONDS = { first: 1, longest: 300, age: 6 * 3600 }
/** Greatest number of waiting events of all functions. Further events are refused, so that memory stays bounded. */
const QUEUE_EVENTS = 1000

export interface AsynchronousInvoker {
  /** Adds an event to the queue. @throws AwsError 429 if too many events wait. */
  send(target: FunctionTarget, payload: string): void
  close(): Promise<void>
}

export function createAsynchronousInvoker(
  clock: CloudClock,
  onLost: (target: FunctionTarget, reason: string) => void,
): AsynchronousInvoker {
  const running = new Set<Promise<void>>()
  const closing = new AbortController()

  /** Returns the market time (µs) after so many seconds. */
  const later = (seconds: number): number => clock.now() + seconds * 1_000_000

  const run = async (target: FunctionTarget, payload: string): Promise<void> => {
    const end = later(THROTTLE_SECONDS.age)
    let throttleWait = THROTTLE_SECONDS.first
    for (let attempts = 0; ; ) {
      let reason: string
      let wait: number | undefined
      try {
        const result = await target.invoke(payload)
        if (!result.failed) return
        reason = result.payload
        wait = RETRY_SECONDS[attempts++]
      } catch (error) {
        reason = String(error)
        wait = isThrottle(error) ? throttleWait : RETRY_SECONDS[attempts++]
        throttleWait = Math.min(2 * throttleWait, THROTTLE_SECONDS.longest)
      }
      if (closing.signal.aborted) return
      if (wait === undefined || clock.now() >= end) return onLost(target, reason)
      await pause(clock.realMillisecondsUntil(later(wait)), closing.signal)
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
