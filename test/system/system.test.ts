/**
 * Tests the whole path on the real processes against the truth: a second exchange with equal options.
 */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { listIssues } from '../../local/exchange/issue-list.ts'
import type { SyntheticSource } from '../../local/local-market.ts'
import { type System, startSystem } from '../../local/system.ts'
import type { BoardJson } from '../../market/board-json.ts'
import type { IssueJson } from '../../market/market-event.ts'
import { isoDate, momentOf } from '../../market/moment.ts'
import { PRICE_SCALE } from '../../market/units.ts'
import { openBrowser } from '../browser.ts'
import { signIn } from '../client/page/user-sign-in.ts'
import { MessageConformance } from '../docs/asyncapi/message-conformance.ts'
import { until } from '../until.ts'
import { assertCaughtUp, assertStored, assertTradesComplete, assertTrue } from './assertions.ts'
import { areCurrent, collectBoards } from './collect.ts'
import { assertBoardAt, assertDelayedBoards, assertDelayedMarket, assertRange } from './delayed.ts'
import { getJson } from './get-json.ts'
import { microsecondsOf } from './iso-time.ts'
import { opens } from './opens.ts'
import { openPlainApp, type PlainApp } from './plain-app.ts'
import { recordMessages } from './record-messages.ts'
import { marketWithHistory } from './system-market.ts'
import { type Truth, tellTruth } from './system-truth.ts'

const SEED = 11
const ISSUES = 30
const MINUTE = 60_000_000
/** Number of boards at a client that are compared with the truth. */
const WATCHED_BOARDS = 500
/** Time limit for killed tasks to recover (start, login, snapshot), and for a paused task to read what it missed. */
const RECOVERY = { limitMs: 60_000, pollMs: 100 }
/** Boards from so much time (µs) after the end of a task are not of this task. */
const AFTER_TASK_MICROSECONDS = 1_000_000
/** Time in which boards are collected before a fault and after a recovery, ms. */
const WATCHED_MILLISECONDS = 2_000
/**
 * Time limit for clients to hear that a line is stale, ms. It is stale after ten seconds without a report. After thirty
 * seconds the service would replace paused tasks.
 */
const STALE_MILLISECONDS = 25_000
/** Time limit for both tasks of every line to pass a health check after they were killed, ms. */
const HEALTHY_MILLISECONDS = 60_000
/** Interval of the reports of a task, with a margin for a busy machine, µs. */
const PULSE_MICROSECONDS = 5_000_000
/** Life of a token in a test (s): time to connect and renew on a busy machine. */
const TOKEN_SECONDS = 10
/** Time limit for a connection to be closed after its token began, ms: the token, eight seconds of leeway, and a margin. */
const END_MILLISECONDS = 40_000

