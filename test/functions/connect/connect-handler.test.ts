import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AwsError } from '@itastream/local-cloud/aws-error'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import fc from 'fast-check'
import type { JWTPayload } from 'jose'
import { nowMillis } from '../../../market/units.ts'
import { type ConnectionItem, readConnection, roomOf } from '../../../tables/connections/connections-table.ts'
import { readKeptKeys } from '../../../tables/connections/kept-keys.ts'
import { readAccess, tokyoMonth } from '../../../tables/users/access-records.ts'
import { writeCut } from '../../../tables/users/user-cut.ts'
import { signingKey, startTestIssuer, type TestIssuer } from '../../sign-in/test-issuer.ts'
import { until } from '../../until.ts'
import { type CapturedMetrics, captureMetrics } from '../captured-metrics.ts'
import { lambdaContext, socketEvent } from '../invoke.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const ROOM_COUNT = 4
const AUDIENCE = 'itastream-apps'
/** Claims of a token of a user with real-time data. */
const USER = { sub: 'user-1', scope: 'openid prices/all' }
const GOOD = { ...USER, aud: AUDIENCE }

let tables: Tables
let issuer: TestIssuer
let metrics: CapturedMetrics
/** Whether the users table refuses records of access. */
let refusesRecords = false
let connect: (
  id: string,
  headers?: Record<string, string>,
  query?: Record<string, string>,
) => Promise<APIGatewayProxyStructuredResultV2>

before(async () => {
  tables = await startTables({
    answer: async ({ operation, input, run }) => {
      const isRecord = operation === 'UpdateItem' && JSON.stringify(input).includes('access#')
      if (refusesRecords && isRecord) throw new AwsError(400, 'AccessDeniedException', 'no')
      return run(input)
    },
  })
  issuer = await startTestIssuer()
  Object.assign(process.env, {
    ROOM_COUNT: String(ROOM_COUNT),
    TOKEN_ISSUER: issuer.url,
    TOKEN_AUDIENCE: AUDIENCE,
    TOKEN_SCOPES: 'prices/realtime prices/all',
    FASTEST_PACE_MS: '250',
    CONNECTIONS_A_USER: '100',
  })
  metrics = captureMetrics()
  const { handler } = await import('../../../functions/connect/connect-handler.ts')
  connect = (id, headers, query) => {
    const parts = { ...(headers && { headers }), ...(query && { queryStringParameters: query }) }
    return handler(socketEvent('CONNECT', id, parts), lambdaContext)
  }
})
after(async () => {
  metrics[Symbol.dispose]()
  await issuer[Symbol.asyncDispose]()
  await tables[Symbol.asyncDispose]()
})

const protocols = (bearer: string) => ({ 'Sec-WebSocket-Protocol': `itastream.v1, bearer.${bearer}` })
const storedItem = async (id: string): Promise<ConnectionItem | undefined> => {
  const table = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
  return readConnection(table, roomOf(id, ROOM_COUNT), id)
}
/** Returns the body of a refusal. */
const refusal = (code: string, number: number, message: string): string =>
  JSON.stringify({ code, number, message })
const isStored = async (id: string): Promise<boolean> => (await storedItem(id)) !== undefined

test('without the keys of the issuer a connect is an error, not a refusal', async t => {
  // Later connects are long enough after this one: the issuer is asked again.
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() - 60_000 })
  issuer.mode = 'fails'
  const token = await issuer.sign({ ...GOOD })
  await assert.rejects(connect('early', protocols(token)), /expected the keys of/)
  issuer.mode = 'answers'
  assert.equal(await isStored('early'), false)
})

test('connections are counted by whether they are refused; a connect without headers is refused', async () => {
  metrics.take()
  const token = await issuer.sign({ ...GOOD })
  assert.equal((await connect('counted', protocols(token))).statusCode, 200)
  assert.deepEqual(await connect('without headers'), {
    statusCode: 401,
    body: refusal('bad-token', 4001, 'expected the sub-protocols itastream.v1 and bearer.<access token>'),
  })
  assert.deepEqual(metrics.take(), [{ ConnectionsMade: 1 }, { ConnectionsRefused: 1 }])
})

