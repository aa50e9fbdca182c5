/** Sends the requests that client/next-requests.ts decides on, with their timers. */
import type { ClientMessage, MessageId } from '../market/protocol.ts'
import type { ErrorCode } from '../market/protocol-errors.ts'
import { type Needs, nextRequests } from './next-requests.ts'
import {
  createRequestState,
  type RequestEffect,
  type RequestEvent,
  type RequestIds,
  step,
} from './request-state.ts'
import type { Timing } from './timing.ts'

/** The server refused issues of a subscription for as long as the connection is open, or has no room for them. */
export interface Refusal {
  /** Why the server refused them. */
  readonly code: ErrorCode
  /** The refused issues. */
  readonly issues: readonly string[]
}

type Timer = ReturnType<typeof setTimeout>

export interface RequestsOptions {
  readonly send: (message: ClientMessage) => void
  readonly onRefused: (refusal: Refusal) => void
  readonly needs: Needs
  /** Default: the requests have ids from 1 on. */
  readonly ids?: RequestIds
  readonly timing: Pick<Timing, 'answerTimeout' | 'retryPause'>
}

export interface Requests {
  /** Applies an event, then sends necessary requests in the next microtask. */
  apply(event: RequestEvent): void
  /** Sends necessary requests in the next microtask, so that the changes of one task share a request. */
  settle(): void
  /** Whether the server has answered the subscriptions of all wanted issues. */
  isSettled(): boolean
  /** Whether an issue of a request has a gap. */
  hasGapIn(id: string | number | undefined): boolean
}

export function createRequests({ send, onRefused, needs, ids, timing }: RequestsOptions): Requests {
  const state = createRequestState(ids)
  const timers = new Map<MessageId, Timer>()
  /** Refusals of which it is not known yet which of their issues the server has accepted. */
  const refusals = new Map<MessageId, Refusal & { timer: Timer | undefined }>()
  let isPlanned = false

  /** Reports the issues of a refusal that the server has not accepted. */
  function report(id: MessageId): void {
    const refusal = refusals.get(id)
    if (refusal === undefined) return
    refusals.delete(id)
    clearTimeout(refusal.timer)
    const issues = refusal.issues.filter(issue => state.refused.has(issue) || state.crowdedOut.has(issue))
    if (issues.length > 0) onRefused({ code: refusal.code, issues })
  }

  /** Keeps the refusal of unknown issues until the answer to the same request, which has the issues that are known. */
  function refuse(id: MessageId, refusal: Refusal): void {
    const waits = refusal.code === 'unknown-issue'
    const timer = waits ? setTimeout(() => report(id), timing.answerTimeout) : undefined
    refusals.set(id, { ...refusal, timer })
    if (!waits) report(id)
  }

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
      run(nextRequests(state, needs))
    })
  }

  function apply(event: RequestEvent): void {
    const id = 'id' in event ? event.id : undefined
    const issues = id === undefined ? undefined : state.pending.get(id)?.issues
    run(step(state, event))
    if (event.type === 'disconnected') for (const refused of [...refusals.keys()]) report(refused)
    else if (event.type === 'subscribed' && id !== undefined) report(id)
    else if (event.type === 'error' && id !== undefined && issues !== undefined)
      refuse(id, { code: event.code, issues })
    settle()
  }

  return {
    apply,
    settle,
    isSettled: () =>
      [...state.wanted].every(
        ([issue, view]) =>
          state.held.get(issue) === view || state.refused.has(issue) || state.crowdedOut.has(issue),
      ),
    hasGapIn: id => id !== undefined && (state.pending.get(id)?.issues.some(needs.hasGap) ?? false),
  }
}