suite('the whole system', () => {
  let system: System<SyntheticSource>
  let codes: string[]
  const recorded = recordMessages()
  /** Problems that the local cloud reported. */
  const logged: string[] = []

  before(async () => {
    system = await startSystem({
      market: marketWithHistory({ issues: ISSUES, rate: 200, seed: SEED }),
      ports: { web: 0, websocket: 0, http: 0, issuer: 0 },
      progress: () => {},
      log: text => logged.push(text),
    })
    await sleep(system.time.liveAt - Date.now() + 1_000)
    const list = `${system.cloud.httpUrl}/v1/issues?limit=500`
    // On a busy machine the first environment of a function may not start in time. An app tries again.
    const isListed = async (): Promise<boolean> => {
      const answer = await fetch(list)
      if (!answer.ok) return false
      const { issues } = (await answer.json()) as { issues: { code: string }[] }
      codes = issues.map(({ code }) => code)
      return codes.length === ISSUES
    }
    await until(isListed, 'the list of all issues', { limitMs: 120_000, pollMs: 500 })
  })
  after(() => {
    recorded.end()
    return system.close()
  })

  /** Returns the current market time, µs of the day. */
  const now = (): number => system.clock.now() - momentOf(system.time.tradingDate, 0)
  /** Whether both tasks of every line run and are healthy. */
  const hasAllTasks = (): boolean =>
    [1, 2, 3].every(line => {
      const tasks = system.cloud.tasks(`IngestService${line}`)
      return tasks.length === 2 && tasks.every(({ health }) => health === 'HEALTHY')
    })
  const truthUntilNow = (): Truth => tellTruth(system.source.exchange, now())

  test('finds every issue by code and Japanese name', async () => {
    assert.deepEqual(codes.toSorted(), system.issues.map(({ code }) => code).sort())
    for (const { code, name } of system.issues.slice(0, 5)) {
      const { issues } = await getJson<{ issues: { code: string; name: string }[] }>(
        `${system.cloud.httpUrl}/v1/issues?q=${encodeURIComponent(name)}`,
      )
      assert.ok(issues.some(issue => issue.code === code && issue.name === name))
    }
  })

  test('lists issues with all names, sectors and limits, and finds those of a sector', async () => {
    const search = async (query: string): Promise<IssueJson[]> =>
      (await getJson<{ issues: IssueJson[] }>(`${system.cloud.httpUrl}/v1/issues?limit=500&${query}`)).issues
    const [listed] = system.issues
    const [issue] = await search(`q=${listed!.code}`)
    assert.deepEqual([issue?.nameKana, issue?.nameEn], [listed?.nameKana, listed?.nameEn])
    assert.equal(issue?.date, isoDate(system.time.tradingDate))
    assert.ok(issue?.limits?.computed && issue.limits.lower < issue.limits.upper)
    const machines = listIssues(SEED, ISSUES).flatMap(({ master, sector }) =>
      sector === '3650' ? [master.code] : [],
    )
    const found = await search('sector=3650')
    assert.ok(found.length > 0)
    assert.deepEqual(
      found.map(({ code }) => code),
      machines,
    )
    for (const { sector } of found) assert.equal(sector?.name, '電気機器')
  })

  test('delivers every board to a signed-in client as the exchange sent it, in order', async t => {
    const client = system.connect()
    t.after(client.close)
    const collected = collectBoards(client, codes)
    // A busy machine conflates more, so the number of boards varies. There must be enough to compare.
    await until(() => collected.events.length >= WATCHED_BOARDS, 'boards to compare', RECOVERY)
    const truth = truthUntilNow()
    const boards = collected.events.map(({ board }) => board)
    assert.deepEqual([...new Set(boards.map(({ issue }) => issue))].sort(), codes.toSorted())
    assertTrue(truth, boards)
    assert.deepEqual(collected.backwards, [])
    assertTradesComplete(truth, collected)
  })

  test('shows everybody the board of twenty minutes ago, and no younger board', async () => {
    const truth = truthUntilNow()
    await assertDelayedBoards(system, codes, truth)
    for (const time of [20, 21, 25.5].map(minutes => now() - minutes * MINUTE)) {
      for (const code of codes.slice(0, 10)) await assertBoardAt(system, code, truth, time)
    }
  })

  test('shows everybody the whole market of about twenty minutes ago, and nothing younger', async () => {
    await assertDelayedMarket(system, codes, truthUntilNow())
  })

  test('rejects a request for data younger than twenty minutes', async () => {
    const at = new Date(momentOf(system.time.tradingDate, now() - 19 * MINUTE) / 1000).toISOString()
    const response = await fetch(`${system.cloud.httpUrl}/v1/boards/${codes[0]}?at=${encodeURIComponent(at)}`)
    assert.equal(response.status, 400)
    assert.match(response.headers.get('content-type') ?? '', /application\/problem\+json/)
  })

  test('returns every tick of a range, and minute bars that follow from its trades', async () => {
    const truth = truthUntilNow()
    for (const code of codes.slice(0, 3)) {
      await assertRange(system, code, truth, '2026-11-20T09:04:00+09:00', '2026-11-20T09:06:00+09:00')
    }
  })

  test('requires a token for real time, over WebSocket and REST', async () => {
    const url = `${system.cloud.httpUrl}/v1/realtime/boards/${codes[0]}`
    assert.equal((await fetch(url)).status, 401)
    for (const bad of [{ expiresIn: -60 }, { audience: 'someone-else' }, { unknownKey: true }]) {
      const token = await system.issuer.token('local-user', bad)
      assert.equal((await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status, 401)
      assert.equal(await opens(system.cloud.websocketUrl, ['itastream.v1', `bearer.${token}`]), false)
    }
    const idToken = await system.issuer.token('local-user', { use: 'id' })
    assert.equal((await fetch(url, { headers: { authorization: `Bearer ${idToken}` } })).status, 403)
    assert.equal(await opens(system.cloud.websocketUrl, ['itastream.v1', `bearer.${idToken}`]), false)
    assert.equal(await opens(system.cloud.websocketUrl, ['itastream.v1']), false)
    const token = await system.issuer.token()
    assert.equal(await opens(system.cloud.websocketUrl, ['itastream.v1', `bearer.${token}`]), true)
    const { board } = await getJson<{ board: BoardJson }>(url, { authorization: `Bearer ${token}` })
    assertStored(truthUntilNow(), board)
  })

  test('shows a price change on the page of a real browser', async t => {
    const browser = await openBrowser()
    t.after(() => browser.close())
    const page = await browser.newPage()
    const { code } = system.issues[0]!
    await page.goto(`${system.web.url}#${code}`)
    await signIn(page)
    const selector = `[data-issue="${code}"] [data-last]`
    const last = page.locator(selector)
    const price = page.locator(selector, { hasText: /^\s*[\d,.]+\s*$/ })
    await price.waitFor()
    const before = await price.textContent()
    const unchanged = new RegExp(`^\\s*${before!.trim().replaceAll('.', '\\.')}\\s*$`)
    await page.locator(selector, { hasNotText: unchanged }).waitFor()
    // The page must show a price that the issue had since then.
    const shown = Number((await last.textContent())!.replaceAll(',', ''))
    const prices = truthUntilNow()
      .ticksOf(code)
      .flatMap(({ time, trade }) =>
        trade === undefined || time < now() - MINUTE ? [] : [trade.price / PRICE_SCALE],
      )
    assert.ok(prices.includes(shown), `the page shows ${shown}, the prices of the last minute were ${prices}`)
  })

  test('reports the state of the market and its lines', async () => {
    const status = await getJson<{ phase: string; lines: { line: number; state: string }[] }>(
      `${system.cloud.httpUrl}/v1/status`,
    )
    assert.equal(status.phase, 'morning')
    assert.deepEqual(
      status.lines.map(({ line, state }) => [line, state]),
      [
        [1, 'live'],
        [2, 'live'],
        [3, 'live'],
      ],
    )
  })

  test('continues without a gap after the ingest tasks were killed', async t => {
    const client = system.connect()
    t.after(client.close)
    const collected = collectBoards(client, codes)
    await until(() => areCurrent(collected, 0, now()), 'current boards of each line', RECOVERY)
    await sleep(WATCHED_MILLISECONDS)
    const killedAt = now()
    for (const line of [1, 2, 3]) system.cloud.signalTasks(`IngestService${line}`, 'SIGKILL')
    const recovered = () => areCurrent(collected, killedAt + AFTER_TASK_MICROSECONDS, now())
    await until(recovered, 'current boards of each new task', RECOVERY)
    await sleep(WATCHED_MILLISECONDS)
    const truth = truthUntilNow()
    const boards = collected.events.map(({ board }) => board)
    assertTrue(truth, boards)
    assert.deepEqual(collected.backwards, [])
    // The new tasks continued where the killed tasks ended: no gap, no loss, no repeated trade.
    assertTradesComplete(truth, collected)
    assert.deepEqual(
      collected.events.filter(({ lost }) => lost),
      [],
    )
    // Each issue is now at most some seconds behind the exchange.
    for (const code of codes) assertCaughtUp(truth, client.board(code))
  })

  test('reports a line as stale while its task is paused, and has every board after it resumes', async t => {
    const client = system.connect()
    t.after(client.close)
    const told = new Map<number, string>()
    client.on('line', ({ line, state }) => told.set(line, state))
    const collected = collectBoards(client, codes)
    const all = (state: string): boolean => [1, 2, 3].every(line => told.get(line) === state)
    await until(() => all('live'), 'three live lines', RECOVERY)
    // A task that is only starting would not be paused, and would take over.
    await until(hasAllTasks, 'two healthy tasks a line', { limitMs: HEALTHY_MILLISECONDS })
    t.after(() => system.cloud.signalTasks('IngestService2', 'SIGCONT'))
    const pausedAt = now()
    system.cloud.signalTasks('IngestService2', 'SIGSTOP')
    await until(() => told.get(2) === 'stale', 'a stale line', { limitMs: STALE_MILLISECONDS })
    const { lines } = await getJson<{ lines: { line: number; state: string; since: string }[] }>(
      `${system.cloud.httpUrl}/v1/status`,
    )
    const states = [
      [1, 'live'],
      [2, 'stale'],
      [3, 'live'],
    ]
    assert.deepEqual(
      lines.map(({ line, state }) => [line, state]),
      states,
    )
    assert.deepEqual([...told].toSorted(), states)
    // The state is stale since the last report, which came at most one interval before the pause.
    const silence = microsecondsOf(lines[1]!.since) - pausedAt
    assert.ok(Math.abs(silence) < PULSE_MICROSECONDS, `stale since ${silence} µs after the task was paused`)
    system.cloud.signalTasks('IngestService2', 'SIGCONT')
    await until(() => all('live'), 'three live lines again', RECOVERY)
    await until(() => areCurrent(collected, 0, now()), 'current boards of each line', RECOVERY)
    await sleep(WATCHED_MILLISECONDS)
    const truth = truthUntilNow()
    assertTrue(
      truth,
      collected.events.map(({ board }) => board),
    )
    assert.deepEqual(collected.backwards, [])
    assertTradesComplete(truth, collected)
    for (const code of codes) assertCaughtUp(truth, client.board(code))
  })

  test('ends a connection with its token, unless the app renews the token', async t => {
    const start = { expiresIn: TOKEN_SECONDS }
    const opened = ['ken', 'yui'].map(async user => {
      const app = await openPlainApp(system.cloud.websocketUrl, await system.issuer.token(user, start))
      t.after(app.close)
      app.send({ action: 'subscribe', issues: codes.slice(0, 10) })
      return app
    })
    const [renews, ends] = (await Promise.all(opened)) as [PlainApp, PlainApp]
    renews.send({ action: 'token', token: await system.issuer.token('ken') })
    await until(() => ends.closedWith !== undefined, 'the end of a connection', { limitMs: END_MILLISECONDS })
    const last = ends.received.at(-1)
    assert.deepEqual(last?.type === 'end' && [last.code, last.number], ['token-expired', 4002])
    assert.equal(ends.closedWith, 1000)
    const count = renews.received.length
    await until(() => renews.received.length > count + 5, 'updates after the end of the first token')
    assert.ok(renews.received.some(({ type }) => type === 'token'))
    assert.equal(renews.closedWith, undefined)
  })

  test('exchanges messages in the form that docs/asyncapi.yaml has, in both directions', async t => {
    const conformance = new MessageConformance()
    const [first, second] = codes as [string, string]
    const client = system.connect()
    t.after(client.close)
    client.subscribe('1999', () => {})
    const end = client.subscribe(first, () => {}, { view: 'quote', trades: true })
    await until(() => client.board(first) !== undefined, 'the first board')
    client.setPace(1_000)
    client.check()
    end()
    const app = await openPlainApp(system.cloud.websocketUrl, await system.issuer.token())
    t.after(app.close)
    app.send({ action: 'subscribe', issues: [second] })
    app.send({ action: 'snapshot', issues: [second] })
    const unseen = (): string[] => (['app', 'server'] as const).flatMap(sender => conformance.unseen(sender))
    const problems = new Set<string>()
    await until(() => {
      for (const { sender, message } of recorded.messages.splice(0)) {
        for (const problem of conformance.problems(sender, message)) problems.add(problem)
      }
      return unseen().length === 0
    }, 'each message of the protocol')
    assert.deepEqual([...problems].slice(0, 10), [])
  })

  test('makes no request that its roles do not allow', () => {
    assert.deepEqual(
      logged.filter(text => text.includes('not authorized')),
      [],
    )
  })
})
