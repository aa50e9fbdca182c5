import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createLists, rowIn } from '../../../client/page/lists-side.ts'
import { initialState } from '../../../client/page/state.ts'
import type { IssueJson } from '../../../market/market-event.ts'
import type { MarketRowJson } from '../../../market/market-row.ts'
import { ISSUES } from '../client-market.ts'

const AS_OF = '2026-11-20T09:11:05.000000+09:00'
const MINUTE = 60_000
const { basePrice: _, ...UNPRICED } = ISSUES[0]!
const issue = (code: string, basePrice?: number): IssueJson => ({
  ...{ ...UNPRICED, code },
  ...(basePrice === undefined ? {} : { basePrice }),
})

/** A page that shows the whole market. Its timers run only in `pass`. */
function openPage(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1_000_000 })
  const state = initialState()
  state.tab = 'market'
  const page = {
    ...{ hidden: false, failing: false, date: '2026-11-20' },
    basePrice: 100 as number | undefined,
    rows: [['7203', 110, 5, 550, '09:10:00']] as MarketRowJson[],
  }
  const requests: string[] = []
  const answer = async <T>(request: string, value: T): Promise<T> => {
    requests.push(request)
    if (page.failing) throw new Error('failed by the test')
    return value
  }
  const lists = createLists({
    rest: {
      allIssues: () => answer('names', [issue('6758', page.basePrice), issue('7203', page.basePrice)]),
      market: () => answer('market', { asOf: AS_OF, date: page.date, rows: page.rows }),
      marketBefore: date =>
        answer(`before ${date}`, {
          asOf: AS_OF,
          date: '2026-11-19',
          rows: [['7203', 100, 1, 100, '15:30:00']],
        }),
    },
    state,
    isHidden: () => page.hidden,
    changed() {},
  })
  return {
    state,
    page,
    lists,
    take: () => requests.splice(0),
    async pass(milliseconds: number) {
      for (let passed = 0; passed < milliseconds; passed += 1_000) {
        t.mock.timers.tick(1_000)
        await new Promise(resolve => setImmediate(resolve))
      }
    },
  }
}

test('the market is read once a minute while it is shown, and the names once', async t => {
  const { state, page, lists, take, pass } = openPage(t)
  lists.refresh()
  await pass(1_000)
  assert.deepEqual(take(), ['names', 'market'])
  assert.deepEqual(state.lists.market.order, ['7203', '6758'])
  assert.equal(state.market.asOf, AS_OF)
  await pass(MINUTE - 2_000)
  assert.deepEqual(take(), [])
  await pass(2_000)
  assert.deepEqual(take(), ['market'])
  page.hidden = true
  await pass(3 * MINUTE)
  assert.deepEqual(take(), [])
  page.hidden = false
  await pass(1_000)
  assert.deepEqual(take(), ['market'])
  state.tab = 'boards'
  await pass(3 * MINUTE)
  assert.deepEqual(take(), [])
  state.tab = 'market'
  lists.namesChanged()
  await pass(1_000)
  assert.deepEqual(take(), ['names', 'market'])
})

test('the names are read again when the market has a new trading date', async t => {
  const { page, lists, take, pass } = openPage(t)
  lists.refresh()
  await pass(1_000)
  page.date = '2026-11-24'
  await pass(MINUTE + 2_000)
  assert.deepEqual(take(), ['names', 'market', 'market', 'names'])
})

test('a failed request is shown and repeated after ten seconds; the rows stay', async t => {
  const { state, page, lists, take, pass } = openPage(t)
  lists.refresh()
  await pass(1_000)
  page.failing = true
  await pass(MINUTE)
  assert.deepEqual(take(), ['names', 'market', 'market'])
  assert.deepEqual([state.market.failed, state.market.rows.size], [true, 1])
  page.failing = false
  await pass(10_000)
  assert.deepEqual([take(), state.market.failed], [['market'], false])
})

test('the shown list is sorted every five seconds, unless it is held', async t => {
  const { state, lists, pass } = openPage(t)
  Object.assign(state, { tab: 'watch', signedIn: true, connection: 'connected', watched: ['6758', '7203'] })
  Object.assign(state.lists.watch, { key: 'volume', descending: true })
  lists.refresh()
  await pass(1_000)
  const board = (volume: number) => ({
    ...{ issue: '7203', date: '2026-11-20', line: 1, sequence: 1, time: AS_OF, volume, asks: [], bids: [] },
  })
  assert.deepEqual(state.lists.watch.order, ['6758', '7203'])
  state.quotes.set('7203', board(5))
  await pass(3_000)
  assert.deepEqual(state.lists.watch.order, ['6758', '7203'])
  await pass(2_000)
  assert.deepEqual(state.lists.watch.order, ['7203', '6758'])
  state.lists.watch.held = true
  state.quotes.set('6758', board(9))
  await pass(MINUTE)
  assert.deepEqual(state.lists.watch.order, ['7203', '6758'])
  state.lists.watch.held = false
  await pass(1_000)
  assert.deepEqual(state.lists.watch.order, ['6758', '7203'])
})

test('the live watchlist reads no delayed market, and the watchlist without a token does', async t => {
  const { state, lists, take, pass } = openPage(t)
  Object.assign(state, { tab: 'watch', signedIn: true, connection: 'connected', watched: ['7203'] })
  lists.refresh()
  await pass(2 * MINUTE)
  assert.deepEqual(take(), ['names'])
  state.signedIn = false
  await pass(1_000)
  assert.deepEqual(take(), ['market'])
  assert.deepEqual(state.lists.watch.order, ['7203'])
})

test('a watchlist whose connection has ended for good is delayed, as its label says', async t => {
  const { state, lists, take, pass } = openPage(t)
  Object.assign(state, { tab: 'watch', signedIn: true, connection: 'connected', watched: ['7203'] })
  lists.refresh()
  await pass(1_000)
  const last = { price: 222, time: AS_OF }
  const board = {
    issue: '7203',
    date: '2026-11-20',
    line: 1,
    sequence: 1,
    time: AS_OF,
    last,
    asks: [],
    bids: [],
  }
  state.quotes.set('7203', board)
  assert.equal(rowIn(state, 'watch', '7203').last, 222)
  state.connection = 'reconnecting'
  await pass(2 * MINUTE)
  assert.deepEqual(take(), ['names'])
  assert.equal(rowIn(state, 'watch', '7203').last, 222)
  state.connection = 'closed'
  await pass(1_000)
  assert.deepEqual(take(), ['market'])
  assert.equal(rowIn(state, 'watch', '7203').last, 110)
  await pass(MINUTE)
  assert.deepEqual(take(), ['market'])
})

test('without base prices changes are from the previous close, until base prices are published', async t => {
  const { state, page, lists, take, pass } = openPage(t)
  page.basePrice = undefined
  Object.assign(state.lists.market, { key: 'change', descending: true })
  page.rows = [['6758', 100, 1, 100, '09:10:00'], ...page.rows]
  lists.refresh()
  await pass(1_000)
  assert.deepEqual(take(), ['names', 'market', 'before 2026-11-20'])
  assert.equal(rowIn(state, 'market', '7203').change, 10)
  assert.equal(rowIn(state, 'market', '6758').change, undefined)
  assert.deepEqual(state.lists.market.order, ['7203', '6758'])
  await pass(5_000)
  assert.deepEqual(take(), [])
  page.basePrice = 88
  lists.namesChanged()
  await pass(1_000)
  assert.deepEqual([take(), state.closes], [['names'], undefined])
  assert.equal(rowIn(state, 'market', '7203').change, 25)
})
