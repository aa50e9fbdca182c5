/** The board page: connects its parts and renders at most once a frame. */
import { render } from 'lit'
import { parseClock } from '../../market/clock.ts'
import { type Actions, createActions } from './actions.ts'
import { createChartActions } from './chart-actions.ts'
import { createCharts } from './chart-side.ts'
import { createDelayed } from './delayed-side.ts'
import { createIssueInfos } from './issue-infos.ts'
import { createListActions } from './list-actions.ts'
import { createLists } from './lists-side.ts'
import { createLive } from './live-side.ts'
import { codesOf, hashOf, tabOf } from './page-address.ts'
import { loadConfig, type PageConfig } from './page-config.ts'
import { createRest } from './rest-client.ts'
import { createSession, type Session } from './sign-in-session.ts'
import { initialState, newIssue } from './state.ts'
import { followSystem } from './system-side.ts'
import { keepTheme, shownColours, showTheme, storedTheme } from './theme.ts'
import { pageView } from './view/page.ts'
import { SIGN_IN_WORDS } from './view/words.ts'
import { keepWatchlist, storedWatchlist } from './watchlist.ts'

const isHidden = (): boolean => document.hidden
/** Milliseconds between redraws of the market clock. */
const CLOCK_INTERVAL = 250

function start(config: PageConfig, root: HTMLElement): void {
  const state = initialState()
  const clock = parseClock(config.clock)
  const rest = createRest(config.restUrl, () => tokenOf(session))
  const session = createSession(config.signIn, {
    changed() {
      state.signedIn = session.signedIn
      live.settle()
      listChanged()
      lists.refresh()
      changed()
    },
    failed(problem) {
      const { ja, en } = SIGN_IN_WORDS[problem]
      state.notice = `${ja} ${en}`
      changed()
    },
  })
  const live = createLive(config, session, state, changed, listChanged, rest)
  const infos = createIssueInfos(rest, state, changed)
  const delayed = createDelayed({ rest, state, isHidden, changed })
  const writeAddress = (hash: string): void => history.replaceState(null, '', hash)
  if (config.systemUrl !== undefined) followSystem(config.systemUrl, { state, isHidden, changed })
  const lists = createLists({ rest, state, isHidden, changed })
  const listActions = createListActions({
    state,
    writeTab: tab => history.pushState(null, '', hashOf(tab, state.issues.keys())),
    keepWatchlist,
    listsChanged,
    changed,
  })
  const charts = createCharts({ rest, live, state, isHidden, changed })
  const parts = { state, rest, session, writeAddress, keepTheme, lists: listActions }
  const actions: Actions = {
    ...createActions({ ...parts, issuesChanged, changed }),
    ...listActions,
    ...createChartActions(state, charts.refresh, changed),
  }

  let isRenderPlanned = false
  function changed(): void {
    if (isRenderPlanned) return
    isRenderPlanned = true
    requestAnimationFrame(() => {
      isRenderPlanned = false
      render(pageView(state, actions), root)
    })
  }

  function issuesChanged(): void {
    infos.describe()
    live.settle()
    delayed.refresh()
  }

  /** Another tab, other issues in the watchlist, or another order. */
  function listsChanged(): void {
    live.settle()
    if (state.tab === 'boards') delayed.refresh()
    lists.refresh()
  }

  /** Shows what an address names. */
  function follow(hash: string): void {
    state.tab = tabOf(hash) ?? 'boards'
    if (state.tab === 'boards') show(codesOf(hash))
    else listsChanged()
    changed()
  }

  /** Shows these issues. Issues that are on the page keep their state. */
  function show(codes: readonly string[]): void {
    const before = new Map(state.issues)
    state.issues.clear()
    for (const code of codes) state.issues.set(code, before.get(code) ?? newIssue(code))
    issuesChanged()
    changed()
  }

  /** Names and base prices may have changed, and others may be known after signing in. */
  function listChanged(): void {
    lists.namesChanged()
    infos.readAgain()
  }

  function tick(): void {
    Object.assign(state, { now: clock.now(), colours: shownColours(state.theme) })
    if (!document.hidden) changed()
  }

  const theme = storedTheme()
  showTheme(theme)
  const watched = storedWatchlist() ?? config.issues
  const { available: signInAvailable, signedIn } = session
  Object.assign(state, {
    now: clock.now(),
    theme,
    colours: shownColours(theme),
    watched,
    signInAvailable,
    signedIn,
  })
  watchBrowser({ check: live.check, follow, tick })
  const chosen = codesOf(location.hash)
  show(chosen.length > 0 ? chosen : config.issues)
  // Without a token the page starts with the whole market.
  state.tab = tabOf(location.hash) ?? (signedIn ? 'boards' : 'market')
  listsChanged()
}

/** Returns the access token of a user who is signed in. A sign-in that fails meanwhile leaves a user without one. */
async function tokenOf(session: Session): Promise<string | undefined> {
  try {
    return session.signedIn ? await session.token() : undefined
  } catch (error) {
    if (session.signedIn) throw error
    return undefined
  }
}

interface BrowserEvents {
  /** Checks the connection: after sleep or a change of network. */
  check(): void
  /** Shows what the hash of the address names. */
  follow(hash: string): void
  /** Called at the interval of the clock. */
  tick(): void
}

function watchBrowser({ check, follow, tick }: BrowserEvents): void {
  window.addEventListener('online', check)
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) check()
  })
  window.addEventListener('hashchange', () => follow(location.hash))
  setInterval(tick, CLOCK_INTERVAL)
  document.addEventListener('keydown', event => {
    if (event.key !== '/' || event.target instanceof HTMLInputElement) return
    event.preventDefault()
    document.querySelector<HTMLInputElement>('#search')?.focus()
  })
}

try {
  start(await loadConfig(), document.body)
} catch (error) {
  document.body.textContent = `itastream: ${error instanceof Error ? error.message : String(error)}`
}
