import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { createEpochFence } from '../../../functions/store-ticks/epoch-fence.ts'
import { storeBatch } from '../../../functions/store-ticks/store-batch.ts'
import { RULES } from '../../../market/calendar/calendar.ts'
import { momentOf } from '../../../market/moment.ts'
import { addMillis, nowMillis } from '../../../market/units.ts'
import { ROUTES, type Route } from '../../../rest/rest-routes.ts'
import { getRequest, lambdaContext } from '../invoke.ts'
import { stateStored } from '../stored-lanes.ts'
import { envelopesOf, MORNING, sampleTicks, TRADING_DATE } from '../stored-market.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const HOUR_MS = 3_600_000
const ticks = sampleTicks(40)

let tables: Tables
let invoke: (request: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>
before(async () => {
  tables = await startTables()
  // 11:00 of the trading date, almost standing still.
  const eleven = momentOf(TRADING_DATE, MORNING) / 1000 + 2 * HOUR_MS
  process.env.MARKET_CLOCK = `${Date.now()}:${eleven}:0.001`
  const records = envelopesOf([ticks]).map((bytes, index) => ({ sequenceNumber: String(index), bytes }))
  const table = {
    client: tables.client,
    table: TABLES.TICKS_TABLE,
    calendar: RULES,
    keepDays: 31,
    unitsPerLane: 1_000,
  }
  await storeBatch(records, table, addMillis(nowMillis(), 10_000), createEpochFence())
  await stateStored(table, TRADING_DATE)
  const { handler } = await import('../../../functions/delayed-prices/delayed-prices-handler.ts')
  invoke = request => handler(request, lambdaContext)
})
after(() => tables[Symbol.asyncDispose]())

const bodyOf = ({ body }: APIGatewayProxyStructuredResultV2) => JSON.parse(body ?? '')
const lastOf = (issue: string) => ticks.findLast(tick => tick.board.issue === issue)!

test('every route answers the moving cut for five seconds, and a moment that is named for an hour', async () => {
  const routes = Object.entries<Route>(ROUTES).filter(([, route]) => route.function === 'delayed-prices')
  assert.ok(routes.length > 0)
  for (const [path, { query: rules }] of routes) {
    const query: Record<string, string> = 'issues' in rules ? { issues: '7203' } : {}
    const past = { ...query, ['at' in rules ? 'at' : 'to']: '2026-11-20T10:30:00+09:00' }
    for (const [asked, age, asOf] of [
      [query, 5, /^2026-11-20T10:40:00\.\d{6}\+09:00$/],
      [past, 3_600, /^2026-11-20T10:30:00\.000000\+09:00$/],
    ] as const) {
      const answer = await invoke(getRequest(path.replace('{issue}', '7203'), asked))
      assert.equal(answer.statusCode, 200, path)
      const { etag, ...headers } = answer.headers ?? {}
      assert.match(String(etag), /^W\/"[\w-]{22}"$/)
      assert.deepEqual(headers, {
        'content-type': 'application/json',
        'cache-control': `public, max-age=${age}`,
        vary: 'Origin',
      })
      const body = bodyOf(answer)
      assert.equal(body.delay, 'PT20M')
      assert.match(body.asOf, asOf)
    }
  }
})

test('an answer without ticks that are not stored yet is marked, and nobody may keep it', async () => {
  const table = { client: tables.client, table: TABLES.TICKS_TABLE }
  const routes = Object.entries<Route>(ROUTES).filter(([, route]) => route.function === 'delayed-prices')
  const before = await invoke(getRequest('/v1/boards/7203'))
  const storedUntil = async (minutes: number): Promise<void> => {
    await stateStored(table, TRADING_DATE, momentOf(TRADING_DATE, MORNING + minutes * 60_000_000))
    // The function reads again after a second.
    await sleep(1_100)
  }
  await storedUntil(60)
  for (const [path, { query: rules }] of routes) {
    const query: Record<string, string> = 'issues' in rules ? { issues: '7203' } : {}
    const past = { ...query, ['at' in rules ? 'at' : 'to']: '2026-11-20T10:30:00+09:00' }
    const stored = { ...query, ['at' in rules ? 'at' : 'to']: '2026-11-20T10:00:00+09:00' }
    for (const [asked, caching, late] of [
      [query, 'no-store', true],
      [past, 'no-store', true],
      [stored, 'public, max-age=3600', undefined],
    ] as const) {
      const answer = await invoke(getRequest(path.replace('{issue}', '7203'), asked))
      assert.equal(answer.headers?.['cache-control'], caching, path)
      const { asOf, late: isLate } = bodyOf(answer)
      assert.deepEqual([asOf, isLate], ['2026-11-20T10:00:00.000000+09:00', late], path)
    }
  }
  // The board is the same, but an app that holds it must learn that it is late.
  const request = getRequest('/v1/boards/7203')
  const held = await invoke({ ...request, headers: { 'if-none-match': String(before.headers?.etag) } })
  assert.equal(held.statusCode, 200)
  assert.deepEqual(bodyOf(held).board, bodyOf(before).board)
  await storedUntil(120)
  const after = await invoke(getRequest('/v1/boards/7203'))
  assert.deepEqual([after.headers, bodyOf(after).late], [before.headers, undefined])
})

test('answers follow the parameters: order of issues, pages, intervals', async () => {
  const one = bodyOf(await invoke(getRequest('/v1/boards/7203')))
  assert.equal(one.board.sequence, lastOf('7203').sequence)
  const several = bodyOf(await invoke(getRequest('/v1/boards', { issues: '6758,7203,1301' })))
  assert.deepEqual(
    several.boards.map((each: { issue: string }) => each.issue),
    ['6758', '7203'],
  )
  const query = { limit: '2' }
  const page = bodyOf(await invoke(getRequest('/v1/ticks/6758', query)))
  assert.equal(page.ticks.length, 2)
  const next = bodyOf(await invoke(getRequest('/v1/ticks/6758', { ...query, after: page.next })))
  assert.ok(next.ticks[0].sequence > page.ticks[1].sequence)

  const { bars } = bodyOf(await invoke(getRequest('/v1/bars/6758', { interval: '5m' })))
  assert.ok(bars.length > 0)
  for (const { time } of bars) assert.match(time, /^2026-11-20T09:\d[05]:00\.000000\+09:00$/)
})

test('a conditional request is answered 304 while only the cut has moved', async () => {
  const ask = (held: string | undefined) => {
    const request = getRequest('/v1/boards/7203')
    return invoke({ ...request, headers: held === undefined ? {} : { 'if-none-match': held } })
  }
  const first = await ask(undefined)
  const etag = String(first.headers?.etag)
  const { 'content-type': _, ...headers } = first.headers ?? {}
  for (const held of [etag, etag.slice(2), `"x", ${etag}`, '*'])
    assert.deepEqual(await ask(held), { statusCode: 304, headers }, held)
  const again = await ask('W/"x"')
  assert.equal(again.statusCode, 200)
  assert.equal(again.headers?.etag, etag)
  assert.notEqual(bodyOf(again).asOf, bodyOf(first).asOf)
})

test('an issue without ticks has no board and no ticks until there is a list of issues', async () => {
  const { board } = bodyOf(await invoke(getRequest('/v1/boards/1301')))
  assert.equal(board, null)
  assert.deepEqual(bodyOf(await invoke(getRequest('/v1/ticks/1301', {}))).ticks, [])
})

test('a request may name fifty issues, and an issue that is named twice is answered once', async () => {
  const most = [...Array.from({ length: 48 }, (_, index) => String(1301 + index)), '7203', '7203']
  const { boards } = bodyOf(await invoke(getRequest('/v1/boards', { issues: most.join(',') })))
  assert.deepEqual(
    boards.map((each: { issue: string }) => each.issue),
    ['7203'],
  )
})

test('a refused request is answered with a problem document', async () => {
  const many = Array.from({ length: 51 }, (_, index) => String(1301 + index)).join(',')
  const refused: [string, Record<string, string>, string, RegExp][] = [
    ['/v1/boards/TOYOTA', {}, '400 bad-issue', /issue code: .*"TOYOTA"/],
    ['/v1/boards', {}, '400 bad-parameter', /issues: expected issue codes .* got none/],
    ['/v1/days', { issues: many }, '400 too-many-issues', /expected up to 50 issue codes, got 51/],
    [
      '/v1/boards/7203',
      { at: '2026-11-20T10:59:00+09:00' },
      '400 too-recent',
      /at: .* 2026-11-20T10:40:00\.\d+\+09:00, got/,
    ],
    ['/v1/ticks/7203', { limit: '0' }, '400 bad-parameter', /limit: .* from 1 to 2000, got "0"/],
    ['/v1/trades/7203', { limit: '5001' }, '400 bad-parameter', /limit: .* from 1 to 5000, got "5001"/],
    ['/v1/ticks/7203', { after: 'x' }, '400 bad-parameter', /after: /],
    ['/v1/bars/7203', { interval: '2m' }, '400 bad-parameter', /interval: expected one of .*got "2m"/],
    ['/v1/nowhere', {}, '404 unknown-route', /got GET \/v1\/nowhere/],
  ]
  for (const [path, query, expected, detail] of refused) {
    const answer = await invoke(getRequest(path, query))
    const [status, name] = expected.split(' ')
    assert.equal(answer.statusCode, Number(status), path)
    assert.equal(answer.headers?.['content-type'], 'application/problem+json')
    assert.equal(answer.headers?.['cache-control'], 'no-store')
    assert.equal(answer.headers?.vary, 'Origin')
    const problem = bodyOf(answer)
    assert.deepEqual([problem.status, problem.type], [Number(status), `urn:itastream:problem:${name}`])
    assert.match(problem.detail, detail)
  }
})
