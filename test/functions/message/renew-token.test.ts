/** Renewal of tokens, and messages of connections whose token has expired or whose user has no access any more. */
import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { createAnswers } from '../../../functions/message/answers.ts'
import { systemClock } from '../../../market/clock.ts'
import type { ClientMessage, ServerMessage } from '../../../market/protocol.ts'
import { asEpochSeconds, type EpochSeconds } from '../../../market/units.ts'
import {
  addConnection,
  type ConnectionStart,
  changeConnection,
  markGone,
  readConnection,
} from '../../../tables/connections/connections-table.ts'
import { admitByName } from '../admissions.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const ROOM = 'room-0'
const NOW = Date.parse('2026-11-20T10:00:00+09:00')
/** Returns a time so many seconds after {@link NOW}. */
const at = (seconds: number): EpochSeconds => asEpochSeconds(NOW / 1000 + seconds)

let tables: Tables
let answers: ReturnType<typeof createAnswers>
before(async () => {
  tables = await startTables()
  const boards = { client: tables.client, table: TABLES.BOARDS_TABLE }
  answers = createAnswers({
    connections: connections(),
    boards,
    clock: systemClock,
    publishesBasePrices: true,
    admit: admitByName,
  })
})
after(() => tables[Symbol.asyncDispose]())

const connections = () => ({ client: tables.client, table: TABLES.CONNECTIONS_TABLE })
const itemOf = (app: string) => readConnection(connections(), ROOM, app)

/** Opens a connection at {@link NOW}, by a clock that the test moves. */
async function open(t: TestContext, app: string, start: ConnectionStart) {
  t.mock.timers.enable({ apis: ['Date'], now: NOW })
  await addConnection(connections(), ROOM, app, start)
  return (message: ClientMessage): Promise<ServerMessage[]> => answers(ROOM, app, JSON.stringify(message))
}

const tokenOf = (user: string, end: EpochSeconds) => ({ action: 'token', token: `${user}:${end}` }) as const
const KEN = { user: 'ken', tokenExpires: at(60) }
const EXPIRED: ServerMessage = {
  type: 'end',
  code: 'token-expired',
  number: 4002,
  message: 'The access token has expired.',
}

test('a new token of the user moves the end of the connection', async t => {
  const send = await open(t, 'renews', KEN)
  assert.deepEqual(await send({ ...tokenOf('ken', at(3_600)), id: 'r' }), [
    { type: 'token', expires: '2026-11-20T02:00:00.000Z', id: 'r' },
  ])
  const item = await itemOf('renews')
  assert.deepEqual([item?.user, item?.tokenExpires], ['ken', at(3_600)])
  const [subscribed] = await send({ action: 'subscribe', issues: ['7203'] })
  assert.equal(subscribed?.type === 'subscribed' && subscribed.tokenExpires, '2026-11-20T02:00:00.000Z')
  t.mock.timers.tick(3_604_000)
  assert.equal((await send({ action: 'ping' }))[0]?.type, 'pong')
})

test('a connection has the scopes of the token that ends last', async t => {
  const send = await open(t, 'scopes', { ...KEN, scopes: ['prices/all'] })
  await send({ action: 'token', token: `ken:${at(600)}:prices/realtime` })
  await send({ action: 'token', token: `ken:${at(500)}:prices/all` })
  assert.deepEqual((await itemOf('scopes'))?.scopes, ['prices/realtime'])
})

test('a connection has no scopes after a renewal without any', async t => {
  const send = await open(t, 'no-scopes', { ...KEN, scopes: ['prices/all'] })
  await send(tokenOf('ken', at(600)))
  const item = await itemOf('no-scopes')
  assert.deepEqual([item?.tokenExpires, item?.scopes], [at(600), undefined])
})

