/** Connects of users who have many connections. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { markGone, readConnection, roomOf } from '../../../tables/connections/connections-table.ts'
import { startTestIssuer, type TestIssuer } from '../../sign-in/test-issuer.ts'
import { type CapturedMetrics, captureMetrics } from '../captured-metrics.ts'
import { lambdaContext, socketEvent } from '../invoke.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const ROOM_COUNT = 2
const AUDIENCE = 'itastream-apps'

let tables: Tables
let issuer: TestIssuer
let metrics: CapturedMetrics
let connect: (id: string, user: string) => Promise<APIGatewayProxyStructuredResultV2>
before(async () => {
  tables = await startTables()
  issuer = await startTestIssuer()
  Object.assign(process.env, {
    ROOM_COUNT: String(ROOM_COUNT),
    TOKEN_ISSUER: issuer.url,
    TOKEN_AUDIENCE: AUDIENCE,
    FASTEST_PACE_MS: '250',
    CONNECTIONS_A_USER: '10',
  })
  metrics = captureMetrics()
  const { handler } = await import('../../../functions/connect/connect-handler.ts')
  connect = async (id, sub) => {
    const token = await issuer.sign({ aud: AUDIENCE, sub })
    const headers = { 'Sec-WebSocket-Protocol': `itastream.v1, bearer.${token}` }
    return handler(socketEvent('CONNECT', id, { headers }), lambdaContext)
  }
})
after(async () => {
  metrics[Symbol.dispose]()
  await issuer[Symbol.asyncDispose]()
  await tables[Symbol.asyncDispose]()
})

const connections = () => ({ client: tables.client, table: TABLES.CONNECTIONS_TABLE })
const roomOfId = (id: string) => roomOf(id, ROOM_COUNT)
const ids = (user: string, count: number) => Array.from({ length: count }, (_, index) => `${user}-${index}=`)

test('of many connects of a user at once ten are accepted; the others are refused with 429', async () => {
  metrics.take()
  const all = ids('ken', 14)
  const answers = await Promise.all(all.map(id => connect(id, 'ken')))
  const statuses = answers.map(({ statusCode }) => statusCode)
  assert.equal(statuses.filter(status => status === 200).length, 10)
  const refused = answers.filter(({ statusCode }) => statusCode !== 200)
  const body = JSON.stringify({
    code: 'too-many-connections',
    number: 3003,
    message: 'expected at most 10 open connections of the user, got one more',
  })
  assert.deepEqual(refused, Array(4).fill({ statusCode: 429, body }))
  for (const [index, id] of all.entries()) {
    const item = await readConnection(connections(), roomOfId(id), id)
    assert.equal(item !== undefined, statuses[index] === 200, id)
  }
  assert.equal((await connect('yui=', 'yui')).statusCode, 200)
  const counts = metrics.take()
  assert.equal(counts.filter(count => count.ConnectionsRefused === 1).length, 4)
})

test('a user whose connections have ended connects again', async t => {
  for (const id of ids('mai', 10)) assert.equal((await connect(id, 'mai')).statusCode, 200)
  for (const id of ids('mai', 10)) await markGone(connections(), roomOfId(id), id)
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 60_000 })
  assert.equal((await connect('again=', 'mai')).statusCode, 200)
})
