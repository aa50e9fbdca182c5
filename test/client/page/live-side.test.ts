import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createLive } from '../../../client/page/live-side.ts'
import { initialState, newIssue } from '../../../client/page/state.ts'
import { F } from '../../../market/board.ts'
import { until } from '../../until.ts'
import { createTruth } from '../client-truth.ts'
import { startHistoryServer } from '../history-server.ts'
import { TestGateway } from '../test-gateway.ts'

const TIME = '2026-11-20T09:31:00.000000+09:00'

/** A signed-in page that shows issue 7203, whose last price is 100 yen. */
async function openPage(t: TestContext, restUrl = 'http://localhost:1') {
  const truth = createTruth()
  const trade = (issue: string): void => {
    truth.step(issue, { fields: [[F.last, 1_000_000]], traded: 100 })
  }
  for (const issue of ['7203', '6758']) trade(issue)
  const server = await TestGateway.start(truth)
  const state = initialState()
  const session = {
    available: true,
    signedIn: true,
    signIn() {},
    signOut() {},
    token: async () => 'token',
  }
  const counts = { changed: 0, lists: 0 }
  const live = createLive(
    { websocketUrl: server.url, restUrl },
    session,
    state,
    () => counts.changed++,
    () => counts.lists++,
    { realtimeTrades: async () => ({ asOf: '2099-01-01T00:00:00.000000+09:00', trades: [] }) },
  )
  const issue = newIssue('7203')
  state.issues.set('7203', issue)
  t.after(async () => {
    session.signedIn = false
    live.settle()
    await server.close()
  })
  live.settle()
  const untilBoard = (sequence: number): Promise<void> =>
    until(() => issue.live?.sequence === sequence, `board ${sequence}`)
  await untilBoard(1)
  return { truth, server, state, session, counts, live, issue, trade, untilBoard }
}

test('a signed-in page has the boards of its issues, with their trades, newest first', async t => {
  const { server, state, counts, issue, trade, untilBoard } = await openPage(t)
  assert.equal(state.connection, 'connected')
  assert.ok(state.heardAt !== undefined)
  assert.equal(issue.trades.length, 0)
  const before = counts.changed
  trade('7203')
  trade('7203')
  server.sendRound()
  await untilBoard(4)
  assert.deepEqual(
    issue.trades.map(({ sequence }) => sequence),
    [4, 3],
  )
  assert.ok(counts.changed > before)
  for (let trades = 0; trades < 70; trades++) trade('7203')
  server.sendRound()
  await untilBoard(74)
  assert.equal(issue.trades.length, 60)
  assert.deepEqual([issue.trades[0]?.sequence, issue.trades.at(-1)?.sequence], [74, 15])
})

test('missing trades are marked below the trades of their update', async t => {
  const { server, issue, trade, untilBoard } = await openPage(t)
  trade('7203')
  server.lost = true
  server.sendRound()
  await untilBoard(3)
  assert.deepEqual(
    issue.trades.map(row => [row.sequence, 'missing' in row]),
    [
      [3, false],
      [3, true],
    ],
  )
})

test('a page subscribes to an issue that is added, and unsubscribes from an issue that is removed', async t => {
  const { server, state, live } = await openPage(t)
  const added = newIssue('6758')
  state.issues.set('6758', added)
  live.settle()
  live.settle()
  await until(() => added.live !== undefined, 'a board of 6758')
  state.issues.delete('7203')
  live.settle()
  await until(() => server.requests.length === 3, 'three requests')
  assert.deepEqual(
    server.requests.map(request => [request.action, 'issues' in request ? request.issues : []]),
    [
      ['subscribe', ['7203']],
      ['subscribe', ['6758']],
      ['unsubscribe', ['7203']],
    ],
  )
})

test('a page that signs out has no live boards and no trades, and starts again when it signs in', async t => {
  const { server, state, session, live, issue, trade, untilBoard } = await openPage(t)
  trade('7203')
  server.sendRound()
  await untilBoard(3)
  session.signedIn = false
  live.settle()
  assert.deepEqual([issue.live, issue.trades, state.connection], [undefined, [], 'closed'])
  assert.ok(!('heardAt' in state))
  session.signedIn = true
  live.settle()
  await untilBoard(3)
  assert.equal(state.connection, 'connected')
})

test('phase, lines and news of the market are shown, and the list of issues is read again', async t => {
  const { server, state, counts } = await openPage(t)
  assert.equal(state.phase, 'morning')
  server.sendEvent({ type: 'phase', time: TIME, phase: 'lunch' })
  server.sendEvent({ type: 'line', line: 2, state: 'live', since: TIME })
  for (let count = 1; count <= 21; count++) {
    server.sendEvent({ type: 'news', time: TIME, headline: String(count), issues: [] })
  }
  server.sendEvent({ type: 'issues', line: 1, date: '2026-11-20', count: 5 })
  await until(() => counts.lists === 1, 'a new list of issues')
  assert.deepEqual([state.phase, state.lines.get(2)?.state], ['lunch', 'live'])
  assert.deepEqual([state.news.length, state.news[0]?.headline, state.news.at(-1)?.headline], [20, '21', '2'])
})

