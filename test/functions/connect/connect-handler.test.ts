import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { readRoom, roomOf } from '../../../tables/connections/connections-table.ts'
import { lambdaContext, socketEvent } from '../invoke.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const ROOM_COUNT = 4
const AUDIENCE = 'itastream-apps'
const ALGORITHM = 'ES256'

let tables: Tables
let issuerServer: Server
let issuer: string
let token: (
  claims: JWTPayload,
  options?: { expires?: string | false; issuer?: string; foreignKey?: boolean },
) => Promise<string>
let connect: (id: string, headers: Record<string, string>) => Promise<APIGatewayProxyStructuredResultV2>

before(async () => {
  tables = await startTables()
  const [keys, foreignKeys] = await Promise.all([generateKeyPair(ALGORITHM), generateKeyPair(ALGORITHM)])
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: ALGORITHM, use: 'sig' }
  issuerServer = createServer((request, response) => {
    const documents: Record<string, unknown> = {
      '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/keys` },
      '/keys': { keys: [jwk] },
    }
    const document = documents[request.url ?? '']
    response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(document ?? {}))
  })
  issuerServer.listen(0, '127.0.0.1')
  await once(issuerServer, 'listening')
  issuer = `http://127.0.0.1:${(issuerServer.address() as AddressInfo).port}`
  token = (claims, { expires = '5m', ...options } = {}) => {
    const unsigned = new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, kid: 'k1' })
      .setIssuedAt()
      .setIssuer(options.issuer ?? issuer)
    if (expires !== false) unsigned.setExpirationTime(expires)
    return unsigned.sign(options.foreignKey ? foreignKeys.privateKey : keys.privateKey)
  }
  Object.assign(process.env, {
    ROOM_COUNT: String(ROOM_COUNT),
    TOKEN_ISSUER: issuer,
    TOKEN_AUDIENCE: AUDIENCE,
  })
  const { handler } = await import('../../../functions/connect/connect-handler.ts')
  connect = (id, headers) => handler(socketEvent('CONNECT', id, { headers }), lambdaContext)
})
after(async () => {
  issuerServer.closeAllConnections()
  issuerServer.close()
  await tables[Symbol.asyncDispose]()
})

const protocols = (bearer: string) => ({ 'Sec-WebSocket-Protocol': `itastream.v1, bearer.${bearer}` })
const isStored = async (id: string): Promise<boolean> => {
  const table = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
  return (await readRoom(table, roomOf(id, ROOM_COUNT))).some(({ connection }) => connection === id)
}

test('a token of the issuer for this audience opens a connection', async () => {
  const accepted: [string, JWTPayload][] = [
    ['a', { aud: AUDIENCE }],
    ['b', { aud: ['other', AUDIENCE] }],
    ['c', { client_id: AUDIENCE, token_use: 'access' }],
  ]
  for (const [id, claims] of accepted) {
    const answer = await connect(id, protocols(await token(claims)))
    assert.deepEqual(answer, { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'itastream.v1' } })
    assert.equal(await isStored(id), true)
  }
})

test('the header with the sub-protocols is found in any case', async () => {
  const [, value = ''] = Object.entries(protocols(await token({ aud: AUDIENCE })))[0] ?? []
  assert.equal((await connect('d', { 'sec-websocket-protocol': value })).statusCode, 200)
})

test('a connection without a valid token is refused and not stored, and the answer does not contain the token', async () => {
  const good = await token({ aud: AUDIENCE })
  const refused: [string, Record<string, string>, number][] = [
    ['no header', {}, 401],
    ['no token', { 'Sec-WebSocket-Protocol': 'itastream.v1' }, 401],
    ['no protocol of ours', { 'Sec-WebSocket-Protocol': `bearer.${good}` }, 401],
    ['rubbish', protocols('rubbish'), 401],
    ['expired', protocols(await token({ aud: AUDIENCE }, { expires: '-5m' })), 401],
    ['without an end', protocols(await token({ aud: AUDIENCE }, { expires: false })), 401],
    ['another issuer', protocols(await token({ aud: AUDIENCE }, { issuer: 'https://example.com' })), 401],
    ['another key', protocols(await token({ aud: AUDIENCE }, { foreignKey: true })), 401],
    [
      'unsigned',
      protocols(`${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`),
      401,
    ],
    ['another audience', protocols(await token({ aud: 'another' })), 403],
    ['an identity token', protocols(await token({ aud: AUDIENCE, token_use: 'id' })), 403],
  ]
  for (const [what, headers, status] of refused) {
    const answer = await connect(what, headers)
    assert.equal(answer.statusCode, status, what)
    const bearer = headers['Sec-WebSocket-Protocol']?.split('bearer.')[1]
    if (bearer !== undefined) assert.ok(!answer.body?.includes(bearer), what)
    assert.equal(await isStored(what), false, what)
  }
})
