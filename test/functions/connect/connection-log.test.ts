/** The lines that connect, message and disconnect log of a connection. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addressesOf } from '../../../functions/connect/app-address.ts'
import { asEpochSeconds } from '../../../market/units.ts'
import { addConnection, roomOf } from '../../../tables/connections/connections-table.ts'
import { startTestIssuer, type TestIssuer } from '../../sign-in/test-issuer.ts'
import { lambdaContext, socketEvent } from '../invoke.ts'
import { type Gateway, startGateway } from '../posts-gateway.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const AUDIENCE = 'itastream-apps'
const LEVELS = ['debug', 'info', 'warn', 'error'] as const

let tables: Tables
let gateway: Gateway
let issuer: TestIssuer
const lines: string[] = []
before(async t => {
  tables = await startTables()
  gateway = await startGateway()
  issuer = await startTestIssuer()
  Object.assign(process.env, {
    ROOM_COUNT: '1',
    TOKEN_ISSUER: issuer.url,
    TOKEN_AUDIENCE: AUDIENCE,
    FASTEST_PACE_MS: '250',
    TOKEN_SCOPES: 'prices/realtime',
    CONNECTIONS_A_USER: '2',
    LOG_ADDRESSES: 'on',
    WEBSOCKET_ENDPOINT: gateway.endpoint,
    POWERTOOLS_LOG_LEVEL: 'DEBUG',
    // The logger writes to the console that the test replaces.
    POWERTOOLS_DEV: 'true',
  })
  assert.ok('mock' in t)
  for (const level of LEVELS) t.mock.method(console, level, (text: string) => lines.push(text))
})
after(async () => {
  await issuer[Symbol.asyncDispose]()
  await gateway[Symbol.asyncDispose]()
  await tables[Symbol.asyncDispose]()
})

type Line = Readonly<Record<string, unknown>>
/** Returns the members of the lines with a message that differ from line to line. */
const linesOf = (...messages: string[]): Line[] =>
  lines
    .map(text => JSON.parse(text) as Line)
    .filter(({ message }) => messages.includes(String(message)))
    .map(({ message, connectionId, user, scopes, client, from, code, reason, seconds, ended }) =>
      JSON.parse(
        JSON.stringify({ message, connectionId, user, scopes, client, from, code, reason, seconds, ended }),
      ),
    )

test('a connection has one line at its start and one at its end, and no line has a token', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const { handler: connect } = await import('../../../functions/connect/connect-handler.ts')
  const { handler: message } = await import('../../../functions/message/message-handler.ts')
  const { handler: disconnect } = await import('../../../functions/disconnect/disconnect-handler.ts')
  const token = await issuer.sign({ aud: AUDIENCE, sub: 'ken', scope: 'openid prices/realtime' })
  const foreign = await issuer.sign({ aud: 'others', sub: 'ken' })
  const open = (id: string, bearer: string) =>
    connect(
      socketEvent('CONNECT', id, {
        headers: {
          'Sec-WebSocket-Protocol': `itastream.v1, bearer.${bearer}`,
          'X-Forwarded-For': '10.0.0.1, 203.0.113.7, 130.176.0.1',
        },
        queryStringParameters: { client: 'itastream-js/1.0.0' },
      }),
      lambdaContext,
    )
  for (const id of ['a=', 'b=', 'c=']) await open(id, token)
  await open('d=', foreign)
  await open('e=', `${token}x`)
  const table = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
  await addConnection(table, roomOf('old=', 1), 'old=', { user: 'yui', tokenExpires: asEpochSeconds(1) })
  for (const body of [{ action: 'token', token: foreign }, { action: 'token', token }, { token }])
    await message(socketEvent('MESSAGE', 'a=', { body: JSON.stringify(body) }), lambdaContext)
  await message(socketEvent('MESSAGE', 'a=', { body: `${token}` }), lambdaContext)
  for (const id of ['a=', 'old=', 'unknown=']) {
    const event = socketEvent('DISCONNECT', id)
    const connectedAt = Date.now() - 90_000
    await disconnect({ ...event, requestContext: { ...event.requestContext, connectedAt } }, lambdaContext)
  }

  const known = { user: 'ken', scopes: ['prices/realtime'], client: 'itastream-js/1.0.0' }
  const from = '203.0.113.7, 130.176.0.1'
  const refused = { message: 'connection refused', from }
  assert.deepEqual(linesOf('connected', 'connection refused'), [
    { message: 'connected', connectionId: 'a=', ...known, from },
    { message: 'connected', connectionId: 'b=', ...known, from },
    {
      ...refused,
      connectionId: 'c=',
      user: 'ken',
      code: 'too-many-connections',
      reason: 'expected at most 2 open connections of the user, got one more',
    },
    {
      ...refused,
      connectionId: 'd=',
      code: 'bad-token',
      reason: 'expected an access token for this audience, got one for another',
    },
    {
      ...refused,
      connectionId: 'e=',
      code: 'bad-token',
      reason: 'expected a valid access token, got ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    },
  ])
  const ended = { message: 'disconnected', seconds: 90 }
  assert.deepEqual(linesOf('disconnected'), [
    { ...ended, connectionId: 'a=', ...known },
    { ...ended, connectionId: 'old=', user: 'yui', ended: 'token-expired' },
    { ...ended, connectionId: 'unknown=' },
  ])
  const parts = [...token.split('.'), ...foreign.split('.')].map(part => part.slice(0, 20))
  // The first part of a token is its algorithm and key.
  const secrets = new Set(parts)
  for (const line of lines) for (const secret of secrets) assert.ok(!line.includes(secret), line)
})

test('the addresses of a connection are those that the gateways have appended, and never other text', () => {
  assert.equal(addressesOf(undefined), undefined)
  assert.equal(addressesOf(''), undefined)
  assert.equal(addressesOf('203.0.113.7'), '203.0.113.7')
  assert.equal(addressesOf('bearer.abc, 2001:db8::1,130.176.0.1'), '2001:db8::1, 130.176.0.1')
  assert.equal(addressesOf('unknown'), undefined)
})
