/** The canary asks the real functions of the REST API over a real socket. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { momentOf } from '../../../market/moment.ts'
import { addMicros } from '../../../market/units.ts'
import { storeEvents } from '../boards-fixture.ts'
import { type CapturedMetrics, captureMetrics } from '../captured-metrics.ts'
import { getRequest, lambdaContext } from '../invoke.ts'
import { listedIssue } from '../market-info/listed-issue.ts'
import { stateStored } from '../stored-lanes.ts'
import { MORNING, TRADING_DATE } from '../stored-market.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const MINUTE = 60_000_000
const OPENING = momentOf(TRADING_DATE, MORNING)
const LINE = 1
const FAST_AFTER_MS = 3_600_000

let tables: Tables
let server: Server
let metrics: CapturedMetrics
let paths: string[] = []
const connections = new Set<string | undefined>()
/** A path that is answered with another status. */
const refused = new Map<string, number>()
let ask: () => Promise<{ readonly problems: readonly { readonly where: string; readonly got: string }[] }>
before(async () => {
  tables = await startTables()
  server = createServer(async ({ url = '', headers }, response) => {
    connections.add(headers.connection)
    const { pathname, searchParams } = new URL(url, 'http://local')
    paths.push(url)
    const { statusCode, body } = await answerTo(pathname, Object.fromEntries(searchParams))
    response.writeHead(refused.get(pathname) ?? statusCode ?? 200, { 'content-type': 'application/json' })
    response.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  Object.assign(process.env, { WEBSOCKET_URL: 'ws://127.0.0.1:9', CANARY_SECRET: '' })
  process.env.REST_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  // 9:00, almost standing still; fast from a later hour on.
  const [still, fast] = [Date.now(), Date.now() + FAST_AFTER_MS]
  process.env.MARKET_CLOCK = `${still}:${OPENING / 1000}:0.001,${fast}:${OPENING / 1000}:61`
  metrics = captureMetrics()
  const { handler } = await import('../../../functions/canary/canary-handler.ts')
  ask = () => handler({}, lambdaContext)
})
after(async () => {
  metrics[Symbol.dispose]()
  server.closeAllConnections()
  server.close()
  await tables[Symbol.asyncDispose]()
})

async function answerTo(
  path: string,
  query: Record<string, string>,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { handler } = path.startsWith('/v1/boards/')
    ? await import('../../../functions/delayed-prices/delayed-prices-handler.ts')
    : await import('../../../functions/market-info/market-info-handler.ts')
  const answer = handler as (
    event: APIGatewayProxyEventV2,
    context: typeof lambdaContext,
  ) => Promise<APIGatewayProxyStructuredResultV2>
  return answer(getRequest(path, query), lambdaContext)
}

/** Returns the paths of the problems, with what was found there, and `CanaryOk`. */
async function look(): Promise<readonly [readonly string[], unknown]> {
  metrics.take()
  const { problems } = await ask()
  const canary = metrics.take().find(published => 'CanaryOk' in published)
  return [problems.map(({ where, got }) => `${where}: ${got}`), canary?.CanaryOk]
}

test('a market without lines and issues fails', async () => {
  assert.deepEqual(await look(), [['/v1/status: no line', '/v1/issues?limit=50: none'], 0])
})

test('a market with a live line and stored ticks is as it should be', async () => {
  await storeEvents({ client: tables.client, table: TABLES.BOARDS_TABLE }, [
    { type: 'line', line: LINE, state: 'live', since: '2026-11-20T08:00:00.000000+09:00' },
    {
      type: 'issues',
      line: LINE,
      tradingDate: TRADING_DATE,
      part: 0,
      parts: 1,
      issues: [listedIssue('1301', '極洋'), listedIssue('7203', 'トヨタ自動車')],
    },
  ])
  const ticks = { client: tables.client, table: TABLES.TICKS_TABLE }
  await stateStored(ticks, TRADING_DATE, addMicros(OPENING, -MINUTE))
  paths = []
  assert.deepEqual(await look(), [[], 1])
  assert.deepEqual(paths.toSorted(), [
    '/v1/boards/1301',
    '/v1/calendar?from=2026-11-20&to=2026-11-20',
    '/v1/issues?limit=50',
    '/v1/status',
  ])
  // A connection that stayed open would end between two invocations.
  assert.deepEqual([...connections], ['close'])
})

test('a refused request fails, and the others are looked at all the same', async () => {
  refused.set('/v1/status', 503)
  refused.set('/v1/boards/1301', 500)
  const [problems, isOk] = await look()
  assert.deepEqual(
    [problems.map(text => text.slice(0, 24)), isOk],
    [['/v1/status: 503: {"time"', '/v1/boards/1301: 500: {"'], 0],
  )
  refused.clear()
})

test('while a system replays the past, the canary asks nothing', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + FAST_AFTER_MS + 1_000 })
  paths = []
  assert.deepEqual(await look(), [[], undefined])
  assert.deepEqual(paths, [])
})

test('a server that is away fails with the reason of the connection', async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  const [problems, isOk] = await look()
  assert.equal(isOk, 0)
  assert.equal(problems.length, 3)
  for (const problem of problems)
    assert.match(problem, /^\/v1\/.*: no answer: TypeError: fetch failed: .*ECONNREFUSED/)
})
