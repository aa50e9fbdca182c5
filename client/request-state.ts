/**
 * Decides which requests an app sends, as a state machine without timers and without a network.
 *
 * The decision follows from the difference between the issues that the app wants and the issues that the server holds:
 * a wanted issue that is not held is subscribed, a held issue that is not wanted is unsubscribed, and a held issue with
 * a gap gets a snapshot. Each issue has at most one pending request, so requests cannot pile up.
 *
 * The server works on the messages of a connection at the same time and in any order. So an issue counts for the limit
 * from the moment in which a request for it is sent until the server has confirmed its end.
 */
import {
  type ClientMessage,
  type ErrorCode,
  type IssueAction,
  MAX_BOARDS_PER_CONNECTION,
  type MessageId,
} from '../market/protocol.ts'

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
  /** Issues that the server may hold: held issues, and issues of subscriptions whose outcome is not known. */
  readonly maybeHeld: Set<string>
  /** Issues that the server refused for good on this connection. */
  readonly refused: Set<string>
  /** Issues that were refused because the connection had too many. They are requested again when it has fewer. */
  readonly crowdedOut: Set<string>
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
const FINAL_CODES: ReadonlySet<ErrorCode> = new Set(['unknown-issue', 'bad-message'])
/** Errors after which the server holds no issue of the request that it did not hold before. */
const UNCHANGED_CODES: ReadonlySet<ErrorCode> = new Set(['too-many-issues', 'bad-message'])

export function createRequestState(): RequestState {
  return {
    online: false,
    wanted: new Set(),
    held: new Set(),
    maybeHeld: new Set(),
    refused: new Set(),
    crowdedOut: new Set(),
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
      state.crowdedOut.delete(event.issue)
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
      return [...state.pending.keys()].flatMap(id => end(state, id))
    case 'subscribed':
      subscribed(state, event.issues, requestOf(state, event.id))
      return end(state, event.id)
    case 'unsubscribed':
      return [...unsubscribed(state, event.issues, requestOf(state, event.id)), ...end(state, event.id)]
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
  const { wanted, held, maybeHeld, refused, crowdedOut } = state
  const busy = busyIssues(state)
  const request = (action: Request['action'], issues: readonly string[]): RequestEffect[] =>
    add(
      state,
      action,
      issues.filter(issue => !busy.has(issue)),
    )
  return [
    ...request(
      'unsubscribe',
      [...maybeHeld].filter(issue => !wanted.has(issue)),
    ),
    ...request(
      'subscribe',
      withinLimit(
        [...wanted].filter(issue => !held.has(issue) && !refused.has(issue) && !crowdedOut.has(issue)),
        maybeHeld,
      ),
    ),
    ...request(
      'snapshot',
      [...held].filter(issue => wanted.has(issue) && hasGap(issue)),
    ),
  ]
}

/** Returns those of `issues` that the server can hold in addition to `maybeHeld`. */
function withinLimit(issues: readonly string[], maybeHeld: ReadonlySet<string>): string[] {
  let room = MAX_BOARDS_PER_CONNECTION - maybeHeld.size
  return issues.filter(issue => maybeHeld.has(issue) || room-- > 0)
}

function add(state: RequestState, action: Request['action'], issues: readonly string[]): RequestEffect[] {
  const effects: RequestEffect[] = []
  for (let from = 0; from < issues.length; from += ISSUES_PER_REQUEST) {
    const request = { action, issues: issues.slice(from, from + ISSUES_PER_REQUEST), id: state.nextId++ }
    state.pending.set(request.id, request)
    if (action === 'subscribe') for (const issue of request.issues) state.maybeHeld.add(issue)
    effects.push({ type: 'wait', id: request.id, until: 'answerTimeout' }, { type: 'send', message: request })
  }
  return effects
}

function requestOf(state: RequestState, id: MessageId | undefined): Request | undefined {
  return id === undefined ? undefined : state.pending.get(id)
}

function subscribed(state: RequestState, issues: readonly string[], request: Request | undefined): void {
  if (request?.action === 'subscribe') {
    for (const issue of request.issues) {
      if (issues.includes(issue)) continue
      state.maybeHeld.delete(issue)
      state.refused.add(issue)
    }
  }
  // The answer may come late: the server refuses some issues of a request with an error before it, or the request has
  // expired. A newer request decides about an issue.
  const busy = busyIssues(state, request?.id)
  for (const issue of issues) {
    if (busy.has(issue)) continue
    state.held.add(issue)
    state.maybeHeld.add(issue)
    state.refused.delete(issue)
    state.crowdedOut.delete(issue)
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
function busyIssues({ pending }: RequestState, except?: MessageId): Set<string> {
  return new Set([...pending.values()].flatMap(({ id, issues }) => (id === except ? [] : issues)))
}

function refuse(state: RequestState, id: MessageId | undefined, code: ErrorCode): RequestEffect[] {
  const request = requestOf(state, id)
  if (request?.action === 'subscribe') {
    if (UNCHANGED_CODES.has(code))
      for (const issue of request.issues) if (!state.held.has(issue)) state.maybeHeld.delete(issue)
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

/** Whether the server will soon hold fewer issues. */
function isGivingUpIssues({ maybeHeld, wanted }: RequestState): boolean {
  return [...maybeHeld].some(issue => !wanted.has(issue))
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
