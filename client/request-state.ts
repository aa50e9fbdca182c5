/**
 * The requests of an app, as a state machine without timers and without a network. next-requests.ts decides what follows.
 *
 * The server works on the messages of a connection at the same time and in any order. So an issue counts for the limit
 * from the moment in which a request for it is sent until the server has confirmed its end.
 */
import type { ClientMessage, IssueAction, MessageId, RequestedView } from '../market/protocol.ts'
import type { ErrorCode } from '../market/protocol-errors.ts'
import type { View } from '../market/view.ts'
import { requestedView, type SubscribeOptions, viewOf } from './wanted-views.ts'

export interface Request {
  readonly id: MessageId
  readonly action: IssueAction
  readonly issues: readonly string[]
  /** The view of a subscription. */
  readonly view: View
}

/** The ids of the requests of a client, also of all its connections: an answer is never taken for that of another request. */
export interface RequestIds {
  next: number
}

export interface RequestState {
  online: boolean
  /** Issues that the app subscribes to, with their views. */
  readonly wanted: Map<string, View>
  /** Issues that the server sends updates of, with their views. */
  readonly held: Map<string, View>
  /**
   * Issues that the server may hold: held issues, and issues of subscriptions whose outcome is not known. An issue counts
   * for the limits of these views.
   */
  readonly maybeHeld: Map<string, ReadonlySet<RequestedView>>
  /** Issues that the server refused for good on this connection. */
  readonly refused: Set<string>
  /** Issues that were refused because the connection had too many. They are requested again when it has fewer. */
  readonly crowdedOut: Set<string>
  /** Issues of refused requests that are sent again in smaller requests: only issues with the same number share a request. */
  readonly parts: Map<string, number>
  /** Requests that were divided on this connection. */
  divided: number
  /** Requests without an answer, and requests that are about to be sent again. */
  readonly pending: Map<MessageId, Request>
  readonly ids: RequestIds
}

export type RequestEvent =
  | { readonly type: 'want'; readonly issue: string; readonly view: View }
  | { readonly type: 'unwant'; readonly issue: string }
  /** A new connection, for which the server holds no issue. */
  | { readonly type: 'connected' }
  | { readonly type: 'disconnected' }
  /** The server holds these issues in a view. It refused the other issues of the request. */
  | ({
      readonly type: 'subscribed'
      readonly id?: MessageId
      readonly issues: readonly string[]
    } & SubscribeOptions)
  | { readonly type: 'unsubscribed'; readonly id?: MessageId; readonly issues: readonly string[] }
  /** Boards arrived for a request. `helped`: no issue of the request has a gap any more. */
  | { readonly type: 'snapshot'; readonly id?: MessageId; readonly helped: boolean }
  | { readonly type: 'error'; readonly id?: MessageId; readonly code: ErrorCode }
  /** The answers to all subscriptions are wanted again. */
  | { readonly type: 'renew' }
  /** The answer did not come in time, or the pause before the next attempt is over. */
  | { readonly type: 'expired'; readonly id: MessageId }

/** What the caller does after a step. `wait` replaces the timer of a request. */
export type RequestEffect =
  | { readonly type: 'send'; readonly message: ClientMessage }
  | { readonly type: 'wait'; readonly id: MessageId; readonly until: 'answerTimeout' | 'retryPause' }
  | { readonly type: 'stop-waiting'; readonly id: MessageId }

/** Errors that the same request on the same connection would get again. */
const FINAL_CODES: ReadonlySet<ErrorCode> = new Set(['unknown-issue', 'bad-message'])
/** Errors after which the server holds no issue of the request that it did not hold before. */
const UNCHANGED_CODES: ReadonlySet<ErrorCode> = new Set(['too-many-issues', 'bad-message'])

/** Requests that are divided on a connection: 10 find one malformed issue among 1,000. A connection may send 50 messages at once. */
const MAX_DIVIDED = 16

export function createRequestState(ids: RequestIds = { next: 1 }): RequestState {
  return {
    online: false,
    wanted: new Map(),
    held: new Map(),
    maybeHeld: new Map(),
    refused: new Set(),
    crowdedOut: new Set(),
    parts: new Map(),
    divided: 0,
    pending: new Map(),
    ids,
  }
}

/** Applies an event to the state. */
export function step(state: RequestState, event: RequestEvent): RequestEffect[] {
  switch (event.type) {
    case 'want':
      state.wanted.set(event.issue, event.view)
      state.refused.delete(event.issue)
      state.crowdedOut.delete(event.issue)
      state.parts.delete(event.issue)
      return []
    case 'unwant':
      state.wanted.delete(event.issue)
      return []
    case 'connected':
    case 'disconnected':
      state.online = event.type === 'connected'
      state.held.clear()
      state.maybeHeld.clear()
      state.refused.clear()
      state.crowdedOut.clear()
      state.parts.clear()
      state.divided = 0
      return [...state.pending.keys()].flatMap(id => end(state, id))
    case 'subscribed':
      subscribed(state, event.issues, viewOf(event), requestOf(state, event.id))
      return end(state, event.id)
    case 'unsubscribed':
      return [...unsubscribed(state, event.issues, requestOf(state, event.id)), ...end(state, event.id)]
    case 'snapshot':
      return event.helped ? end(state, event.id) : pause(state, event.id)
    case 'error':
      return refuse(state, event.id, event.code)
    case 'renew':
      // They are subscribed again. The server holds them meanwhile.
      state.held.clear()
      return []
    case 'expired':
      return end(state, event.id)
  }
}

