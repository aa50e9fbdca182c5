import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createRest } from '../../../client/page/rest-client.ts'

/** A REST API that answers each request with the next of `answers`. */
async function openRest(t: TestContext, answers: readonly object[], token?: string) {
  const requests: string[] = []
  const left = [...answers]
  const server = createServer((request, response) => {
    requests.push([request.url, request.headers.authorization].filter(Boolean).join(' '))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(left.shift() ?? {}))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return { rest: createRest(`http://127.0.0.1:${port}`, async () => token), requests }
}

const AS_OF = '2026-11-20T09:30:00.000000+09:00'
const AS_OF_TEXT = '2026-11-20T09%3A30%3A00.000000%2B09%3A00'

test('all issues are read page by page', async t => {
  const { rest, requests } = await openRest(t, [
    { issues: [{ code: '1301' }], next: 'a&b' },
    { issues: [{ code: '7203' }] },
  ])
  assert.deepEqual(
    (await rest.allIssues()).map(({ code }) => code),
    ['1301', '7203'],
  )
  assert.deepEqual(requests, ['/v1/issues?limit=5000', '/v1/issues?limit=5000&after=a%26b'])
})

test('a signed-in user reads issues and status with the token, and everything delayed without', async t => {
  const { rest, requests } = await openRest(t, [{ issues: [] }, { issues: [] }, {}, {}, {}, {}], 'secret')
  await rest.issues('ト', 12)
  await rest.allIssues()
  await rest.status()
  await rest.market()
  await rest.marketBefore('2026-11-20')
  await rest.delayedBoards(['7203', '6758'])
  assert.deepEqual(requests, [
    '/v1/realtime/issues?q=%E3%83%88&limit=12 Bearer secret',
    '/v1/realtime/issues?limit=5000 Bearer secret',
    '/v1/realtime/status Bearer secret',
    '/v1/market',
    '/v1/market?at=2026-11-20T00%3A00%3A00%2B09%3A00',
    '/v1/boards?issues=7203,6758',
  ])
})

test('all pages of trades and bars end at the moment of the first page', async t => {
  const pages = [
    { asOf: AS_OF, trades: [{ sequence: 1 }], bars: [{ close: 1 }], next: 'n' },
    { asOf: 'later', trades: [{ sequence: 2 }], bars: [{ close: 2 }] },
  ]
  const trades = await openRest(t, pages)
  const stored = await trades.rest.realtimeTrades('7203', AS_OF, 'secret')
  assert.deepEqual([stored.asOf, stored.trades.map(({ sequence }) => sequence)], ['later', [1, 2]])
  const path = `/v1/realtime/trades/7203?limit=5000&from=${AS_OF_TEXT}`
  assert.deepEqual(trades.requests, [
    `${path} Bearer secret`,
    `${path}&to=${AS_OF_TEXT}&after=n Bearer secret`,
  ])
  const bars = await openRest(t, pages)
  assert.deepEqual(
    (await bars.rest.bars('7203', '5m', { from: AS_OF })).bars.map(({ close }) => close),
    [1, 2],
  )
  assert.deepEqual(bars.requests, [
    `/v1/bars/7203?interval=5m&from=${AS_OF_TEXT}`,
    `/v1/bars/7203?interval=5m&from=${AS_OF_TEXT}&to=${AS_OF_TEXT}&after=n`,
  ])
  const first = await openRest(t, [{ asOf: AS_OF, bars: [] }])
  await first.rest.bars('7203', '1m', {})
  assert.deepEqual(first.requests, ['/v1/bars/7203?interval=1m'])
})