test('the watchlist has the base prices of the connection until there is a new list of issues', async t => {
  const { server, state, session, live, trade } = await openPage(t)
  server.basePrices = { '6758': 3120 }
  Object.assign(state, { tab: 'watch', watched: ['6758'] })
  live.settle()
  await until(() => state.basePrices.get('6758') === 3120, 'a base price')
  server.sendEvent({ type: 'issues', line: 1, date: '2026-11-20', count: 5 })
  await until(() => state.basePrices.size === 0, 'no base price')
  trade('6758')
  server.sendRound()
  await until(() => state.quotes.get('6758')?.sequence === 3, 'a quote')
  assert.equal(state.basePrices.size, 0)
  state.basePrices.set('6758', 3120)
  session.signedIn = false
  live.settle()
  assert.deepEqual([state.quotes.size, state.basePrices.size], [0, 0])
})

test('everything that the server sends is drawn', async t => {
  const { server, state, counts, trade, truth, issue } = await openPage(t)
  const assertDrawn = async (send: () => void, isShown: () => boolean, what: string): Promise<void> => {
    const before = counts.changed
    send()
    await until(isShown, what)
    assert.ok(counts.changed > before, what)
  }
  const phase = (): void => server.sendEvent({ type: 'phase', time: TIME, phase: 'lunch' })
  const line = (): void => server.sendEvent({ type: 'line', line: 2, state: 'live', since: TIME })
  const news = (): void => server.sendEvent({ type: 'news', time: TIME, headline: 'h', issues: [] })
  const error = (): void => server.sendText('{"type":"error","code":"unknown-issue","message":"m"}')
  await assertDrawn(phase, () => state.phase === 'lunch', 'a phase')
  await assertDrawn(line, () => state.lines.get(2)?.state === 'live', 'the state of a line')
  await assertDrawn(news, () => state.news.length === 1, 'news')
  const stretch = (): void => server.sendText('{"type":"updates","updates":[],"stretch":1.4}')
  await assertDrawn(stretch, () => state.stretch === 1.4, 'the stretch')
  await assertDrawn(error, () => state.notice !== undefined, 'a notice')
  const follows = truth.json('7203')!.sequence
  trade('7203')
  const board = (): void =>
    server.sendText(JSON.stringify({ type: 'updates', updates: [truth.change('7203', follows)] }))
  await assertDrawn(board, () => issue.live!.sequence > follows, 'a board')
})

test('an error of the server becomes a notice', async t => {
  const { server, state } = await openPage(t)
  server.sendText(JSON.stringify({ type: 'error', code: 'unknown-issue', message: 'issue 9999' }))
  await until(() => state.notice !== undefined, 'a notice')
  assert.equal(state.notice, 'issue 9999 (unknown-issue)')
})

test('after a lost connection the list of issues is read again, and nothing is heard before', async t => {
  const { server, state, counts } = await openPage(t)
  assert.equal(counts.lists, 0)
  const states: unknown[] = []
  server.terminate()
  await until(() => {
    if (state.connection === 'reconnecting') states.push(state.heardAt)
    return states.length > 0 && state.connection === 'connected'
  }, 'a new connection')
  assert.ok(states.every(heardAt => heardAt === undefined))
  assert.equal(counts.lists, 1)
})

test('a check sends a ping', async t => {
  const { server, live } = await openPage(t)
  live.check()
  await until(() => server.requests.some(({ action }) => action === 'ping'), 'a ping')
})

test('trades of an earlier date are dropped with the first board of a date', async t => {
  const { server, truth, issue, trade, untilBoard } = await openPage(t)
  trade('7203')
  server.sendRound()
  await untilBoard(3)
  const board = {
    ...truth.json('7203')!,
    date: '2026-11-24',
    sequence: 1,
    time: '2026-11-24T09:00:00.000000+09:00',
  }
  server.sendText(JSON.stringify({ type: 'updates', updates: [{ board }] }))
  await untilBoard(1)
  assert.deepEqual(issue.trades, [])
})

test('trades of an earlier date that come with the first board of a date are not shown', async t => {
  const stored = createTruth()
  stored.step('7203', { fields: [], traded: 100 })
  const history = await startHistoryServer(stored)
  t.after(() => history.close())
  const { server, truth, issue, trade, untilBoard } = await openPage(t, new URL(history.address).origin)
  trade('7203')
  server.sendRound()
  await untilBoard(3)
  const today = { ...truth.json('7203')!, sequence: 9, volume: 500 }
  // The trades of the messages before are missing, also in the history.
  const update = { board: today, trades: [[100, 100, null, 9, 0]] }
  const time = '2026-11-24T09:00:00.000000+09:00'
  const board = { ...today, date: '2026-11-24', sequence: 1, time, volume: 0 }
  server.sendText(JSON.stringify({ type: 'updates', updates: [update, { board }] }))
  await until(() => issue.live?.date === '2026-11-24' && issue.trades.length > 0, 'the mark of the new date')
  assert.deepEqual(issue.trades, [{ time, sequence: 1, missing: true }])
})