test('a token of the issuer for this audience opens a connection', async () => {
  const accepted: [string, JWTPayload][] = [
    ['a', GOOD],
    ['b', { ...USER, aud: ['other', AUDIENCE] }],
    ['c', { ...USER, client_id: AUDIENCE, token_use: 'access' }],
    ['another client', { ...GOOD, client_id: 'other' }],
    ['another of the scopes', { ...GOOD, scope: 'prices/realtime' }],
  ]
  for (const [id, claims] of accepted) {
    const answer = await connect(id, protocols(await issuer.sign(claims)))
    assert.deepEqual(answer, { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'itastream.v1' } })
    assert.equal(await isStored(id), true)
  }
})

test('the keys of the issuer are kept in the table', async () => {
  const table = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
  await connect('keeps', protocols(await issuer.sign({ ...GOOD })))
  await until(async () => (await readKeptKeys(table, issuer.url)) !== undefined, 'kept keys')
  assert.deepEqual(await readKeptKeys(table, issuer.url), issuer.keys)
})

test('the header with the sub-protocols is found in any case', async () => {
  const [, value = ''] = Object.entries(protocols(await issuer.sign({ ...GOOD })))[0] ?? []
  assert.equal((await connect('d', { 'sec-websocket-protocol': value })).statusCode, 200)
})

test('a connection without a valid token is refused and not stored, and the answer does not contain the token', async () => {
  const good = await issuer.sign({ ...GOOD })
  const token = async (...[claims, options]: Parameters<TestIssuer['sign']>) =>
    protocols(await issuer.sign({ ...GOOD, ...claims }, options))
  const refused: [string, Record<string, string>, number][] = [
    ['no header', {}, 401],
    ['no token', { 'Sec-WebSocket-Protocol': 'itastream.v1' }, 401],
    ['no protocol of ours', { 'Sec-WebSocket-Protocol': `bearer.${good}` }, 401],
    ['rubbish', protocols('rubbish'), 401],
    ['expired', await token({}, { expiresIn: -300 }), 401],
    ['without an end', await token({}, { expiresIn: null }), 401],
    ['from the future', await token({}, { issuedIn: 60 }), 401],
    ['without a key id', await token({}, { kid: null }), 401],
    ['another issuer', await token({}, { issuer: 'https://example.com' }), 401],
    ['another key', await token({}, { key: signingKey(issuer.key.id) }), 401],
    ['an elliptic curve', await token({}, { key: signingKey('k1', 'P-256'), algorithm: 'ES256' }), 401],
    ['a padding that the gateway may refuse', await token({}, { algorithm: 'PS256' }), 401],
    [
      'unsigned',
      protocols(`${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`),
      401,
    ],
    ['another audience', await token({ aud: 'another' }), 403],
    ['another audience, of this client', await token({ aud: 'another', client_id: AUDIENCE }), 403],
    ['no audience, of this client', await token({ aud: [], client_id: AUDIENCE }), 403],
    ['a blank audience, of this client', await token({ aud: '', client_id: AUDIENCE }), 403],
    ['without a scope', await token({ scope: undefined }), 403],
    ['without the scope', await token({ scope: 'openid prices' }), 403],
    ['an identity token', await token({ token_use: 'id' }), 403],
    ['no user', await token({ sub: '' }), 403],
    ['a user with a long name', await token({ sub: 'u'.repeat(256) }), 403],
    ['an identity token by its hash', await token({ at_hash: 'MTIzNDU2Nzg5MDEyMzQ1Ng' }), 403],
  ]
  for (const [what, headers, status] of refused) {
    const answer = await connect(what, headers)
    assert.equal(answer.statusCode, status, what)
    const bearer = headers['Sec-WebSocket-Protocol']?.split('bearer.')[1]
    if (bearer !== undefined) assert.ok(!answer.body?.includes(bearer), what)
    assert.equal(await isStored(what), false, what)
  }
})

