/** The views that the listeners of an app want of each issue. An issue has one subscription: the widest view wins. */
import { isIssueCode } from '../market/issue-code.ts'
import {
  MAX_BOARDS_PER_CONNECTION,
  MAX_QUOTES_PER_CONNECTION,
  type RequestedView,
} from '../market/protocol.ts'
import type { View } from '../market/view.ts'

/** Issues that a connection may hold in a view. */
export const MOST_ISSUES: Readonly<Record<RequestedView, number>> = {
  board: MAX_BOARDS_PER_CONNECTION,
  quote: MAX_QUOTES_PER_CONNECTION,
}

/** How much of a board a listener wants. If an issue has several listeners, all get the widest view. */
export interface SubscribeOptions {
  /** Default: `board`, all levels and every trade. `quote`: prices, volume, and the best bid and ask. */
  readonly view?: RequestedView
  /** Whether updates of the view `quote` have the trades. Default: false. */
  readonly trades?: boolean
}

export interface WantedViews {
  /**
   * Adds a listener of an issue. Returns the view of the issue's subscription.
   * @throws RangeError above {@link MOST_ISSUES}, and for a text that is no issue code.
   */
  add(issue: string, view: View): View
  /** Removes a listener. Returns the view of the subscription, `undefined` without a listener. */
  remove(issue: string, view: View): View | undefined
  /** Returns the view of the subscription, `undefined` without a listener. */
  view(issue: string): View | undefined
  /** Returns all issues with a listener, and their views. */
  all(): [issue: string, view: View][]
}

/** Returns the view of options, or of the answer to a subscription. */
export function viewOf({ view = 'board', trades = false }: SubscribeOptions): View {
  return view === 'quote' && trades ? 'quote-trades' : view
}

/** Returns the view without its trades, as a request names it. */
export function requestedView(view: View): RequestedView {
  return view === 'board' ? 'board' : 'quote'
}

/**
 * The server refuses a whole request for one malformed code.
 * @throws RangeError for a text that is no issue code in upper case.
 */
export function checkIssue(text: string): void {
  if (!isIssueCode(text))
    throw new RangeError(
      `expected an issue code in upper case, such as 7203 or 130A, got ${JSON.stringify(text)}`,
    )
}

export function createWantedViews(): WantedViews {
  /** The views of the listeners, by issue. */
  const wishes = new Map<string, View[]>()
  const views = new Map<string, View>()

  function othersIn(issue: string, view: RequestedView): number {
    return [...views].filter(([other, one]) => other !== issue && requestedView(one) === view).length
  }

  return {
    view: issue => views.get(issue),
    all: () => [...views],
    add(issue, view) {
      checkIssue(issue)
      const all = [...(wishes.get(issue) ?? []), view]
      const widest = widestOf(all)
      const requested = requestedView(widest)
      const count = othersIn(issue, requested)
      if (count >= MOST_ISSUES[requested]) {
        throw new RangeError(
          `expected at most ${MOST_ISSUES[requested]} issues in the view ${requested}, got ${issue} in addition to ${count}`,
        )
      }
      wishes.set(issue, all)
      views.set(issue, widest)
      return widest
    },
    remove(issue, view) {
      const all = [...(wishes.get(issue) ?? [])]
      all.splice(all.indexOf(view), 1)
      if (all.length === 0) {
        wishes.delete(issue)
        views.delete(issue)
        return undefined
      }
      wishes.set(issue, all)
      const widest = widestOf(all)
      const requested = requestedView(widest)
      // Without room in the narrower view the issue keeps the wider one.
      if (othersIn(issue, requested) < MOST_ISSUES[requested]) views.set(issue, widest)
      return views.get(issue)
    },
  }
}

function widestOf(views: readonly View[]): View {
  if (views.includes('board')) return 'board'
  return views.includes('quote-trades') ? 'quote-trades' : 'quote'
}
