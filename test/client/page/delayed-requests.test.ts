import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createDelayed } from '../../../client/page/delayed-side.ts'
import type { DelayedBoards, MarketStatus, Rest } from '../../../client/page/rest-client.ts'
import { initialState, newIssue } from '../../../client/page/state.ts'
import type { BoardJson } from '../../../market/board-json.ts'
import { momentOf } from '../../../market/moment.ts'
import { asTradingDate, nowMillis } from '../../../market/units.ts'

const BOARDS_MS = 5_000
const STATUS_MS = 15_000
const AS_OF = '2026-11-20T09:11:05.000000+09:00'
const since = '2026-11-20T09:00:00.000000+09:00'

const boardOf = (issue: string): BoardJson => ({
  issue,
  date: '2026-11-20',
  line: 1,
  sequence: 1,
  time: AS_OF,
  asks: [],
  bids: [],
})

/** The delayed side of a page with two issues. Its timers run only in `pass`. */
function openPage(t: TestContext, status: MarketStatus = { lines: [], news: [] }) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 })
  const state = initialState()
  for (const code of ['7203', '6758']) state.issues.set(code, newIssue(code))
  const page = {
    hidden: false,
    failing: false,
    boards: { asOf: AS_OF, boards: [boardOf('7203')] } as DelayedBoards,
    status,
  }
  const requests: string[] = []
  let redraws = 0
  const answer = async <T>(request: string, value: T): Promise<T> => {
    requests.push(request)
    if (page.failing) throw new Error('failed by the test')
    return value
  }
  const rest: Rest = {
    issues: () => answer('issues', []),
    allIssues: () => answer('all issues', []),
    bars: () => answer('bars', { asOf: AS_OF, bars: [] }),
    realtimeTrades: () => answer('trades', { asOf: AS_OF, trades: [] }),
    market: () => answer('market', { asOf: AS_OF, date: '2026-11-20', rows: [] }),
    marketBefore: date => answer(`before ${date}`, { asOf: AS_OF, date, rows: [] }),
    delayedBoards: codes => answer(`boards ${codes}`, page.boards),
    status: () => answer('status', page.status),
    calendar: () => answer('calendar', { nextOpening: '2026-11-24T09:00:00.000000+09:00' }),
  }
  const delayed = createDelayed({
    rest,
    state,
    isHidden: () => page.hidden,
    changed: () => redraws++,
  })
  const answered = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
  return {
    state,
    page,
    delayed,
    answered,
    async pass(milliseconds: number) {
      t.mock.timers.tick(milliseconds)
      await answered()
    },
    take: () => requests.splice(0),
    redraws: () => redraws,
  }
}

test('delayed boards are requested at once, and five seconds after each answer', async t => {
  const { state, answered, pass, take, redraws } = openPage(t)
  await answered()
  assert.deepEqual(take(), ['boards 7203,6758', 'status'])
  assert.equal(state.delayedAsOf, AS_OF)
  assert.deepEqual(
    [...state.issues.values()].map(({ delayed }) => delayed),
    [boardOf('7203'), undefined],
  )
  assert.equal(redraws(), 2)
  await pass(BOARDS_MS - 1)
  assert.deepEqual(take(), [])
  await pass(1)
  assert.deepEqual(take(), ['boards 7203,6758'])
})

test('the next opening is requested once while the market is closed', async t => {
  const { state, answered, pass, take } = openPage(t, { phase: 'closed', lines: [], news: [] })
  state.now = momentOf(asTradingDate(20261120), 72_000_000_000)
  await answered()
  assert.deepEqual(take(), ['boards 7203,6758', 'status', 'calendar'])
  assert.equal(state.nextOpening, '2026-11-24T09:00:00.000000+09:00')
  for (let seconds = 0; seconds < 60; seconds += 5) await pass(BOARDS_MS)
  assert.equal(take().includes('calendar'), false)
  // A live page that hears the market requests no status.
  state.signedIn = true
  state.heardAt = nowMillis()
  state.now = momentOf(asTradingDate(20261124), 72_000_000_000)
  await pass(15_000 - 1)
  state.heardAt = nowMillis()
  await pass(1)
  const requests = take()
  assert.deepEqual([requests.includes('calendar'), requests.includes('status')], [true, false])
})