test('a connection knows its user, the end and the scopes of its token, and its client', async () => {
  const scope = 'openid prices/all profile'
  const token = await issuer.sign({ ...GOOD, scope, sub: 'u'.repeat(255) }, { expiresIn: 200 })
  const before = Math.floor(Date.now() / 1000)
  await connect('known', protocols(token), { client: 'itastream-js/1.0.0' })
  const item = await storedItem('known')
  assert.deepEqual([item?.user, item?.client, item?.connectedAt], ['u'.repeat(255), 'itastream-js/1.0.0', 0])
  assert.deepEqual(item?.scopes, ['prices/all'])
  // The token was signed in this second or the one before.
  const left = Number(item?.tokenExpires) - before
  assert.ok(left === 199 || left === 200, `expected 199 or 200 seconds, got ${left}`)
  const clients: [given: string, stored: string | undefined][] = [
    ['', undefined],
    ['名前 "1"\n', '__ _1__'],
    ['x'.repeat(41), 'x'.repeat(40)],
  ]
  for (const [index, [given, stored]] of clients.entries()) {
    await connect(`client ${index}`, protocols(token), { client: given })
    assert.equal((await storedItem(`client ${index}`))?.client, stored)
  }
})

test('a token that ends after the year 9999 counts until then', async () => {
  const token = await issuer.sign(GOOD, { expiresIn: 1e15 })
  assert.equal((await connect('eternal', protocols(token))).statusCode, 200)
  assert.equal((await storedItem('eternal'))?.tokenExpires, 253_402_300_799)
})

test('the pace of a connection is stored, within what its user may have', async () => {
  const cases: [claim: unknown, pace: string | undefined, granted: number, fastest: number][] = [
    [undefined, undefined, 500, 250],
    [undefined, '1000', 1_000, 250],
    [undefined, '100', 250, 250],
    [undefined, '99999', 5_000, 250],
    [100, '100', 100, 100],
    ['1000', undefined, 1_000, 1_000],
  ]
  for (const [index, [claim, pace, granted, fastest]] of cases.entries()) {
    const id = `paced ${index}`
    const claims = claim === undefined ? {} : { itastream_fastest_pace_ms: claim }
    const headers = protocols(await issuer.sign({ ...GOOD, ...claims }))
    const answer = await connect(id, headers, pace === undefined ? { other: 'x' } : { pace })
    assert.equal(answer.statusCode, 200, id)
    const item = await storedItem(id)
    assert.deepEqual([item?.pace, item?.fastestPace], [granted, fastest], id)
  }
})

