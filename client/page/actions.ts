/** Actions of the user. After each action the state, the address and the subscriptions match. */
import type { IssueJson } from '../../market/market-event.ts'
import type { ChartActions } from './chart-actions.ts'
import type { ListActions } from './list-actions.ts'
import { hashOf, MAX_BOARDS } from './page-address.ts'
import type { Rest } from './rest-client.ts'
import type { Session } from './sign-in-session.ts'
import { newIssue, type PageState, type Part, type Theme } from './state.ts'

const SEARCH_RESULTS = 12
/** Pause after the last key before a search is sent, milliseconds. */
const SEARCH_DELAY = 150

/** Actions of the user in the whole page. */
export type Actions = BoardActions & ListActions & ChartActions

export interface BoardActions {
  /** Adds an issue: to the watchlist while it is shown, else to the boards. */
  add(issue: IssueJson): void
  /** Shows the board of an issue. */
  open(code: string): void
  remove(code: string): void
  showPart(code: string, part: Part): void
  search(query: string): void
  moveInResults(by: number): void
  closeSearch(): void
  signIn(): void
  signOut(): void
  setTheme(theme: Theme): void
  dismissNotice(): void
}

export interface ActionsOptions {
  readonly state: PageState
  readonly rest: Rest
  readonly session: Session
  /** Writes the chosen issues into the address of the page, as `#7203,6758`. */
  readonly writeAddress: (hash: string) => void
  /** Shows the page in a theme, now and at later visits. */
  readonly keepTheme: (theme: Theme) => void
  readonly lists: Pick<ListActions, 'showTab' | 'toggleWatched'>
  /** Called when the chosen issues have changed. */
  readonly issuesChanged: () => void
  /** Called when the state has changed. */
  readonly changed: () => void
}

export function createActions(options: ActionsOptions): BoardActions {
  const { state, rest, session, writeAddress, keepTheme, lists, issuesChanged, changed } = options
  let searching: AbortController | undefined

  async function find(query: string, signal: AbortSignal): Promise<void> {
    await new Promise(resolve => setTimeout(resolve, SEARCH_DELAY))
    if (signal.aborted) return
    try {
      const results = await rest.issues(query, SEARCH_RESULTS, { signal })
      Object.assign(state.search, { results, active: 0, open: true, failed: false })
    } catch {
      if (signal.aborted) return
      Object.assign(state.search, { results: [], open: true, failed: true })
    }
    changed()
  }

  function applyIssues(): void {
    writeAddress(hashOf(state.tab, state.issues.keys()))
    issuesChanged()
    changed()
  }

  function show(code: string, info: IssueJson | undefined): void {
    const isShown = state.issues.has(code)
    if (!isShown && state.issues.size >= MAX_BOARDS) {
      state.notice = `一度に表示できる板は${MAX_BOARDS}銘柄までです。 At most ${MAX_BOARDS} boards at a time.`
    } else {
      if (!isShown) state.issues.set(code, { ...newIssue(code), ...(info && { info }) })
      lists.showTab('boards')
    }
    applyIssues()
  }

  function closeSearch(): void {
    searching?.abort()
    Object.assign(state.search, { query: '', results: [], open: false })
    changed()
  }

  return {
    add(info) {
      closeSearch()
      delete state.notice
      if (state.tab !== 'watch') return show(info.code, info)
      if (!state.watched.includes(info.code)) lists.toggleWatched(info.code)
    },
    open(code) {
      delete state.notice
      show(code, state.names.get(code))
    },
    remove(code) {
      state.issues.delete(code)
      applyIssues()
    },
    showPart(code, part) {
      const issue = state.issues.get(code)
      if (issue !== undefined) issue.part = part
      changed()
    },
    search(query) {
      searching?.abort()
      searching = new AbortController()
      state.search.query = query
      if (query.trim() === '') closeSearch()
      else void find(query.trim(), searching.signal)
    },
    moveInResults(by) {
      const { results, active } = state.search
      if (results.length > 0) state.search.active = (active + by + results.length) % results.length
      changed()
    },
    closeSearch,
    signIn: session.signIn,
    signOut: session.signOut,
    setTheme(theme) {
      state.theme = theme
      keepTheme(theme)
      changed()
    },
    dismissNotice() {
      delete state.notice
      changed()
    },
  }
}
