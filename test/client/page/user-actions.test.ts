import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createActions } from '../../../client/page/actions.ts'
import type { Rest } from '../../../client/page/rest-client.ts'
import { initialState } from '../../../client/page/state.ts'
import type { IssueJson } from '../../../market/market-event.ts'
import { ISSUES } from '../client-market.ts'

const SEARCH_MS = 150
const [FIRST, SECOND] = ISSUES as readonly [IssueJson, IssueJson]
const numbered = (index: number): IssueJson => ({ ...FIRST, code: String(1301 + index) })

function openActions(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const state = initialState()
  const calls: string[] = []
  const found = { failing: false, results: [FIRST, SECOND] as readonly IssueJson[] }
  const signals: AbortSignal[] = []
  const rest: Pick<Rest, 'issues'> = {
    async issues(query, limit, request) {
      calls.push(`issues ${query} ${limit}`)
      if (request?.signal) signals.push(request.signal)
      if (found.failing) throw new Error('failed by the test')
      return found.results
    },
  }
  const actions = createActions({
    state,
    rest: rest as Rest,
    session: {
      available: true,
      signedIn: false,
      signIn: () => void calls.push('sign in'),
      signOut: () => void calls.push('sign out'),
      token: async () => 'token',
    },
    writeAddress: hash => void calls.push(`address ${hash}`),
    lists: {
      showTab(tab) {
        state.tab = tab
        calls.push(`tab ${tab}`)
      },
      toggleWatched: code => void calls.push(`watched ${code}`),
    },
    keepTheme: theme => void calls.push(`theme ${theme}`),
    issuesChanged: () => void calls.push('issues changed'),
    changed: () => void calls.push('changed'),
  })
  const answered = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
  return {
    state,
    actions,
    found,
    signals,
    take: () => calls.splice(0),
    async pass(milliseconds: number) {
      t.mock.timers.tick(milliseconds)
      await answered()
    },
  }
}

test('an added issue is shown last, with its description, once', t => {
  const { state, actions, take } = openActions(t)
  state.notice = 'of an earlier action'
  actions.add(SECOND)
  actions.add(FIRST)
  take()
  actions.add(SECOND)
  assert.deepEqual([...state.issues.keys()], [SECOND.code, FIRST.code])
  assert.deepEqual(state.issues.get(SECOND.code)?.info, SECOND)
  assert.equal(state.notice, undefined)
  assert.deepEqual(take().slice(-3), [`address #${SECOND.code},${FIRST.code}`, 'issues changed', 'changed'])
})

test('a thirteenth issue is refused with a notice, and a shown issue is not', t => {
  const { state, actions } = openActions(t)
  for (let index = 0; index < 12; index++) actions.add(numbered(index))
  assert.deepEqual([state.issues.size, state.notice], [12, undefined])
  actions.add(numbered(0))
  assert.equal(state.notice, undefined)
  actions.add(numbered(12))
  assert.equal(state.issues.size, 12)
  assert.equal(state.notice, '一度に表示できる板は12銘柄までです。 At most 12 boards at a time.')
  actions.dismissNotice()
  assert.equal(state.notice, undefined)
})

test('a removed issue leaves the page and its address', t => {
  const { state, actions, take } = openActions(t)
  actions.add(FIRST)
  take()
  actions.remove(FIRST.code)
  assert.equal(state.issues.size, 0)
  assert.deepEqual(take(), ['address #', 'issues changed', 'changed'])
})

test('a narrow screen shows the chosen part of an issue', t => {
  const { state, actions, take } = openActions(t)
  actions.add(FIRST)
  take()
  actions.showPart(FIRST.code, 'trades')
  actions.showPart('9999', 'trades')
  assert.equal(state.issues.get(FIRST.code)?.part, 'trades')
  assert.deepEqual([take(), state.issues.size], [['changed', 'changed'], 1])
})

test('a search is sent 150 ms after the last key, and shows what was found', async t => {
  const { state, actions, pass, take, signals } = openActions(t)
  actions.search('to')
  await pass(SEARCH_MS - 1)
  actions.search(' toyo ')
  assert.equal(state.search.query, ' toyo ')
  await pass(SEARCH_MS - 1)
  assert.deepEqual(take(), [])
  state.search.active = 1
  await pass(1)
  assert.deepEqual(take(), ['issues toyo 12', 'changed'])
  assert.deepEqual(state.search, {
    query: ' toyo ',
    results: [FIRST, SECOND],
    active: 0,
    open: true,
    failed: false,
  })
  // The next key ends a request under way.
  assert.equal(signals[0]?.aborted, false)
  actions.search('toyot')
  assert.equal(signals[0]?.aborted, true)
})

test('a failed search is shown as failed, and a search that was ended is not', async t => {
  const { state, actions, found, pass, take } = openActions(t)
  found.failing = true
  actions.search('a')
  await pass(SEARCH_MS)
  assert.deepEqual([state.search.failed, state.search.open, state.search.results], [true, true, []])
  state.search.failed = false
  actions.search('b')
  t.mock.timers.tick(SEARCH_MS)
  actions.closeSearch()
  take()
  await pass(0)
  assert.deepEqual([state.search.failed, state.search.open], [false, false])
  assert.ok(!take().includes('changed'))
})

test('a search without text is closed', async t => {
  const { state, actions, pass, take } = openActions(t)
  actions.search('a')
  await pass(SEARCH_MS)
  take()
  actions.search('  ')
  await pass(SEARCH_MS)
  assert.deepEqual(take(), ['changed'])
  assert.deepEqual([state.search.query, state.search.results, state.search.open], ['', [], false])
})

test('the active result moves around the list of results', async t => {
  const { state, actions, pass } = openActions(t)
  actions.moveInResults(1)
  assert.equal(state.search.active, 0)
  actions.search('a')
  await pass(SEARCH_MS)
  const moved = [1, 1, -1, -1].map(by => {
    actions.moveInResults(by)
    return state.search.active
  })
  assert.deepEqual(moved, [1, 0, 1, 0])
})

test('a theme is shown and kept, and the session signs in and out', t => {
  const { state, actions, take } = openActions(t)
  actions.setTheme('dark')
  actions.signIn()
  actions.signOut()
  assert.equal(state.theme, 'dark')
  assert.deepEqual(take(), ['theme dark', 'changed', 'sign in', 'sign out'])
})