test('boards are requested again when the issues change, and not without an issue', async t => {
  const { state, delayed, answered, take } = openPage(t)
  await answered()
  take()
  state.issues.delete('7203')
  delayed.refresh()
  await answered()
  assert.deepEqual(take(), ['boards 6758'])
  state.issues.clear()
  delayed.refresh()
  assert.deepEqual(take(), [])
})

test('an issue that is removed during a request stays removed', async t => {
  const { state, answered } = openPage(t)
  state.issues.delete('7203')
  await answered()
  assert.deepEqual([...state.issues.keys()], ['6758'])
})

test('a failed request keeps the boards and marks them, until the next answer', async t => {
  const { state, page, answered, pass, redraws } = openPage(t)
  await answered()
  page.failing = true
  const before = redraws()
  await pass(BOARDS_MS)
  assert.equal(state.delayedFailed, true)
  assert.deepEqual(state.issues.get('7203')?.delayed, boardOf('7203'))
  assert.equal(redraws(), before + 1)
  page.failing = false
  await pass(BOARDS_MS)
  assert.equal(state.delayedFailed, false)
})

test('nothing is requested while the page is hidden', async t => {
  const { page, answered, pass, take } = openPage(t)
  await answered()
  take()
  page.hidden = true
  for (let seconds = 0; seconds < 60; seconds += 5) await pass(BOARDS_MS)
  assert.deepEqual(take(), [])
  page.hidden = false
  await pass(BOARDS_MS)
  assert.deepEqual(take(), ['boards 7203,6758'])
})

test('the status is requested once a minute without a sign-in', async t => {
  const { answered, pass, take } = openPage(t)
  await answered()
  take()
  const asked: number[] = []
  for (let seconds = 5; seconds <= 120; seconds += 5) {
    await pass(BOARDS_MS)
    if (take().includes('status')) asked.push(seconds)
  }
  assert.deepEqual(asked, [60, 120])
})

test('the status is requested every 15 seconds by a page that is signed in and hears nothing', async t => {
  const { state, answered, pass, take } = openPage(t)
  state.signedIn = true
  await answered()
  take()
  await pass(STATUS_MS - 1)
  assert.ok(!take().includes('status'))
  await pass(1)
  assert.ok(take().includes('status'))
})

test('a status has the phase, the lines, and the news with the newest first', async t => {
  const news = [1, 3, 2].map(second => ({
    type: 'news' as const,
    time: `2026-11-20T09:00:0${second}.000000+09:00`,
    headline: `${second}`,
    issues: [],
  }))
  const status: MarketStatus = {
    phase: 'morning',
    lines: [{ type: 'line', line: 2, state: 'live', since }],
    news,
  }
  const { state, page, answered, pass, redraws } = openPage(t, status)
  await answered()
  assert.equal(state.phase, 'morning')
  assert.equal(state.lines.get(2)?.state, 'live')
  assert.deepEqual(
    state.news.map(({ headline }) => headline),
    ['3', '2', '1'],
  )
  assert.equal(redraws(), 2)
  // A status without phase and news leaves both.
  page.status = { lines: [], news: [] }
  await pass(60_000)
  await pass(STATUS_MS)
  assert.deepEqual([state.phase, state.news.length], ['morning', 3])
})

test('a failed request for the status changes nothing', async t => {
  const { state, page, answered, take } = openPage(t)
  page.failing = true
  await answered()
  assert.deepEqual(take(), ['boards 7203,6758', 'status'])
  assert.deepEqual([state.phase, state.news], [undefined, []])
})
