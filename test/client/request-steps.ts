/** Applies events to the state of requests, and answers its requests as a server without faults does. */
import { type Needs, nextRequests } from '../../client/next-requests.ts'
import {
  createRequestState,
  type RequestEffect,
  type RequestEvent,
  type RequestState,
  step,
} from '../../client/request-state.ts'
import type { ClientMessage } from '../../market/protocol.ts'
import type { View } from '../../market/view.ts'
import { withoutUndefined } from '../../market/without-undefined.ts'

export const NO_GAP: Needs = { hasGap: () => false, position: () => undefined }
export const ALL_GAPS: Needs = { ...NO_GAP, hasGap: () => true }

/** Returns a state to which events were applied, with the requests that it then sends. */
export function after(...events: RequestEvent[]): { state: RequestState; sent: ClientMessage[] } {
  const state = createRequestState()
  const sent: ClientMessage[] = []
  for (const event of events) {
    step(state, event)
    sent.push(...messagesOf(nextRequests(state, NO_GAP)))
  }
  return { state, sent }
}

export function messagesOf(effects: readonly RequestEffect[]): ClientMessage[] {
  return effects.flatMap(effect => (effect.type === 'send' ? effect.message : []))
}

export const want = (issue: string, view: View = 'board'): RequestEvent => ({ type: 'want', issue, view })
export const connected: RequestEvent = { type: 'connected' }

/** Answers requests as a server without faults does, until there are none. */
export function answerAll(state: RequestState): void {
  for (let messages = nextMessages(state); messages.length > 0; messages = nextMessages(state)) {
    for (const message of messages) answer(state, message)
  }
}

export function answer(state: RequestState, message: ClientMessage): void {
  if (!('issues' in message) || message.id === undefined) return
  const { issues, id } = message
  if (message.action === 'subscribe') {
    const { view, trades } = message
    step(state, { type: 'subscribed', id, issues, ...withoutUndefined({ view, trades }) })
  } else if (message.action === 'snapshot') step(state, { type: 'snapshot', id, helped: true })
  else step(state, { type: 'unsubscribed', id, issues })
}

export function nextMessages(state: RequestState): ClientMessage[] {
  return messagesOf(nextRequests(state, NO_GAP))
}
