/** A page with one issue for tests of its views, and actions that note their calls. */
import type { Actions } from '../../../../client/page/actions.ts'
import { type IssueState, initialState, newIssue, type PageState } from '../../../../client/page/state.ts'
import type { BoardJson } from '../../../../market/board-json.ts'
import { ISSUES } from '../../client-market.ts'

export const TIME = '2026-11-20T09:31:05.000000+09:00'
const AS_OF = '2026-11-20T09:11:05.000000+09:00'
export const [INFO, OTHER] = ISSUES as readonly [(typeof ISSUES)[number], (typeof ISSUES)[number]]
export const BOARD: BoardJson = {
  issue: '7203',
  date: '2026-11-20',
  line: 2,
  sequence: 1,
  time: TIME,
  asks: [],
  bids: [],
}

/** Actions that note their calls. */
function notedActions(): { actions: Actions; take: () => string[] } {
  const calls: string[] = []
  const note =
    (name: string) =>
    (...given: unknown[]): void =>
      void calls.push(
        [name, ...given.map(value => (typeof value === 'object' ? '…' : String(value)))].join(' '),
      )
  const names = [
    ...([
      'add',
      'remove',
      'showPart',
      'search',
      'moveInResults',
      'closeSearch',
      'signIn',
      'signOut',
    ] as const),
    ...(['setTheme', 'dismissNotice', 'open', 'showTab'] as const),
    ...(['toggleChart', 'showInterval'] as const),
    ...(['sortList', 'filterList', 'turnPage', 'holdList', 'toggleWatched'] as const),
  ]
  const actions = Object.fromEntries(names.map(name => [name, note(name)])) as unknown as Actions
  return { actions, take: () => calls.splice(0) }
}

export const { actions, take } = notedActions()

/** A signed-in page that is connected, whose line 2 is live. */
export function livePage(): PageState {
  const state = initialState()
  Object.assign(state, { signedIn: true, connection: 'connected', delayedAsOf: AS_OF })
  state.lines.set(2, { state: 'live', since: TIME })
  return state
}

export const issueOf = (part: Partial<IssueState> = {}): IssueState => ({
  ...newIssue('7203'),
  info: INFO,
  live: BOARD,
  ...part,
})