/** Counts an issue for the limit of a view. */
export function countFor({ maybeHeld }: RequestState, issue: string, view: RequestedView): void {
  maybeHeld.set(issue, new Set([...(maybeHeld.get(issue) ?? []), view]))
}

/** Counts an issue for the limit of a view no more, unless the server holds it in this view. */
function uncount({ held, maybeHeld }: RequestState, issue: string, view: RequestedView): void {
  const heldView = held.get(issue)
  if (heldView !== undefined && requestedView(heldView) === view) return
  const views = [...(maybeHeld.get(issue) ?? [])].filter(other => other !== view)
  if (views.length > 0) maybeHeld.set(issue, new Set(views))
  else maybeHeld.delete(issue)
}

function requestOf(state: RequestState, id: MessageId | undefined): Request | undefined {
  return id === undefined ? undefined : state.pending.get(id)
}

function subscribed(
  state: RequestState,
  issues: readonly string[],
  view: View,
  request: Request | undefined,
): void {
  if (request?.action === 'subscribe') {
    for (const issue of request.issues) {
      if (issues.includes(issue)) continue
      uncount(state, issue, requestedView(request.view))
      state.refused.add(issue)
    }
  }
  // The answer may come late: the server refuses some issues of a request with an error before it, or the request has
  // expired. A newer request decides about an issue.
  const busy = busyIssues(state, request?.id)
  for (const issue of issues) {
    if (busy.has(issue)) continue
    // An issue that moves to another view makes room in its old view.
    if (state.held.has(issue) && state.held.get(issue) !== view) state.crowdedOut.clear()
    state.held.set(issue, view)
    state.maybeHeld.set(issue, new Set([requestedView(view)]))
    state.refused.delete(issue)
    state.crowdedOut.delete(issue)
    state.parts.delete(issue)
  }
}

/** Returns the effects on other requests. */
function unsubscribed(
  state: RequestState,
  issues: readonly string[],
  request: Request | undefined,
): RequestEffect[] {
  state.crowdedOut.clear()
  for (const issue of issues) state.held.delete(issue)
  if (request?.action === 'unsubscribe') {
    for (const issue of request.issues) state.maybeHeld.delete(issue)
    return []
  }
  // The answer came late, so the server may have worked on the request after a newer subscription, which is sent again.
  const older = [...state.pending.values()].filter(
    pending => pending.action === 'subscribe' && pending.issues.some(issue => issues.includes(issue)),
  )
  return older.flatMap(({ id }) => end(state, id))
}

/** Returns the issues of pending requests. @param except the id of a request that does not count. */
export function busyIssues({ pending }: RequestState, except?: MessageId): Set<string> {
  return new Set([...pending.values()].flatMap(({ id, issues }) => (id === except ? [] : issues)))
}

function refuse(state: RequestState, id: MessageId | undefined, code: ErrorCode): RequestEffect[] {
  const request = requestOf(state, id)
  if (request?.action === 'subscribe') {
    if (UNCHANGED_CODES.has(code))
      for (const issue of request.issues) uncount(state, issue, requestedView(request.view))
    if (code === 'bad-message' && request.issues.length > 1 && state.divided < MAX_DIVIDED) {
      divide(state, request)
      return end(state, id)
    }
    const isFinal = FINAL_CODES.has(code)
    if (isFinal || (code === 'too-many-issues' && !isGivingUpIssues(state))) {
      for (const issue of request.issues) (isFinal ? state.refused : state.crowdedOut).add(issue)
      return end(state, id)
    }
  }
  // The server does not hold an issue of which it refuses a snapshot. The client subscribes to the issue again.
  if (request?.action === 'snapshot') for (const issue of request.issues) state.held.delete(issue)
  return pause(state, id)
}

/** Lets the halves of a request be sent again, each in a request of its own. */
function divide(state: RequestState, { issues }: Request): void {
  state.divided++
  const half = Math.ceil(issues.length / 2)
  for (const [index, issue] of issues.entries())
    state.parts.set(issue, 2 * state.divided + (index < half ? 0 : 1))
}

/** Whether the server will soon hold fewer issues, in all or in a view. */
function isGivingUpIssues({ maybeHeld, wanted }: RequestState): boolean {
  return [...maybeHeld].some(([issue, views]) => {
    const view = wanted.get(issue)
    return view === undefined || [...views].some(other => other !== requestedView(view))
  })
}

/** Keeps a request pending for a short time, so that a request that did not help is not repeated at once. */
function pause(state: RequestState, id: MessageId | undefined): RequestEffect[] {
  const request = requestOf(state, id)
  return request === undefined ? [] : [{ type: 'wait', id: request.id, until: 'retryPause' }]
}

function end(state: RequestState, id: MessageId | undefined): RequestEffect[] {
  if (id === undefined || !state.pending.delete(id)) return []
  return [{ type: 'stop-waiting', id }]
}
