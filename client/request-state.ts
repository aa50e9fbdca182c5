/**
 * Decides which requests an app sends, as a state machine without timers and without a network.
 *
 * The decision follows from the difference between the issues that the app wants and the issues that the server holds:
 * a wanted issue that is not held is subscribed, a held issue that is not wanted is unsubscribed, and a held issue with
 * a gap gets a snapshot. Each issue has at most one pending request, so requests cannot pile up.
 */
import type { ClientMessage, ErrorCode, IssueAction, MessageId } from '../market/protocol.ts'

/** Issues a request: the whole boards of 20 issues fit one 32 KB frame of the answer. */
export const ISSUES_PER_REQUEST = 20

interface Request {
  readonly id: MessageId
  readonly action: IssueAction
  readonly issues: readonly string[]
}

export interface RequestState {
  online: boolean
  /** Issues that the app subscribes to. */
  readonly wanted: Set<string>
  /** Issues that the server sends updates of. */
  readonly held: Set<string>
  /** Issues that the server refused for good on this connection. */
  readonly refused: Set<string>
  /** Requests without an answer, and requests that are about to be sent again. */
  readonly pending: Map<MessageId, Request>
  nextId: number
}

export type RequestEvent =
  | { readonly type: 'want'; readonly issue: string }
  | { readonly type: 'unwant'; readonly issue: string }
  /** A new connection, for which the server holds no issue. */
  | { readonly type: 'connected' }
  | { readonly type: 'disconnected' }
  /** The server holds these issues. It refused the other issues of the request. */
  | { readonly type: 'subscribed'; readonly id?: MessageId; readonly issues: readonly string[] }
  | { readonly type: 'unsubscribed'; readonly id?: MessageId; readonly issues: readonly string[] }
  /** Boards arrived for a request. `helped`: no issue of the request has a gap any more. */
  | { readonly type: 'snapshot'; readonly id?: MessageId; readonly helped: boolean }
  | { readonly type: 'error'; readonly id?: MessageId; readonly code: ErrorCode }
  /** The answer did not come in time, or the pause before the next attempt is over. */
  | { readonly type: 'expired'; readonly id: MessageId }

/** What the caller does after a step. `wait` replaces the timer of a request. */
export type RequestEffect =
  | { readonly type: 'send'; readonly message: ClientMessage }
  | { readonly type: 'wait'; readonly id: MessageId; readonly until: 'answerTimeout' | 'retryPause' }
  | { readonly type: 'stop-waiting'; readonly id: MessageId }

/** Errors that the same request on the same connection would get again. */
const FINAL_CODES: ReadonlySet<ErrorCode> = new Set(['unknown-issue', 'too-many-issues', 'bad-message'])

export function createRequestState(): RequestState {
  return {
    online: false,
    wanted: new Set(),
    held: new Set(),
    refused: new Set(),
    pending: new Map(),
    nextId: 1,
  }
}

/** Applies an event to the state. */
export function step(state: RequestState, event: RequestEvent): RequestEffect[] {
  switch (event.type) {
    case 'want':
      state.wanted.add(event.issue)
      state.refused.delete(event.issue)
      return []
    case 'unwant':
      state.wanted.delete(event.issue)
      return []
    case 'connected':
    case 'disconnected':
      state.online = event.type === 'connected'
      state.held.clear()
      state.refused.clear()
      return [...state.pending.keys()].flatMap(id => end(state, id))
    case 'subscribed':
      subscribed(state, event.issues, requestOf(state, event.id)?.issues ?? [])
      return end(state, event.id)
    case 'unsubscribed':
      for (const issue of event.issues) state.held.delete(issue)
      return end(state, event.id)
    case 'snapshot':
      return event.helped ? end(state, event.id) : pause(state, event.id)
    case 'error':
      return refuse(state, event.id, event.code)
    case 'expired':
      return end(state, event.id)
  }
}

/** Returns the requests that are necessary now, and marks them as pending. */
export function nextRequests(state: RequestState, hasGap: (issue: string) => boolean): RequestEffect[] {
  if (!state.online) return []
  const { wanted, held, refused } = state
  const busy = new Set([...state.pending.values()].flatMap(({ issues }) => issues))
  const request = (action: Request['action'], issues: readonly string[]): RequestEffect[] =>
    add(
      state,
      action,
      issues.filter(issue => !busy.has(issue)),
    )
  return [
    ...request(
      'unsubscribe',
      [...held].filter(issue => !wanted.has(issue)),
    ),
    ...request(
      'subscribe',
      [...wanted].filter(issue => !held.has(issue) && !refused.has(issue)),
    ),
    ...request(
      'snapshot',
      [...held].filter(issue => wanted.has(issue) && hasGap(issue)),
    ),
  ]
}

function add(state: RequestState, action: Request['action'], issues: readonly string[]): RequestEffect[] {
  const effects: RequestEffect[] = []
  for (let from = 0; from < issues.length; from += ISSUES_PER_REQUEST) {
    const request = { action, issues: issues.slice(from, from + ISSUES_PER_REQUEST), id: state.nextId++ }
    state.pending.set(request.id, request)
    effects.push({ type: 'wait', id: request.id, until: 'answerTimeout' }, { type: 'send', message: request })
  }
  return effects
}

function requestOf(state: RequestState, id: MessageId | undefined): Request | undefined {
  return id === undefined ? undefined : state.pending.get(id)
}

function subscribed(state: RequestState, issues: readonly string[], requested: readonly string[]): void {
  for (const issue of requested) if (!issues.includes(issue)) state.refused.add(issue)
  // An error may come before the answer: the server refuses some issues of a request and holds the others.
  for (const issue of issues) {
    state.held.add(issue)
    state.refused.delete(issue)
  }
}

function refuse(state: RequestState, id: MessageId | undefined, code: ErrorCode): RequestEffect[] {
  const request = requestOf(state, id)
  if (request?.action === 'subscribe' && FINAL_CODES.has(code)) {
    for (const issue of request.issues) state.refused.add(issue)
    return end(state, id)
  }
  // The server does not hold an issue of which it refuses a snapshot. The client subscribes to the issue again.
  if (request?.action === 'snapshot') for (const issue of request.issues) state.held.delete(issue)
  return pause(state, id)
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
