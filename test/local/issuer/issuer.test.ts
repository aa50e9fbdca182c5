import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { type Issuer, startIssuer } from '../../../local/issuer/issuer.ts'
import { TOKEN_SECONDS, type TokenOverrides } from '../../../local/issuer/token-signer.ts'

describe('the local issuer', () => {
  let issuer: Issuer
  before(async () => {
    issuer = await startIssuer({ port: 0 })
  })
  after(() => issuer.close())

  async function verify(token: string) {
    const discovery = await (await fetch(`${issuer.url}/.well-known/openid-configuration`)).json()
    const keys = createRemoteJWKSet(new URL((discovery as { jwks_uri: string }).jwks_uri))
    return jwtVerify(token, keys, { issuer: issuer.url, audience: issuer.audience })
  }

  it('gives a page of another origin a token that verifies with the published keys', async () => {
    const response = await fetch(issuer.tokenUrl, { method: 'POST' })
    assert.equal(response.headers.get('access-control-allow-origin'), '*')
    const { access_token: token, expires_in: seconds } = (await response.json()) as {
      access_token: string
      expires_in: number
    }
    const { payload } = await verify(token)
    assert.equal(payload.sub, 'local-user')
    assert.equal(seconds, TOKEN_SECONDS)
    assert.equal(payload.exp! - payload.iat!, TOKEN_SECONDS)
  })

  it('gives a token of another user to those who ask for it', async () => {
    const response = await fetch(`${issuer.tokenUrl}?user=ken`, { method: 'POST' })
    const { access_token: token } = (await response.json()) as { access_token: string }
    assert.equal((await verify(token)).payload.sub, 'ken')
  })

  it('gives a program a token for its password alone', async () => {
    issuer.programs.set('canary', 'open sesame')
    const ask = (client_id: string, client_secret: string) =>
      fetch(issuer.tokenUrl, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret }),
      })
    const { access_token: token } = (await (await ask('canary', 'open sesame')).json()) as {
      access_token: string
    }
    const { payload } = await verify(token)
    assert.deepEqual([payload.sub, payload.scope], ['canary', issuer.scope])
    for (const [id, password] of [
      ['canary', 'open'],
      ['other', 'open sesame'],
    ] as const) {
      const answer = await ask(id, password)
      assert.equal(answer.status, 400)
      assert.equal(((await answer.json()) as { error: string }).error, 'invalid_client')
    }
  })

  it('puts the requested subject into the token', async () => {
    const { payload } = await verify(await issuer.token('another-user'))
    assert.equal(payload.sub, 'another-user')
  })

  const refused: readonly [name: string, overrides: TokenOverrides, code: string][] = [
    ['has expired', { expiresIn: -60 }, 'ERR_JWT_EXPIRED'],
    ['is for another audience', { audience: 'another-app' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['is from another issuer', { issuer: 'https://issuer.example' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    ['is signed with an unpublished key', { unknownKey: true }, 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
  ]
  for (const [name, overrides, code] of refused) {
    it(`can make a token that ${name}`, async () => {
      await assert.rejects(verify(await issuer.token('local-user', overrides)), { code })
    })
  }

  it('answers 404 for an unknown path', async () => {
    assert.equal((await fetch(`${issuer.url}/token`)).status, 404)
  })
})
