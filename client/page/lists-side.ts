/** The lists of the page: reads the delayed market and the names of all issues, and keeps the order of the rows. */
import type { IssueJson } from '../../market/market-event.ts'
import type { MarketRowJson } from '../../market/market-row.ts'
import { asEpochMillis, type EpochMillis, nowMillis } from '../../market/units.ts'
import { delayedRow, type ListName, type ListRow, liveRow, orderOf } from './list-rows.ts'
import { createPreviousCloses, hasBasePrices, referenceOf } from './previous-closes.ts'
import type { Rest } from './rest-client.ts'
import { isLive, type PageState } from './state.ts'

/** Milliseconds between requests for the market: its rows are written once a minute. */
const MARKET_INTERVAL = 60_000
/** Milliseconds between sorts of the list on the screen. */
const SORT_INTERVAL = 5_000
/** Milliseconds between checks of what is due. */
const CHECK_INTERVAL = 1_000
/** Milliseconds before a failed request is repeated. */
const RETRY = 10_000

export interface Lists {
  /** Reads what the shown list needs, and sorts it. Call it after a change of the list, its sort or the tab. */
  refresh(): void
  /** Reads the names of all issues again at the next look: they may have changed. */
  namesChanged(): void
}

export interface ListsOptions {
  readonly rest: Pick<Rest, 'market' | 'marketBefore' | 'allIssues'>
  readonly state: PageState
  /** Returns whether nobody sees the page. It then requests nothing. */
  readonly isHidden: () => boolean
  readonly changed: () => void
}

/** Returns the row of an issue in a list: live in the watchlist of a user with a connection, delayed elsewhere. */
export function rowIn(state: PageState, name: ListName, code: string): ListRow {
  const issue = { code, name: state.names.get(code)?.name }
  if (isLive(state, name)) {
    const board = state.quotes.get(code)
    return liveRow({ ...issue, reference: referenceOf(state, code, board?.date) }, board)
  }
  const reference = referenceOf(state, code, state.market.date)
  return delayedRow({ ...issue, reference }, state.market.rows.get(code))
}

export function createLists({ rest, state, isHidden, changed }: ListsOptions): Lists {
  let namesDue = asEpochMillis(0)
  let marketDue = asEpochMillis(0)
  let sortedAt = asEpochMillis(0)
  const closes = createPreviousCloses(rest, state)

  async function readNames(): Promise<void> {
    if (nowMillis() < namesDue) return
    namesDue = later(RETRY)
    try {
      const issues = await rest.allIssues()
      state.names = new Map(issues.map(issue => [issue.code, issue]))
      if (hasBasePrices(state)) delete state.closes
      namesDue = asEpochMillis(Infinity)
    } catch {
      // The list shows codes, and the names are requested again.
    }
  }

  async function readMarket(): Promise<void> {
    if (nowMillis() < marketDue) return
    marketDue = later(MARKET_INTERVAL)
    try {
      const { asOf, date, rows } = await rest.market()
      // Each trading date has base prices of its own.
      if (state.market.date !== undefined && state.market.date !== date) namesDue = asEpochMillis(0)
      Object.assign(state.market, { asOf, date, failed: false, rows: rowsByCode(rows) })
    } catch {
      state.market.failed = true
      marketDue = later(RETRY)
    }
  }

  function sort(name: ListName): void {
    const list = state.lists[name]
    sortedAt = nowMillis()
    const codes = name === 'watch' ? state.watched : codesOfMarket(state.names, state.market.rows)
    list.order = orderOf(
      codes.map(code => rowIn(state, name, code)),
      list,
    )
  }

  /** Sorts and draws a list, if it is still shown. */
  function show(name: ListName): void {
    if (state.tab !== name) return
    sort(name)
    changed()
  }

  async function refresh(): Promise<void> {
    const { tab } = state
    if (tab === 'boards') return
    show(tab)
    await Promise.all([readNames(), isLive(state, tab) ? undefined : readMarket()])
    show(tab)
    if (!closes.isDue(tab)) return
    await closes.read(tab)
    show(tab)
  }

  function check(): void {
    const { tab } = state
    if (tab === 'boards' || isHidden()) return
    const isDue = nowMillis() - sortedAt >= SORT_INTERVAL && !state.lists[tab].held
    if (nowMillis() >= namesDue || (!isLive(state, tab) && nowMillis() >= marketDue) || closes.isDue(tab))
      void refresh()
    else if (isDue) show(tab)
  }

  setInterval(check, CHECK_INTERVAL)
  return {
    refresh: () => void refresh(),
    namesChanged() {
      namesDue = asEpochMillis(0)
    },
  }
}

function later(milliseconds: number): EpochMillis {
  return asEpochMillis(nowMillis() + milliseconds)
}

function rowsByCode(rows: readonly MarketRowJson[]): ReadonlyMap<string, MarketRowJson> {
  return new Map(rows.map(row => [row[0], row]))
}

/** An issue without a trade today is in the names only, and a delisted issue in the rows only. */
function codesOfMarket(
  names: ReadonlyMap<string, IssueJson>,
  rows: ReadonlyMap<string, MarketRowJson>,
): readonly string[] {
  return [...new Set([...names.keys(), ...rows.keys()])]
}
