/** Sends the requests that client/next-requests.ts decides on, with their timers. */
import type { ClientMessage } from '../market/protocol.ts'
import { nextRequests } from './next-requests.ts'
import { createRequestState, type RequestEffect, type RequestEvent, step } from './request-state.ts'
import type { Timing } from './socket.ts'

export interface RequestsOptions {
  readonly send: (message: ClientMessage) => void
  readonly hasGap: (issue: string) => boolean
  readonly timing: Pick<Timing, 'answerTimeout' | 'retryPause'>
}

export interface Requests {
  /** Applies an event, then sends necessary requests in the next microtask. */
  apply(event: RequestEvent): void
  /** Sends necessary requests in the next microtask, so that the changes of one task share a request. */
  settle(): void
  /** Whether an issue of a request has a gap. */
  hasGapIn(id: string | number | undefined): boolean
}

export function createRequests({ send, hasGap, timing }: RequestsOptions): Requests {
  const state = createRequestState()
  const timers = new Map<string | number, ReturnType<typeof setTimeout>>()
  let isPlanned = false

  function run(effects: readonly RequestEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'send') {
        send(effect.message)
        continue
      }
      clearTimeout(timers.get(effect.id))
      timers.delete(effect.id)
      if (effect.type === 'wait') {
        const { id, until } = effect
        timers.set(
          id,
          setTimeout(() => apply({ type: 'expired', id }), timing[until]),
        )
      }
    }
  }

  function settle(): void {
    if (isPlanned) return
    isPlanned = true
    queueMicrotask(() => {
      isPlanned = false
      run(nextRequests(state, hasGap))
    })
  }

  function apply(event: RequestEvent): void {
    run(step(state, event))
    settle()
  }

  return {
    apply,
    settle,
    hasGapIn: id => id !== undefined && (state.pending.get(id)?.issues.some(hasGap) ?? false),
  }
}
