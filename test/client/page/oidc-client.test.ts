/** Issuers that differ from the local one. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createOidcClient } from '../../../client/page/oidc-client.ts'
import type { OidcConfig } from '../../../client/page/page-config.ts'
import { nowMillis } from '../../../market/units.ts'

const PAGE = 'http://localhost:8080/'

/** Starts an issuer. @param discovery adds to its discovery document. @param tokens is its answer to requests for tokens. */
async function startIssuer(t: TestContext, discovery: object, tokens: object): Promise<OidcConfig> {
  const server = createServer(({ url }, response) => {
    const own = { issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` }
    const answer = url === '/token' ? tokens : { ...own, ...discovery }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`
  return { kind: 'oidc', issuer, clientId: 'board-page', scope: 'prices' }
}

test('Cognito signs out at its own address, with parameters of its own', async t => {
  const config = await startIssuer(t, { end_session_endpoint: 'https://unused.example' }, {})
  const client = createOidcClient({ ...config, cognitoUrl: 'https://x.auth.example' }, PAGE)
  assert.equal(
    await client.signOut(undefined),
    'https://x.auth.example/logout?client_id=board-page&logout_uri=http%3A%2F%2Flocalhost%3A8080%2F',
  )
})

test('an issuer signs out at the address that it names, if any', async t => {
  const named = await startIssuer(t, { end_session_endpoint: 'https://login.example/out?x=1' }, {})
  assert.equal(
    await createOidcClient(named, PAGE).signOut(undefined),
    'https://login.example/out?x=1&client_id=board-page&post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A8080%2F',
  )
  assert.equal(await createOidcClient(await startIssuer(t, {}, {}), PAGE).signOut('token'), undefined)
})

test('a refresh token that does not change is kept, and a token without a stated life is renewed soon', async t => {
  const config = await startIssuer(t, {}, { access_token: 'a', token_type: 'Bearer' })
  const before = nowMillis()
  const { accessToken, refreshToken, until } = await createOidcClient(config, PAGE).refresh('kept')
  assert.deepEqual([accessToken, refreshToken], ['a', 'kept'])
  // Half of five minutes.
  assert.ok(until >= before + 150_000 && until <= nowMillis() + 150_000)
})

test('a token of an hour is renewed 200 s before its end', async t => {
  const config = await startIssuer(t, {}, { access_token: 'a', token_type: 'Bearer', expires_in: 3600 })
  const before = nowMillis()
  const { until } = await createOidcClient(config, PAGE).refresh('kept')
  assert.ok(until >= before + 3_400_000 && until <= nowMillis() + 3_400_000)
})

test('a discovery document of another issuer is refused', async t => {
  const config = await startIssuer(t, { issuer: 'https://other.example' }, {})
  await assert.rejects(createOidcClient(config, PAGE).begin(), { name: 'SignInError', problem: 'failed' })
})
