/** The canary with a secret: it gets a token, reads a board without the delay, and sees boards change. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { momentOf } from '../../../market/moment.ts'
import { type CapturedMetrics, captureMetrics } from '../captured-metrics.ts'
import { lambdaContext } from '../invoke.ts'
import { MORNING, TRADING_DATE } from '../stored-market.ts'
import { type LiveServer, startLiveServer } from './live-server.ts'

const OPENING = momentOf(TRADING_DATE, MORNING)
const SECRET = 'arn:aws:secretsmanager:ap-northeast-1:000000000000:secret:canary-Ab12Cd'
const TIME = '2026-11-20T09:00:00+09:00'
const PHASES = [
  { phase: 'closed', from: '2026-11-20T00:00:00+09:00' },
  { phase: 'order-acceptance', from: '2026-11-20T08:00:00+09:00' },
  { phase: 'closed', from: '2026-11-20T16:30:00+09:00' },
]
const REST: Readonly<Record<string, object>> = {
  '/v1/status': { phase: 'morning', lines: [{ line: 1, state: 'live' }] },
  '/v1/calendar': { phase: 'morning', days: [{ phases: PHASES }] },
  '/v1/issues': { issues: [{ code: '1301' }, { code: '1305' }] },
  '/v1/boards/1301': { asOf: TIME },
}

let server: Server
let live: LiveServer
let metrics: CapturedMetrics
/** The token that the issuer gives; undefined: it refuses. */
let issued: string | undefined
let boardStatus: number
const authorizations: (string | undefined)[] = []
let secrets: unknown[] = []
let ask: () => Promise<{ readonly problems: readonly { readonly where: string; readonly got: string }[] }>

/** The issuer, Secrets Manager and the REST API in one server. */
function answerTo(path: string, authorization: string | undefined, body: string): [number, object] {
  if (path === '/token') return issued === undefined ? [401, {}] : [200, { access_token: issued }]
  if (path === '/v1/realtime/boards/1301') {
    authorizations.push(authorization)
    return [boardStatus, { asOf: TIME }]
  }
  const found = REST[path]
  if (found !== undefined) return [200, found]
  secrets.push(JSON.parse(body))
  const url = `${process.env.REST_URL}/token`
  return [200, { ARN: SECRET, SecretString: JSON.stringify({ url, body: '' }) }]
}

before(async () => {
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    const { pathname } = new URL(request.url ?? '/', 'http://local')
    const [status, answer] = answerTo(pathname, request.headers.authorization, body)
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  live = await startLiveServer()
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'ap-northeast-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    REST_URL: url,
    WEBSOCKET_URL: live.url,
    CANARY_SECRET: SECRET,
    STORE_SECONDS: '180',
    MARKET_CLOCK: `${Date.now()}:${OPENING / 1000}:0.001`,
  })
  metrics = captureMetrics()
  const { handler } = await import('../../../functions/canary/canary-handler.ts')
  ask = () => handler({}, lambdaContext)
})
after(async () => {
  metrics[Symbol.dispose]()
  server.closeAllConnections()
  server.close()
  await live[Symbol.asyncDispose]()
})
beforeEach(() => {
  issued = 'good'
  boardStatus = 200
  live.answers = [
    JSON.stringify({ type: 'subscribed' }),
    JSON.stringify({ type: 'updates', updates: [{ issue: '1301' }] }),
  ]
})

/** Returns the problems, and `CanaryOk`. */
async function look(): Promise<readonly [readonly string[], unknown]> {
  metrics.take()
  const { problems } = await ask()
  const canary = metrics.take().find(published => 'CanaryOk' in published)
  return [problems.map(({ where, got }) => `${where}: ${got}`), canary?.CanaryOk]
}

test('an issuer that refuses fails the canary, and the connection is not tried', async () => {
  issued = undefined
  const { host } = new URL(process.env.REST_URL ?? '')
  assert.deepEqual(await look(), [[`access token: Error: expected 200 of ${host}, got 401`], 0])
  assert.deepEqual(live.paths, [])
})

test('a board without the delay and boards that change are right', async () => {
  secrets = []
  assert.deepEqual(await look(), [[], 1])
  assert.deepEqual(secrets, [{ SecretId: SECRET }])
  assert.deepEqual(authorizations, ['Bearer good'])
  assert.match(live.received[0] ?? '', /"issues":\["1301","1305"\]/)
})

test('a refused board and a connection without an answer are two problems', async () => {
  boardStatus = 403
  live.answers = ['{"type":"end"}']
  assert.deepEqual(await look(), [
    [`/v1/realtime/boards/1301: 403: {"asOf":"${TIME}"}`, `${live.url}: {"type":"end"}`],
    0,
  ])
})
