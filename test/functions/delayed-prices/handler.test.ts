import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { createFence } from '../../../functions/store-ticks/fence.ts'
import { storeBatch } from '../../../functions/store-ticks/store.ts'
import { momentOf } from '../../../market/clock.ts'
import { getRequest, lambdaContext } from '../invoke.ts'
import { envelopesOf, MORNING, sampleTicks, TRADING_DATE } from '../market.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const HOUR_MS = 3_600_000
const ticks = sampleTicks(40)

let tables: Tables
let invoke: (request: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>
before(async () => {
  tables = await startTables()
  // 11:00 of the trading date, standing as good as still.
  const eleven = momentOf(TRADING_DATE, MORNING) / 1000 + 2 * HOUR_MS
  process.env.MARKET_CLOCK = `${Date.now()}:${eleven}:0.001`
  const records = envelopesOf([ticks]).map((bytes, index) => ({ sequenceNumber: String(index), bytes }))
  const table = { client: tables.client, table: TABLES.TICKS_TABLE, keepDays: 31, unitsPerLane: 1_000 }
  await storeBatch(records, table, Date.now() + 10_000, createFence())
  const { handler } = await import('../../../functions/delayed-prices/handler.ts')
  invoke = request => handler(request, lambdaContext)
})
after(() => tables[Symbol.asyncDispose]())

const bodyOf = ({ body }: APIGatewayProxyStructuredResultV2) => JSON.parse(body ?? '')
const lastOf = (issue: string) => ticks.findLast(tick => tick.board.issue === issue)!

test('one board, several boards, ticks and bars are answered, to be kept shortly by anyone', async () => {
  const one = await invoke(getRequest('/v1/boards/7203', {}, '7203'))
  assert.equal(one.statusCode, 200)
  assert.deepEqual(one.headers, {
    'content-type': 'application/json',
    'cache-control': 'public, max-age=1',
    vary: 'Origin',
  })
  const { delay, asOf, board } = bodyOf(one)
  assert.equal(delay, 'PT20M')
  assert.match(asOf, /^2026-11-20T10:40:00\.\d{6}\+09:00$/)
  assert.equal(board.sequence, lastOf('7203').sequence)

  const several = bodyOf(await invoke(getRequest('/v1/boards', { issues: '6758, 7203,1301' })))
  assert.deepEqual(
    several.boards.map((each: { issue: string }) => each.issue),
    ['6758', '7203'],
  )

  const query = { limit: '2' }
  const page = bodyOf(await invoke(getRequest('/v1/ticks/6758', query, '6758')))
  assert.equal(page.ticks.length, 2)
  const next = bodyOf(await invoke(getRequest('/v1/ticks/6758', { ...query, after: page.next }, '6758')))
  assert.ok(next.ticks[0].sequence > page.ticks[1].sequence)

  const { bars } = bodyOf(await invoke(getRequest('/v1/bars/6758', { interval: '1m' }, '6758')))
  assert.ok(bars.length > 0)
  assert.match(bars[0].time, /^2026-11-20T09:\d\d:00\.000000\+09:00$/)
})

test('an issue without ticks has no board, and no ticks', async () => {
  const { board } = bodyOf(await invoke(getRequest('/v1/boards/1301', {}, '1301')))
  assert.equal(board, null)
  assert.deepEqual(bodyOf(await invoke(getRequest('/v1/ticks/1301', {}, '1301'))).ticks, [])
})

test('what cannot be answered is a problem document that says why', async () => {
  const refused: [string, Record<string, string>, string | undefined, number, RegExp][] = [
    ['/v1/boards/TOYOTA', {}, 'TOYOTA', 400, /issue code: .*"TOYOTA"/],
    ['/v1/boards', {}, undefined, 400, /issues: expected 1 to 50 .* got 0/],
    [
      '/v1/boards/7203',
      { at: '2026-11-20T10:59:00+09:00' },
      '7203',
      400,
      /at: .* 2026-11-20T10:40:00\.\d+\+09:00 or before/,
    ],
    ['/v1/ticks/7203', { limit: '0' }, '7203', 400, /limit: expected a whole number from 1 to 2000, got "0"/],
    ['/v1/ticks/7203', { after: 'x' }, '7203', 400, /after: /],
    ['/v1/bars/7203', { interval: '5m' }, '7203', 400, /interval: expected 1m, got "5m"/],
    ['/v1/trades/7203', {}, '7203', 404, /got GET \/v1\/trades\/7203/],
  ]
  for (const [path, query, issue, status, detail] of refused) {
    const answer = await invoke(getRequest(path, query, issue))
    assert.equal(answer.statusCode, status, path)
    assert.equal(answer.headers?.['content-type'], 'application/problem+json')
    assert.equal(answer.headers?.vary, 'Origin')
    const problem = bodyOf(answer)
    assert.equal(problem.status, status)
    assert.match(problem.detail, detail)
  }
})
