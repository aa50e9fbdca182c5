import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { MarketEvent } from '../../../market/market-event.ts'
import { momentOf } from '../../../market/moment.ts'
import { SILENT_AFTER_MS } from '../../../tables/boards/line-record.ts'
import { storeEvents } from '../boards-fixture.ts'
import { getRequest, lambdaContext } from '../invoke.ts'
import { MORNING, TRADING_DATE } from '../stored-market.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'
import { listedIssue } from './listed-issue.ts'

let tables: Tables
const store = (...events: MarketEvent[]): Promise<unknown> =>
  storeEvents({ client: tables.client, table: TABLES.BOARDS_TABLE }, events)
let get: (path: string, query?: Record<string, string>) => Promise<Record<string, unknown>>
/** The `Cache-Control` of the last answer. */
let cacheControl: unknown
before(async () => {
  tables = await startTables()
  process.env.MARKET_CLOCK = `${Date.now()}:${momentOf(TRADING_DATE, MORNING) / 1000}:0.001`
  const { handler } = await import('../../../functions/market-info/market-info-handler.ts')
  get = async (path, query) => {
    const { statusCode, headers, body } = await handler(getRequest(path, query), lambdaContext)
    cacheControl = headers?.['cache-control']
    assert.equal(statusCode, 200)
    return JSON.parse(body ?? '')
  }
})
after(() => tables[Symbol.asyncDispose]())

test('without any event there are no issues, and the phase comes from the calendar', async () => {
  assert.deepEqual(await get('/v1/issues'), { issues: [] })
  assert.equal(cacheControl, 'public, max-age=1')
  const { time, ...status } = await get('/v1/status')
  assert.match(String(time), /^2026-11-20T09:00:00\.\d{6}\+09:00$/)
  assert.deepEqual(status, { phase: 'morning', lines: [], news: [] })
})

test('issues are found by the start of their code or a part of their name, in any width', async () => {
  const master = [
    [1, 1, 0, [listedIssue('7203', 'トヨタ自動車'), listedIssue('6758', 'ソニーグループ')]],
    [2, 2, 0, [listedIssue('720A', '髙島﨑㈱')]],
    [2, 2, 1, [listedIssue('1301', 'ＴＯＹＯ電機7')]],
  ] as const
  await store(
    ...master.map(([line, parts, part, issues]) => ({
      type: 'issues' as const,
      line,
      tradingDate: TRADING_DATE,
      part,
      parts,
      issues,
    })),
  )
  const find = async (query: Record<string, string>): Promise<string[]> =>
    ((await get('/v1/issues', query)).issues as { code: string }[]).map(({ code }) => code)
  assert.deepEqual(await find({}), ['1301', '6758', '7203', '720A'])
  assert.equal(cacheControl, 'public, max-age=60')
  assert.deepEqual(await find({ q: '72' }), ['7203', '720A'])
  assert.deepEqual(await find({ q: '7' }), ['7203', '720A', '1301'])
  assert.deepEqual(await find({ q: 'トヨタ' }), ['7203'])
  assert.deepEqual(await find({ q: 'ﾄﾖﾀ' }), ['7203'])
  assert.deepEqual(await find({ q: 'toyo' }), ['1301'])
  assert.deepEqual(await find({ limit: '1' }), ['1301'])
  const [first] = (await get('/v1/issues', { q: '7203' })).issues as unknown[]
  assert.deepEqual(first, {
    ...listedIssue('7203', 'トヨタ自動車'),
    date: '2026-11-20',
    basePrice: 2183.5,
    limits: { upper: 2683.5, lower: 1683.5, computed: true },
    tick: { table: 'topix500', size: 0.5, computed: true },
  })
})

test('the status has the last report of each line, and the phase of the calendar while all lines are silent', async t => {
  const state = { type: 'line', line: 3, state: 'live', since: '2026-11-20T08:59:00.000000+09:00' } as const
  const phase = {
    type: 'phase',
    phase: 'order-acceptance',
    time: '2026-11-20T08:00:00.000000+09:00',
  } as const
  await store(state)
  assert.equal((await get('/v1/status')).phase, 'morning')
  await store({ ...phase, phase: 'closed', time: '2026-11-19T16:30:00.000000+09:00' })
  assert.equal((await get('/v1/status')).phase, 'morning')
  await store(phase)
  const { phase: reported, lines } = await get('/v1/status')
  assert.deepEqual([reported, lines], ['order-acceptance', [state]])
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + SILENT_AFTER_MS + 1 })
  const { phase: expected, lines: silent } = await get('/v1/status')
  assert.equal(expected, 'morning')
  assert.deepEqual(
    (silent as { state: string }[]).map(line => line.state),
    ['stale'],
  )
  const other = { ...state, line: 2, since: '2026-11-20T09:00:00.000000+09:00' }
  await store(other)
  const { phase: heard, lines: mixed } = await get('/v1/status')
  assert.equal(heard, 'order-acceptance')
  assert.deepEqual(
    (mixed as { state: string }[]).map(line => line.state),
    ['live', 'stale'],
  )
})
