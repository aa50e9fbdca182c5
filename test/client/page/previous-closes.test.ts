import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createPreviousCloses, referenceKind, referenceOf } from '../../../client/page/previous-closes.ts'
import type { DelayedMarket } from '../../../client/page/rest-client.ts'
import { initialState } from '../../../client/page/state.ts'
import { ISSUES } from '../client-market.ts'

const AS_OF = '2026-11-20T15:30:00.000000+09:00'
const { basePrice: _, ...UNPRICED } = ISSUES[0]!

/** A page that shows the market of November 20, whose base prices are not published. */
function openPage(t: TestContext) {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
  const state = initialState()
  state.names = new Map([['7203', UNPRICED]])
  state.market.date = '2026-11-20'
  const asked: string[] = []
  const page = {
    failing: false,
    answer: {
      asOf: AS_OF,
      date: '2026-11-19',
      rows: [['7203', 2180, 100, 218_000, '15:30:00']],
    } as DelayedMarket,
  }
  const closes = createPreviousCloses(
    {
      async marketBefore(date) {
        asked.push(date)
        if (page.failing) throw new Error('failed by the test')
        return page.answer
      },
    },
    state,
  )
  return { state, page, closes, asked, pass: (milliseconds: number) => t.mock.timers.tick(milliseconds) }
}

test('closes stand in once for each date, where no base price is published', async t => {
  const { state, closes, asked } = openPage(t)
  assert.deepEqual([closes.isDue('market'), referenceKind(state)], [true, 'none'])
  await closes.read('market')
  assert.deepEqual([closes.isDue('market'), referenceKind(state), asked], [false, 'close', ['2026-11-20']])
  assert.deepEqual(
    ['2026-11-20', '2026-11-19', undefined].map(date => referenceOf(state, '7203', date)),
    [2180, undefined, undefined],
  )
  assert.equal(referenceOf(state, '6758', '2026-11-20'), undefined)
  state.market.date = '2026-11-24'
  assert.equal(closes.isDue('market'), true)
})

test('no close is read before the issues are, without a date, or with base prices', t => {
  const { state, closes } = openPage(t)
  state.basePrices.set('7203', 2183)
  assert.deepEqual([closes.isDue('market'), referenceKind(state)], [false, 'base'])
  assert.equal(referenceOf(state, '7203', '2026-11-20'), 2183)
  state.basePrices.clear()
  state.names = new Map([['7203', ISSUES[0]!]])
  assert.deepEqual([closes.isDue('market'), referenceKind(state)], [false, 'base'])
  assert.equal(referenceOf(state, '7203', '2026-11-20'), 2183)
  state.names = new Map()
  assert.deepEqual([closes.isDue('market'), referenceKind(state)], [false, 'base'])
  state.names = new Map([['7203', UNPRICED]])
  delete state.market.date
  assert.equal(closes.isDue('market'), false)
})

test('the date of the live watchlist is that of its latest board', async t => {
  const { state, closes, asked } = openPage(t)
  Object.assign(state, { signedIn: true, connection: 'connected' })
  assert.equal(closes.isDue('watch'), false)
  const board = { issue: '7203', line: 1, sequence: 1, time: AS_OF, asks: [], bids: [] }
  for (const [code, date] of [
    ['6758', '2026-11-20'],
    ['7203', '2026-11-24'],
    ['130A', '2026-11-20'],
  ] as const)
    state.quotes.set(code, { ...board, date })
  await closes.read('watch')
  assert.deepEqual(asked, ['2026-11-24'])
  assert.equal(state.closes?.date, '2026-11-24')
})

test('after an error, and while the date before is not stored, closes are read again a minute later', async t => {
  const { state, page, closes, pass } = openPage(t)
  const isShown = async (): Promise<boolean> => {
    await closes.read('market')
    return state.closes !== undefined
  }
  const { answer } = page
  page.failing = true
  assert.equal(await isShown(), false)
  pass(59_999)
  assert.equal(closes.isDue('market'), false)
  pass(1)
  assert.equal(closes.isDue('market'), true)
  page.failing = false
  page.answer = { ...answer, late: true }
  assert.equal(await isShown(), false)
  page.answer = { ...answer, rows: [] }
  assert.equal(await isShown(), false)
  page.answer = answer
  assert.equal(await isShown(), true)
})

test('base prices that come while closes are read are kept', async t => {
  const { state, closes } = openPage(t)
  const reading = closes.read('market')
  state.names = new Map([['7203', ISSUES[0]!]])
  await reading
  assert.equal(state.closes, undefined)
})
