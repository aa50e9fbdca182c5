/**
 * Decides which requests an app sends.
 *
 * The decision follows from the difference between the issues that the app wants and the issues that the server holds:
 * a wanted issue that is not held in its view is subscribed, a held issue that is not wanted is unsubscribed, and a held
 * issue with a gap gets a snapshot. Each issue has at most one pending request, so requests cannot pile up.
 */
import {
  type ClientMessage,
  type IssueAction,
  MAX_BOARDS_PER_CONNECTION,
  MAX_QUOTES_PER_CONNECTION,
} from '../market/protocol.ts'
import { VIEWS, type View } from '../market/view.ts'
import { busyIssues, countFor, type Request, type RequestEffect, type RequestState } from './request-state.ts'
import { MOST_ISSUES, requestedView } from './wanted-views.ts'

/**
 * Issues that a request names: as many as a message may name (docs/protocol.md). Each message is a request of the server's
 * quota, and rewrites the item of the connection. 1,000 issues take 8 KB of the 32 KB that a frame may have. The server
 * divides its answer.
 */
export const BOARDS_PER_REQUEST = MAX_BOARDS_PER_CONNECTION
export const ISSUES_PER_REQUEST = MAX_QUOTES_PER_CONNECTION

/** Returns the requests that are necessary now, and marks them as pending. */
export function nextRequests(state: RequestState, hasGap: (issue: string) => boolean): RequestEffect[] {
  if (!state.online) return []
  const { wanted, held, maybeHeld } = state
  const busy = busyIssues(state)
  const request = (action: IssueAction, issues: readonly string[], view: View = 'board'): RequestEffect[] =>
    add(
      state,
      action,
      issues.filter(issue => !busy.has(issue)),
      view,
    )
  return [
    ...request(
      'unsubscribe',
      [...maybeHeld.keys()].filter(issue => !wanted.has(issue)),
    ),
    ...VIEWS.flatMap(view => request('subscribe', missingIn(state, view), view)),
    ...request(
      'snapshot',
      // An issue that moves to another view gets whole boards anyway.
      [...held.keys()].filter(issue => wanted.get(issue) === held.get(issue) && hasGap(issue)),
    ),
  ]
}

/** Returns the issues that are wanted in a view, are not held in it, and fit into its limit. */
function missingIn({ wanted, held, maybeHeld, refused, crowdedOut }: RequestState, view: View): string[] {
  const requested = requestedView(view)
  const counts = (issue: string): boolean => maybeHeld.get(issue)?.has(requested) ?? false
  let room = MOST_ISSUES[requested] - [...maybeHeld.keys()].filter(counts).length
  return [...wanted]
    .filter(([, wantedView]) => wantedView === view)
    .map(([issue]) => issue)
    .filter(issue => held.get(issue) !== view && !refused.has(issue) && !crowdedOut.has(issue))
    .filter(issue => counts(issue) || room-- > 0)
}

function add(
  state: RequestState,
  action: IssueAction,
  issues: readonly string[],
  view: View,
): RequestEffect[] {
  const effects: RequestEffect[] = []
  const size = action === 'subscribe' && view === 'board' ? BOARDS_PER_REQUEST : ISSUES_PER_REQUEST
  for (let from = 0; from < issues.length; from += size) {
    const request = { action, issues: issues.slice(from, from + size), view, id: state.nextId++ }
    state.pending.set(request.id, request)
    if (action === 'subscribe')
      for (const issue of request.issues) countFor(state, issue, requestedView(view))
    const message = messageOf(request)
    effects.push({ type: 'wait', id: request.id, until: 'answerTimeout' }, { type: 'send', message })
  }
  return effects
}

function messageOf({ action, issues, view, id }: Request): ClientMessage {
  if (action !== 'subscribe' || view === 'board') return { action, issues, id }
  return { action, issues, view: 'quote', ...(view === 'quote-trades' ? { trades: true } : {}), id }
}
