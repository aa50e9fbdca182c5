/** Asynchronous invocations (type `Event`): accepted at once, run from a queue, repeated after an error. */
import { randomUUID } from 'node:crypto'
import { AwsError, isThrottle } from '../aws-error.ts'
import type { CloudClock } from '../cloud-clock.ts'
import { pause } from '../pause.ts'
import type { FunctionTarget, InvokeResult } from './function.ts'
import { DEFAULT_INVOKE_CONFIG, type InvokeConfig } from './invoke-config.ts'

/** Waits before the second and the third attempt, market time (Lambda: one minute, then two). */
const RETRY_SECONDS = [60, 120]
/**
 * First and longest wait after an attempt that was throttled, market time. Throttling counts as no attempt (Lambda developer
 * guide, "How Lambda handles errors and retries with asynchronous invocation").
 */
const THROTTLE_SECONDS = { first: 1, longest: 300 }
/** Greatest number of waiting events of all functions. Further events are refused, so that memory stays bounded. */
const QUEUE_EVENTS = 1000

export interface AsynchronousInvoker {
  /** Adds an event to the queue. @throws AwsError 429 if too many events wait. */
  send(target: FunctionTarget, payload: string): void
  close(): Promise<void>
}

/** @param configs by the ARN that a caller uses. The others have the configuration of a new function. */
export function createAsynchronousInvoker(
  clock: CloudClock,
  configs: ReadonlyMap<string, InvokeConfig>,
  onLost: (target: FunctionTarget, reason: string) => void,
): AsynchronousInvoker {
  const running = new Set<Promise<void>>()
  const closing = new AbortController()

  /** Returns the market time (µs) after so many seconds. */
  const later = (seconds: number): number => clock.now() + seconds * 1_000_000

  const run = async (target: FunctionTarget, payload: string): Promise<void> => {
    const config = configs.get(target.definition.arn) ?? DEFAULT_INVOKE_CONFIG
    const end = later(config.ageSeconds)
    let throttleWait = THROTTLE_SECONDS.first
    for (let attempts = 0; ; ) {
      let failure: Failure
      let isThrottled = false
      try {
        const result = await target.invoke(payload)
        if (!result.failed) return
        failure = result
      } catch (error) {
        failure = { payload: JSON.stringify({ errorMessage: String(error) }) }
        isThrottled = isThrottle(error)
      }
      let wait: number | undefined = throttleWait
      if (isThrottled) throttleWait = Math.min(2 * throttleWait, THROTTLE_SECONDS.longest)
      else wait = attempts < config.retries ? RETRY_SECONDS[attempts++] : undefined
      if (closing.signal.aborted) return
      if (wait === undefined || clock.now() >= end) {
        const condition = wait === undefined ? 'RetriesExhausted' : 'EventAgeExceeded'
        config.onFailure?.send(failureRecord({ target, payload, failure, condition, attempts: attempts + 1 }))
        return onLost(target, failure.payload)
      }
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

type Failure = Pick<InvokeResult, 'payload'> & Partial<Pick<InvokeResult, 'requestId'>>

interface GivenUp {
  readonly target: FunctionTarget
  readonly payload: string
  readonly failure: Failure
  readonly condition: 'RetriesExhausted' | 'EventAgeExceeded'
  readonly attempts: number
}

/** Returns the invocation record that a destination gets (Lambda developer guide, "Capturing records of asynchronous invocations"). */
function failureRecord({ target, payload, failure, condition, attempts }: GivenUp): string {
  const { requestId = randomUUID() } = failure
  return JSON.stringify({
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId,
      functionArn: target.definition.arn,
      condition,
      approximateInvokeCount: attempts,
    },
    requestPayload: JSON.parse(payload),
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: JSON.parse(failure.payload),
  })
}
