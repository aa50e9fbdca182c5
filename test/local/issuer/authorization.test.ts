import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { decodeJwt } from 'jose'
import { createAuthorization, RETRY_MS } from '../../../local/issuer/authorization.ts'
import { type Issuer, startIssuer } from '../../../local/issuer/issuer.ts'
import { refreshTokenOf, requestTokens, sendForm, startFlow } from './code-flow.ts'

const PAGE = 'http://localhost:8080/'
/** The example of RFC 7636, appendix B. */
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

describe('the authorization code flow of the local issuer', () => {
  let issuer: Issuer
  before(async () => {
    issuer = await startIssuer({ port: 0 })
  })
  after(() => issuer.close())

  /** Signs in, and returns the request for tokens. */
  async function signedIn(): Promise<Record<string, string>> {
    const { verifier, address } = startFlow(issuer, PAGE)
    const returned = await sendForm(address, { user: 'ken', answer: 'allow' })
    assert.equal(returned.searchParams.get('state'), 'state-1')
    assert.equal(returned.origin + returned.pathname, PAGE)
    const code = returned.searchParams.get('code') ?? ''
    return { grant_type: 'authorization_code', code, redirect_uri: PAGE, code_verifier: verifier }
  }

  it('shows a form with the user filled in, and gives tokens of this user', async () => {
    const { address } = startFlow(issuer, PAGE)
    const form = await fetch(address)
    assert.equal(form.headers.get('content-type'), 'text/html; charset=utf-8')
    assert.match(await form.text(), /<input name="user" value="local-user"/)
    const { status, body } = await requestTokens(issuer, await signedIn())
    const { sub, scope, client_id: client } = decodeJwt(String(body.access_token))
    assert.deepEqual([status, sub, scope, client], [200, 'ken', 'itastream/realtime', 'itastream-local'])
  })

  it('takes a code once, with its verifier and address only', async () => {
    const request = await signedIn()
    assert.equal((await requestTokens(issuer, request)).status, 200)
    const refused: Record<string, string>[] = [
      request,
      { ...(await signedIn()), code_verifier: 'x'.repeat(43) },
      { ...(await signedIn()), redirect_uri: 'http://localhost:8081/' },
    ]
    for (const each of refused) {
      const { status, body } = await requestTokens(issuer, each)
      assert.deepEqual([status, body.error], [400, 'invalid_grant'])
    }
  })

  it('changes a refresh token with each use, and ends all of a sign-in when one is revoked', async () => {
    const refresh = (token: string) =>
      requestTokens(issuer, { grant_type: 'refresh_token', refresh_token: token })
    const first = await refreshTokenOf(issuer, PAGE)
    const { body } = await refresh(first)
    const second = String(body.refresh_token)
    assert.notEqual(second, first)
    // The answer may have been lost.
    assert.equal((await refresh(first)).status, 200)
    await fetch(`${issuer.url}/revoke`, { method: 'POST', body: new URLSearchParams({ token: second }) })
    for (const token of [first, second]) assert.equal((await refresh(token)).body.error, 'invalid_grant')
  })

  it('refuses a used refresh token after a minute, and no other', () => {
    let now = 0
    const authorization = createAuthorization('page', () => now)
    const request = { redirectUri: PAGE, state: null, scope: 'openid', challenge: CHALLENGE }
    const code = new URL(authorization.allow(request, 'ken')).searchParams.get('code') ?? ''
    const grant = (fields: Record<string, string>): string =>
      authorization.grant(new URLSearchParams({ client_id: 'page', ...fields })).refreshToken
    const refresh = (token: string): string => grant({ grant_type: 'refresh_token', refresh_token: token })
    const first = grant({
      grant_type: 'authorization_code',
      code,
      redirect_uri: PAGE,
      code_verifier: VERIFIER,
    })
    now = 3_600_000
    const second = refresh(first)
    now += RETRY_MS
    refresh(first)
    now++
    assert.throws(() => refresh(first), /unknown or used/)
    refresh(second)
  })

  it('returns with access_denied if the user refuses', async () => {
    const returned = await sendForm(startFlow(issuer, PAGE).address, { answer: 'refuse' })
    assert.deepEqual(
      ['error', 'state', 'code'].map(name => returned.searchParams.get(name)),
      ['access_denied', 'state-1', null],
    )
  })

  it('shows no form for a request without PKCE, of another client, or that returns elsewhere', async () => {
    const wrong: Record<string, string>[] = [
      { code_challenge: '' },
      { code_challenge_method: 'plain' },
      { client_id: 'another' },
      { response_type: 'token' },
      { redirect_uri: 'https://page.example/' },
      { redirect_uri: 'http://localhost.example/' },
    ]
    for (const changes of wrong) {
      const response = await fetch(startFlow(issuer, PAGE, changes).address)
      const { error } = (await response.json()) as { error: string }
      assert.deepEqual([response.status, error], [400, 'invalid_request'], JSON.stringify(changes))
    }
  })

  it('returns to a page of this machine after signing out', async () => {
    const signOut = (address: string) =>
      fetch(`${issuer.url}/sign-out?${new URLSearchParams({ post_logout_redirect_uri: address })}`, {
        redirect: 'manual',
      })
    const response = await signOut(PAGE)
    assert.deepEqual([response.status, response.headers.get('location')], [303, PAGE])
    assert.equal((await signOut('https://page.example/')).status, 400)
  })
})
