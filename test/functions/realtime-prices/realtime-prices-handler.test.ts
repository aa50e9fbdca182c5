import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { boardToJson } from '../../../market/board-to-json.ts'
import { momentOf } from '../../../market/moment.ts'
import { storeEvents, writeBoards } from '../boards-fixture.ts'
import { getRequest, lambdaContext } from '../invoke.ts'
import { recordsOf, store } from '../store-ticks/batch-delivery.ts'
import { stateStored } from '../stored-lanes.ts'
import { envelopesOf, ISSUES, MORNING, sampleTicks, TRADING_DATE } from '../stored-market.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const ticks = sampleTicks(20)
const lastOf = (issue: string) => boardToJson(ticks.findLast(tick => tick.board.issue === issue)!)

/** 10:00:00. Ticks older than a minute are stored. */
const NOW = momentOf(TRADING_DATE, MORNING) + 3_600_000_000

const STORED = momentOf(TRADING_DATE, MORNING + 59 * 60_000_000)

const LISTED = { name: '銘柄', section: 'プライム', unit: 100, basePrice: 10_000_000, topix500: false }

let tables: Tables
let get: (path: string, query?: Record<string, string>) => Promise<Record<string, unknown>>
let getWith: (claims: Record<string, string> | undefined) => Promise<Record<string, unknown>>
before(async () => {
  tables = await startTables()
  process.env.MARKET_CLOCK = `${Date.now() + 3_600_000}:${NOW / 1000}:1`
  await writeBoards({ client: tables.client, table: TABLES.BOARDS_TABLE }, ticks)
  await store(
    { client: tables.client, table: TABLES.TICKS_TABLE },
    recordsOf(envelopesOf([ticks.slice(0, 10)])),
  )
  await stateStored({ client: tables.client, table: TABLES.TICKS_TABLE }, TRADING_DATE, STORED)
  await storeEvents({ client: tables.client, table: TABLES.BOARDS_TABLE }, [
    {
      type: 'issues',
      line: 1,
      tradingDate: TRADING_DATE,
      part: 0,
      parts: 1,
      issues: ['1301', ...ISSUES].map(code => ({ ...LISTED, code })),
    },
  ])
  const { handler } = await import('../../../functions/realtime-prices/realtime-prices-handler.ts')
  get = async (path, query = {}) => {
    const { headers, body } = await handler(getRequest(path, query), lambdaContext)
    assert.equal(headers?.['cache-control'], 'no-store')
    assert.equal(headers?.vary, 'Origin')
    return JSON.parse(body ?? '')
  }
  getWith = async claims => {
    const request = getRequest('/v1/realtime/boards/6758')
    const { authorizer: _, ...context } = request.requestContext
    const requestContext = claims === undefined ? context : { ...context, authorizer: { jwt: { claims } } }
    const { body } = await handler({ ...request, requestContext }, lambdaContext)
    return JSON.parse(body ?? '')
  }
})
after(() => tables[Symbol.asyncDispose]())

test('the newest boards are answered in the order of the request, without issues that have no tick', async () => {
  assert.deepEqual(await get('/v1/realtime/boards', { issues: '7203,1301,6758' }), {
    delay: 'PT0S',
    boards: [lastOf('7203'), lastOf('6758')],
  })
})

test('one board is answered, or null without a tick', async () => {
  assert.deepEqual(await get('/v1/realtime/boards/6758', {}), {
    delay: 'PT0S',
    board: lastOf('6758'),
  })
  assert.deepEqual(await get('/v1/realtime/boards/1301', {}), { delay: 'PT0S', board: null })
})

test('the day of now comes from the newest board', async () => {
  const { last, volume, time } = lastOf('7203')
  const day = { issue: '7203', date: '2026-11-20', state: 'open' }
  const answer = await get('/v1/realtime/days/7203', {})
  assert.equal(answer.asOf, undefined)
  const shown = answer.day as Record<string, unknown>
  assert.deepEqual(
    [shown.issue, shown.date, shown.state, shown.last, shown.volume, shown.time],
    [day.issue, day.date, day.state, last, volume, time],
  )
  const several = await get('/v1/realtime/days', { issues: '1301,7203' })
  assert.deepEqual(several.days, [{ issue: '1301', date: '2026-11-20', state: 'open' }, answer.day])
})

test('ticks, and boards at a moment, come from the stored ticks', async () => {
  const asOf = '2026-11-20T09:59:00.000000+09:00'
  const storedOf = (issue: string) => ticks.slice(0, 10).filter(tick => tick.board.issue === issue)
  const stored = await get('/v1/realtime/ticks/7203', {})
  assert.deepEqual([stored.delay, stored.asOf], ['PT0S', asOf])
  assert.deepEqual(
    (stored.ticks as { sequence: number }[]).map(({ sequence }) => sequence),
    storedOf('7203').map(({ sequence }) => sequence),
  )
  const board = await get('/v1/realtime/boards/7203', { at: asOf })
  assert.deepEqual(board, { delay: 'PT0S', asOf, board: boardToJson(storedOf('7203').at(-1)!) })
  const tooRecent = await get('/v1/realtime/boards/7203', { at: '2026-11-20T09:59:00.000001+09:00' })
  assert.equal(tooRecent.youngest, asOf)
})

test('the answer about an unknown issue may not be kept', async () => {
  for (const [path, query] of [
    ['boards', {}],
    ['boards', { at: '2026-11-20T09:30:00+09:00' }],
    ['ticks', {}],
    ['days', {}],
  ] as const) {
    const { type, issue } = await get(`/v1/realtime/${path}/9999`, query)
    assert.deepEqual([type, issue], ['urn:itastream:problem:unknown-issue', '9999'])
  }
  const several = await get('/v1/realtime/boards', { issues: '7203,9999' })
  assert.deepEqual(several, { delay: 'PT0S', boards: [lastOf('7203')], unknown: ['9999'] })
})

test('only an access token reads prices, although the gateway lets other tokens of the issuer through', async () => {
  const accepted: Record<string, string>[] = [{}, { token_use: 'access' }, { scope: 'openid' }]
  for (const claims of accepted)
    assert.deepEqual((await getWith({ sub: 'user', ...claims })).board, lastOf('6758'))
  const refused: (Record<string, string> | undefined)[] = [
    { token_use: 'id' },
    { token_use: '' },
    { at_hash: 'x' },
    { c_hash: 'x' },
    { sub: '' },
    undefined,
  ]
  for (const claims of refused) {
    const { type, status } = await getWith(claims && { sub: 'user', ...claims })
    assert.deepEqual([type, status], ['urn:itastream:problem:no-access-token', 403], JSON.stringify(claims))
  }
})
