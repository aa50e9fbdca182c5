import assert from 'node:assert/strict'
import { it } from 'node:test'
import { initialState, lineState, newIssue, takeLine } from '../../../client/page/state.ts'
import type { EventOf } from '../../../market/market-event.ts'

const line = (state: 'live' | 'stale', second: number): EventOf<'line'> => ({
  type: 'line',
  line: 2,
  state,
  since: `2026-11-20T09:31:${second}.000000+09:00`,
})

it('takeLine ignores a state that is older than the known state', () => {
  const state = initialState()
  assert.equal(lineState(state, 2), 'stale')
  takeLine(state, line('live', 10))
  assert.equal(lineState(state, 2), 'live')
  takeLine(state, line('stale', 30))
  takeLine(state, line('live', 10))
  assert.equal(lineState(state, 2), 'stale')
  takeLine(state, line('live', 31))
  assert.equal(lineState(state, 2), 'live')
})

it('a page starts without knowledge: nothing is live, signed in or shown', () => {
  const { lines, issues, quotes, basePrices, names, market, ...rest } = initialState()
  for (const map of [lines, issues, quotes, basePrices, names, market.rows]) assert.equal(map.size, 0)
  assert.equal(market.failed, false)
  assert.deepEqual(rest, {
    now: 0,
    news: [],
    signInAvailable: false,
    signedIn: false,
    connection: 'closed',
    stretch: 1,
    delayedFailed: false,
    tab: 'boards',
    lists: {
      watch: { key: 'code', descending: false, filter: '', page: 0, order: [], held: false },
      market: { key: 'turnover', descending: true, filter: '', page: 0, order: [], held: false },
    },
    watched: [],
    search: { query: '', results: [], active: 0, open: false, failed: false },
    interval: '1m',
    theme: 'auto',
    colours: 'light',
  })
  assert.deepEqual(newIssue('7203'), { code: '7203', unknown: false, trades: [], decimals: 0, part: 'live' })
})
