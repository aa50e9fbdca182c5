/** Actions of the user in the lists and between the tabs of the page. */
import type { ListName, SortKey } from './list-rows.ts'
import type { PageState, Tab } from './state.ts'
import { MAX_WATCHED } from './watchlist.ts'

export interface ListActions {
  showTab(tab: Tab): void
  /** Sorts a list by a key: falling first, except codes; the same key again turns the order around. */
  sortList(name: ListName, key: SortKey): void
  filterList(name: ListName, filter: string): void
  turnPage(name: ListName, page: number): void
  /** While a list is held, its rows keep their places. */
  holdList(name: ListName, held: boolean): void
  /** Adds an issue to the watchlist, or removes it. */
  toggleWatched(code: string): void
}

export interface ListActionsOptions {
  readonly state: PageState
  /** Writes the tab into the address of the page. */
  readonly writeTab: (tab: Tab) => void
  readonly keepWatchlist: (codes: readonly string[]) => void
  /** Called when the shown list or its issues have changed. */
  readonly listsChanged: () => void
  /** Called when the state has changed. */
  readonly changed: () => void
}

export function createListActions(options: ListActionsOptions): ListActions {
  const { state, writeTab, keepWatchlist, listsChanged, changed } = options
  return {
    showTab(tab) {
      if (state.tab === tab) return
      state.tab = tab
      writeTab(tab)
      listsChanged()
      changed()
    },
    sortList(name, key) {
      const list = state.lists[name]
      const descending = list.key === key ? !list.descending : key !== 'code'
      Object.assign(list, { key, descending, page: 0 })
      listsChanged()
    },
    filterList(name, filter) {
      Object.assign(state.lists[name], { filter, page: 0 })
      changed()
    },
    turnPage(name, page) {
      state.lists[name].page = page
      changed()
    },
    holdList(name, held) {
      state.lists[name].held = held
    },
    toggleWatched(code) {
      const isWatched = state.watched.includes(code)
      if (!isWatched && state.watched.length >= MAX_WATCHED) {
        state.notice = `銘柄リストは${MAX_WATCHED.toLocaleString('ja-JP')}銘柄までです。 At most ${MAX_WATCHED.toLocaleString('en-US')} issues in the watchlist.`
      } else {
        state.watched = isWatched ? state.watched.filter(one => one !== code) : [...state.watched, code]
        keepWatchlist(state.watched)
        listsChanged()
      }
      changed()
    },
  }
}