test('a pace that is not a whole number is refused with 400, after the token', async () => {
  const headers = protocols(await issuer.sign({ ...GOOD }))
  for (const pace of ['', 'fast', '1.5', ' 100', '1e3', '0x64', '1'.repeat(39) + 'x'.repeat(900)]) {
    const { statusCode, body = '' } = await connect('bad pace', headers, { pace })
    assert.equal(statusCode, 400, pace)
    assert.match(
      body,
      /^{"code":"bad-parameter","number":3002,"message":"parameter pace: expected a whole number of milliseconds, got \\"/,
    )
    assert.ok(body.length < 180, body)
  }
  assert.equal((await connect('bad pace', protocols('rubbish'), { pace: 'fast' })).statusCode, 401)
  assert.equal(await isStored('bad pace'), false)
})

test('the encoding of a connection is stored; another value is refused with 400, after the token', async () => {
  const headers = protocols(await issuer.sign({ ...GOOD }))
  for (const [index, [query, stored]] of [
    [{}, 'json'],
    [{ encoding: 'json' }, 'json'],
    [{ encoding: 'deflate-1', pace: '1000' }, 'deflate-1'],
  ].entries() as ArrayIterator<[number, [Record<string, string>, string]]>) {
    const id = `encoded ${index}`
    assert.equal((await connect(id, headers, query)).statusCode, 200)
    assert.equal((await storedItem(id))?.encoding, stored)
  }
  for (const encoding of ['', 'gzip', 'deflate', 'DEFLATE-1', 'x'.repeat(900)]) {
    const { statusCode, body = '' } = await connect('bad encoding', headers, { encoding })
    assert.equal(statusCode, 400)
    assert.match(
      body,
      /^{"code":"bad-parameter","number":3002,"message":"parameter encoding: expected json or deflate-1, got \\"/,
    )
    assert.ok(body.length < 180, body)
  }
  assert.equal((await connect('bad encoding', protocols('rubbish'), { encoding: 'gzip' })).statusCode, 401)
  assert.equal(await isStored('bad encoding'), false)
})

test('a token whose claim is not a whole number is refused with 403', async () => {
  for (const claim of ['fast', 99.5, null, [100], true]) {
    const headers = protocols(await issuer.sign({ ...GOOD, itastream_fastest_pace_ms: claim }))
    const message = `claim itastream_fastest_pace_ms: expected a whole number of milliseconds, got ${JSON.stringify(claim)}`
    assert.deepEqual(await connect('bad claim', headers), {
      statusCode: 403,
      body: refusal('bad-token', 4001, message),
    })
  }
  assert.equal(await isStored('bad claim'), false)
})

const ENDED = 'expected a token issued after an operator ended the access of the user, got an older one'
const users = () => ({ client: tables.client, table: TABLES.USERS_TABLE })
const recordOf = async (user: string) =>
  (await readAccess(users(), tokyoMonth(nowMillis()))).find(({ item }) => item === user)

test('a connection is recorded as access of its user, a refused one is not', async () => {
  const sign = (scope: string, sub: string) => issuer.sign({ ...GOOD, sub, scope })
  const before = Date.now()
  assert.equal((await connect('recorded', protocols(await sign('prices/all', 'seen')))).statusCode, 200)
  const { firstBy, firstAt } = (await recordOf('seen')) ?? assert.fail('expected a record')
  assert.ok(firstBy === 'stream' && firstAt >= before && firstAt <= Date.now())
  assert.equal((await connect('not recorded', protocols(await sign('openid', 'unseen')))).statusCode, 403)
  assert.equal(await recordOf('unseen'), undefined)
})

test('a record that cannot be written refuses no connection, and counts', async () => {
  refusesRecords = true
  metrics.take()
  const headers = protocols(await issuer.sign({ ...GOOD, sub: 'unrecorded' }))
  assert.equal((await connect('unrecorded', headers)).statusCode, 200)
  assert.equal(await isStored('unrecorded'), true)
  assert.deepEqual(metrics.take(), [{ ConnectionsMade: 1, AccessUnrecorded: 1 }])
  refusesRecords = false
  await connect('recorded later', headers)
  assert.ok(await recordOf('unrecorded'))
})

test('a user whose access an operator has ended cannot connect with a token of before', async () => {
  const headers = protocols(await issuer.sign({ ...GOOD, sub: 'ended' }))
  assert.equal((await connect('before the end', headers)).statusCode, 200)
  await writeCut(users(), 'ended', 3_600)
  assert.deepEqual(await connect('ended', headers), {
    statusCode: 403,
    body: refusal('access-ended', 4005, ENDED),
  })
  assert.equal(await isStored('ended'), false)
})

test('any headers are answered with a refusal', async () => {
  const good = await issuer.sign({ ...GOOD })
  const offer = fc.oneof(
    fc.string(),
    fc.constantFrom('itastream.v1', 'ITASTREAM.V1', 'bearer.', 'bearer', '', ' ', `bearer.${good}x`, good),
    fc.jsonValue().map(value => `bearer.${Buffer.from(JSON.stringify(value)).toString('base64url')}`),
    fc.array(fc.base64String(), { minLength: 3, maxLength: 3 }).map(parts => `bearer.${parts.join('.')}`),
  )
  const header = fc.oneof(
    fc.array(offer, { maxLength: 6 }).map(offers => offers.join(', ')),
    fc.constantFrom(','.repeat(8_000), `itastream.v1,bearer.${'x.'.repeat(4_000)}`),
  )
  const name = fc.constantFrom('Sec-WebSocket-Protocol', 'SEC-WEBSOCKET-PROTOCOL', 'X-Other', '__proto__', '')
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, header), async headers => {
      const { statusCode, body = '' } = await connect('rubbish', headers)
      assert.ok(statusCode === 401 || statusCode === 403)
      assert.ok(Buffer.byteLength(body) < 300, `expected a short answer, got ${body}`)
    }),
    { numRuns: 500 },
  )
  assert.equal(await isStored('rubbish'), false)
})