test('a token that ends earlier changes nothing, also if both come at once', async t => {
  const send = await open(t, 'earlier', KEN)
  const later = [{ type: 'token', expires: '2026-11-20T01:10:00.000Z' }]
  await send(tokenOf('ken', at(600)))
  assert.deepEqual(await send(tokenOf('ken', at(599))), later)
  const ends = [700, 800, 900, 650, 750]
  await Promise.all(ends.map(end => send(tokenOf('ken', at(end)))))
  assert.equal((await itemOf('earlier'))?.tokenExpires, at(900))
})

test('the token of another user and a bad token are refused, and the connection keeps its end', async t => {
  const send = await open(t, 'refused', KEN)
  const [other] = await send({ ...tokenOf('yui', at(3_600)), id: 1 })
  assert.deepEqual(other, {
    type: 'error',
    code: 'other-user',
    number: 4004,
    message: 'expected a token of the user of the connection, got one of another user',
    id: 1,
  })
  const [bad] = await send({ action: 'token', token: 'rubbish' })
  assert.ok(bad?.type === 'error' && bad.code === 'bad-token')
  const item = await itemOf('refused')
  assert.deepEqual([item?.user, item?.tokenExpires], ['ken', at(60)])
})

test('five seconds after its token every message of a connection gets the end, and changes nothing', async t => {
  const send = await open(t, 'expires', KEN)
  await send({ action: 'subscribe', issues: ['7203'] })
  t.mock.timers.tick(64_999)
  assert.equal((await send({ action: 'ping' }))[0]?.type, 'pong')
  const before = await itemOf('expires')
  t.mock.timers.tick(1)
  const messages: ClientMessage[] = [
    { action: 'ping' },
    { action: 'subscribe', issues: ['6758'] },
    { action: 'unsubscribe', issues: ['7203'] },
    { action: 'snapshot', issues: ['7203'] },
    { action: 'pace', pace: 1_000 },
    tokenOf('ken', at(3_600)),
  ]
  for (const message of messages) assert.deepEqual(await send(message), [EXPIRED], message.action)
  assert.deepEqual(await itemOf('expires'), before)
})

test('a connection whose user an operator has cut off gets the end', async t => {
  const send = await open(t, 'cut', KEN)
  const condition = { expression: 'attribute_exists(changedAt)' }
  await changeConnection(connections(), ROOM, 'cut', { set: { ends: 'access-ended' }, condition })
  const end = { type: 'end', code: 'access-ended', number: 4005 }
  for (const message of [{ action: 'ping' }, tokenOf('ken', at(3_600))] as const) {
    const [answer, ...others] = await send(message)
    assert.deepEqual(answer, { ...end, message: 'An operator has ended the access of the user.' })
    assert.deepEqual(others, [])
  }
})

test('a connection of an older release goes on without an end, until it sends a token', async t => {
  const send = await open(t, 'older', {})
  t.mock.timers.tick(7_000_000)
  const [subscribed] = await send({ action: 'subscribe', issues: ['7203'] })
  assert.ok(subscribed?.type === 'subscribed' && !('tokenExpires' in subscribed))
  assert.equal((await send(tokenOf('ken', at(9_000))))[0]?.type, 'token')
  const item = await itemOf('older')
  assert.deepEqual([item?.user, item?.tokenExpires], ['ken', at(9_000)])
})

test('a connection that has ended cannot renew its token', async t => {
  const send = await open(t, 'gone', KEN)
  await markGone(connections(), ROOM, 'gone')
  const [error] = await send(tokenOf('ken', at(3_600)))
  assert.ok(error?.type === 'error' && error.code === 'not-connected')
})

test('an error about a token repeats no part of it', async t => {
  const send = await open(t, 'secret', KEN)
  const secrets = ['S3CRET'.repeat(2_000), '', ['S3CRET'], { S3CRET: 'S3CRET' }]
  for (const token of secrets) {
    const [error] = await send({ action: 'token', token } as ClientMessage)
    assert.ok(error?.type === 'error' && error.code === 'bad-message')
    assert.ok(!error.message.includes('S3CRET'), error.message)
  }
})
