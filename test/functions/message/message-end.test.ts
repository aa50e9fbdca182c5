/** The function message with tokens of an issuer: renewal, and the end of a connection. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ServerMessage } from '../../../market/protocol.ts'
import { asEpochSeconds } from '../../../market/units.ts'
import {
  addConnection,
  type ConnectionStart,
  readConnection,
} from '../../../tables/connections/connections-table.ts'
import { startTestIssuer, type TestIssuer } from '../../sign-in/test-issuer.ts'
import { lambdaContext, socketEvent } from '../invoke.ts'
import { type Gateway, startGateway } from '../posts-gateway.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const ROOM = 'room-0'
const AUDIENCE = 'itastream-apps'

let tables: Tables
let issuer: TestIssuer
let gateway: Gateway
let invoke: (app: string, message: object) => Promise<ServerMessage[]>
before(async () => {
  tables = await startTables()
  issuer = await startTestIssuer()
  gateway = await startGateway()
  Object.assign(process.env, {
    ROOM_COUNT: '1',
    TOKEN_ISSUER: issuer.url,
    TOKEN_AUDIENCE: AUDIENCE,
    WEBSOCKET_ENDPOINT: gateway.endpoint,
  })
  const { handler } = await import('../../../functions/message/message-handler.ts')
  invoke = async (app, message) => {
    await handler(socketEvent('MESSAGE', app, { body: JSON.stringify(message) }), lambdaContext)
    return gateway.take(app)
  }
})
after(async () => {
  await gateway[Symbol.asyncDispose]()
  await issuer[Symbol.asyncDispose]()
  await tables[Symbol.asyncDispose]()
})

const connections = () => ({ client: tables.client, table: TABLES.CONNECTIONS_TABLE })
const open = (app: string, start: ConnectionStart) => addConnection(connections(), ROOM, app, start)
/** Returns the time so many seconds from now. */
const inSeconds = (seconds: number) => asEpochSeconds(Math.floor(Date.now() / 1000) + seconds)

test('a token of the issuer renews a connection; tokens that a connect would refuse do not', async () => {
  await open('app', { user: 'ken', tokenExpires: inSeconds(60) })
  const codeOf = async (...parameters: Parameters<TestIssuer['sign']>) => {
    const [answer] = await invoke('app', { action: 'token', token: await issuer.sign(...parameters) })
    return answer?.type === 'error' ? answer.code : answer?.type
  }
  assert.equal(await codeOf({ aud: 'another', sub: 'ken' }), 'bad-token')
  assert.equal(await codeOf({ aud: AUDIENCE, sub: 'ken' }, { expiresIn: -60 }), 'token-expired')
  assert.equal(await codeOf({ aud: AUDIENCE, sub: 'ken', token_use: 'id' }), 'bad-token')
  assert.equal(await codeOf({ aud: AUDIENCE, sub: 'yui' }), 'other-user')
  const token = await issuer.sign({ aud: AUDIENCE, sub: 'ken' }, { expiresIn: 3_600 })
  const [answer] = await invoke('app', { action: 'token', token })
  const { exp } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { exp: number }
  assert.deepEqual(answer, { type: 'token', expires: new Date(exp * 1000).toISOString() })
  assert.equal((await readConnection(connections(), ROOM, 'app'))?.tokenExpires, exp)
})

test('a connection that floods gets errors, then the end, and nothing after it', async () => {
  await open('floods', { user: 'ken', tokenExpires: inSeconds(60) })
  const types: string[] = []
  // More messages than a connection may send in the time that they take here.
  for (let index = 0; index < 2_000 && types.at(-1) !== 'end'; index++) {
    const [answer, ...others] = await invoke('floods', { action: 'ping' })
    assert.deepEqual(others, [])
    types.push(answer?.type ?? 'nothing')
  }
  const count = (type: string): number => types.filter(each => each === type).length
  assert.ok(count('pong') >= 50 && count('error') >= 100, `${count('pong')} pongs, ${count('error')} errors`)
  assert.equal(types.at(-1), 'end')
  assert.ok(gateway.closed.has('floods'))
  gateway.gone.delete('floods')
  assert.deepEqual(await invoke('floods', { action: 'ping' }), [])
})

test('a connection whose token has expired gets the end, and is closed', async () => {
  await open('late', { user: 'ken', tokenExpires: inSeconds(-10) })
  const [end, ...others] = await invoke('late', { action: 'subscribe', issues: ['7203'] })
  assert.ok(end?.type === 'end' && end.code === 'token-expired')
  assert.deepEqual(others, [])
  assert.ok(gateway.closed.has('late'))
})
