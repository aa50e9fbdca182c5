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
  type Since,
} from '../market/protocol.ts'
import { VIEWS, type View } from '../market/view.ts'
import { busyIssues, countFor, type Request, type RequestEffect, type RequestState } from './request-state.ts'
import type { TapePosition } from './trade-day.ts'
import { MOST_ISSUES, requestedView } from './wanted-views.ts'

/**
 * Issues that a request names: as many as a message may name (docs/protocol.md). Each message is a request of the server's
 * quota, and rewrites the item of the connection. 1,000 issues take 8 KB of the 32 KB that a frame may have. The server
 * divides its answer.
 */
export const BOARDS_PER_REQUEST = MAX_BOARDS_PER_CONNECTION
export const ISSUES_PER_REQUEST = MAX_QUOTES_PER_CONNECTION

/** What the boards of the app need. */
export interface Needs {
  /** Whether an issue needs a whole board, or trades that are missing. */
  hasGap(issue: string): boolean
  /** Returns the place up to which the app has every trade of an issue. */
  position(issue: string): Position | undefined
}

type Position = Pick<TapePosition, 'date' | 'sequence'>

/** Returns the requests that are necessary now, and marks them as pending. */
export function nextRequests(state: RequestState, { hasGap, position }: Needs): RequestEffect[] {
  if (!state.online) return []
  const { wanted, held, maybeHeld } = state
  const busy = busyIssues(state)
  const request = (action: IssueAction, issues: readonly string[], view: View = 'board'): RequestEffect[] => {
    const free = issues.filter(issue => !busy.has(issue))
    return grouped(free, position, state.parts).flatMap(group => add(state, action, group, view, position))
  }
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

/** Returns groups of issues whose positions have the same date, because a message has one date, and of the same part. */
function grouped(
  issues: readonly string[],
  position: Needs['position'],
  parts: RequestState['parts'],
): string[][] {
  const groups = new Map<string, string[]>()
  const dates = issues.map(issue => position(issue)?.date)
  const latest = dates.reduce((a = '', b = '') => (b > a ? b : a), '') ?? ''
  for (const [index, issue] of issues.entries()) {
    const key = `${dates[index] ?? latest} ${parts.get(issue) ?? ''}`
    const group = groups.get(key) ?? []
    groups.set(key, group)
    group.push(issue)
  }
  return [...groups.values()]
}

function add(
  state: RequestState,
  action: IssueAction,
  issues: readonly string[],
  view: View,
  position: Needs['position'],
): RequestEffect[] {
  const effects: RequestEffect[] = []
  const size = action === 'subscribe' && view === 'board' ? BOARDS_PER_REQUEST : ISSUES_PER_REQUEST
  for (let from = 0; from < issues.length; from += size) {
    const request = { action, issues: issues.slice(from, from + size), view, id: state.ids.next++ }
    state.pending.set(request.id, request)
    if (action === 'subscribe')
      for (const issue of request.issues) countFor(state, issue, requestedView(view))
    const message = messageOf(request, position)
    effects.push({ type: 'wait', id: request.id, until: 'answerTimeout' }, { type: 'send', message })
  }
  return effects
}

function messageOf({ action, issues, view, id }: Request, position: Needs['position']): ClientMessage {
  if (action === 'unsubscribe') return { action, issues, id }
  const since = sinceOf(issues, position)
  const wanted = { issues, ...(since === undefined ? {} : { since }), id }
  if (action === 'snapshot' || view === 'board') return { action, ...wanted }
  return { action, view: 'quote', ...(view === 'quote-trades' ? { trades: true } : {}), ...wanted }
}

/** Returns what the app has of issues, `undefined` if it has no trades of any. */
function sinceOf(issues: readonly string[], position: Needs['position']): Since | undefined {
  const known = issues.flatMap(issue => {
    const place = position(issue)
    return place === undefined ? [] : [{ issue, ...place }]
  })
  const [first] = known
  if (first === undefined) return undefined
  const sequences = Object.fromEntries(known.map(({ issue, sequence }) => [issue, sequence]))
  return { date: first.date, sequences }
}
