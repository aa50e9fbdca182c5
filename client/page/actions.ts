/** What the user can do. Every action leaves the state, the address and the subscriptions in agreement. */
import { isIssueCode } from '../../market/issue-code.ts'
import type { IssueInfo, Rest } from './rest-client.ts'
import type { Session } from './sign-in-session.ts'
import { newIssue, type PageState, type Part, type Theme } from './state.ts'

/** Boards on one page: what a screen can hold and a browser can draw at full speed. */
export const MAX_BOARDS = 12
const SEARCH_RESULTS = 12
/** Milliseconds of rest between two keys before a search is sent. */
const SEARCH_DELAY = 150
const THEME_KEY = 'itastream.theme'

export interface Actions {
  add(issue: IssueInfo): void
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

export interface Surroundings {
  readonly state: PageState
  readonly rest: Rest
  readonly session: Session
  /** The chosen issues have changed. */
  readonly issuesChanged: () => void
  readonly changed: () => void
}

/** Issue codes in an address, `#7203,6758`. */
export function codesOf(hash: string): string[] {
  const codes = decodeURIComponent(hash.replace(/^#/, '')).toUpperCase().split(',')
  return [...new Set(codes.filter(isIssueCode))].slice(0, MAX_BOARDS)
}

export function createActions({ state, rest, session, issuesChanged, changed }: Surroundings): Actions {
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

  function chosen(): void {
    history.replaceState(null, '', `#${[...state.issues.keys()].join(',')}`)
    issuesChanged()
    changed()
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
      if (state.issues.size >= MAX_BOARDS && !state.issues.has(info.code)) {
        state.notice = `一度に表示できる板は${MAX_BOARDS}銘柄までです。 At most ${MAX_BOARDS} boards at a time.`
      } else if (!state.issues.has(info.code)) {
        state.issues.set(info.code, { ...newIssue(info.code), info })
      }
      chosen()
    },
    remove(code) {
      state.issues.delete(code)
      chosen()
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
      document.documentElement.dataset.theme = theme
      localStorage.setItem(THEME_KEY, theme)
      changed()
    },
    dismissNotice() {
      delete state.notice
      changed()
    },
  }
}

/** The theme chosen at an earlier visit. */
export function storedTheme(): Theme {
  const theme = localStorage.getItem(THEME_KEY)
  return theme === 'light' || theme === 'dark' ? theme : 'auto'
}
