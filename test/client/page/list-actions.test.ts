import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createListActions } from '../../../client/page/list-actions.ts'
import { hashOf, tabOf } from '../../../client/page/page-address.ts'
import { initialState } from '../../../client/page/state.ts'

function openActions() {
  const state = initialState()
  const calls: string[] = []
  const actions = createListActions({
    state,
    writeTab: tab => void calls.push(`address ${tab}`),
    keepWatchlist: codes => void calls.push(`keep ${codes}`),
    listsChanged: () => void calls.push('lists'),
    changed: () => void calls.push('changed'),
  })
  return { state, actions, take: () => calls.splice(0) }
}

test('a tab is written into the address once', () => {
  const { state, actions, take } = openActions()
  actions.showTab('market')
  assert.equal(state.tab, 'market')
  assert.deepEqual(take(), ['address market', 'lists', 'changed'])
  actions.showTab('market')
  assert.deepEqual(take(), [])
})

test('a list is sorted falling first, codes rising first, and the same key turns the order around', () => {
  const { state, actions, take } = openActions()
  state.lists.watch.page = 3
  const sorts = (['change', 'change', 'volume', 'code', 'code'] as const).map(key => {
    actions.sortList('watch', key)
    return state.lists.watch.descending
  })
  assert.deepEqual(sorts, [true, false, true, false, true])
  assert.deepEqual(
    [state.lists.watch.key, state.lists.watch.page, state.lists.market.key],
    ['code', 0, 'turnover'],
  )
  assert.equal(take().length, 5)
})

test('a filter starts at the first page; a page and a hold are kept', () => {
  const { state, actions, take } = openActions()
  actions.turnPage('market', 2)
  assert.equal(state.lists.market.page, 2)
  actions.filterList('market', 'ト')
  assert.deepEqual([state.lists.market.filter, state.lists.market.page], ['ト', 0])
  assert.deepEqual(take(), ['changed', 'changed'])
  actions.holdList('market', true)
  assert.equal(state.lists.market.held, true)
  actions.holdList('market', false)
  assert.deepEqual([state.lists.market.held, take()], [false, []])
})

test('an issue is added to the watchlist at its end and removed, and the browser keeps the list', () => {
  const { state, actions, take } = openActions()
  for (const code of ['7203', '6758', '7203', '7203']) actions.toggleWatched(code)
  assert.deepEqual(state.watched, ['6758', '7203'])
  assert.deepEqual(
    take().filter(call => call.startsWith('keep')),
    ['keep 7203', 'keep 7203,6758', 'keep 6758', 'keep 6758,7203'],
  )
})

test('the watchlist takes a thousand issues, and no more', () => {
  const { state, actions, take } = openActions()
  state.watched = Array.from({ length: 999 }, (_, index) => String(1000 + index))
  actions.toggleWatched('7203')
  assert.deepEqual([state.watched.length, state.notice], [1000, undefined])
  take()
  actions.toggleWatched('6758')
  assert.equal(state.watched.length, 1000)
  assert.match(state.notice ?? '', /1,000銘柄まで.*At most 1,000 issues/)
  assert.deepEqual(take(), ['changed'])
})

test('the address names a list, or the issues of the boards', () => {
  assert.deepEqual(['#watch', '#market', '#7203', '#130a', '#', '', '#list'].map(tabOf), [
    ...['watch', 'market', 'boards', 'boards'],
    ...[undefined, undefined, undefined],
  ])
  assert.equal(hashOf('boards', ['7203', '6758']), '#7203,6758')
  assert.equal(hashOf('market', ['7203']), '#market')
})
