import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { decodeJwt } from 'jose'
import type { OidcConfig } from '../../../client/page/page-config.ts'
import { type Issuer, startIssuer } from '../../../local/issuer/issuer.ts'
import { signInByBrowser } from '../../../tools/ops/browser-sign-in.ts'
import { UnreachableError } from '../../../tools/ops/target.ts'
import { sendForm } from '../../local/issuer/code-flow.ts'

suite('a token for the shell', () => {
  let issuer: Issuer
  let config: OidcConfig
  before(async () => {
    issuer = await startIssuer({ port: 0 })
    config = { kind: 'oidc', issuer: issuer.url, clientId: issuer.audience, scope: issuer.scope }
  })
  after(() => issuer.close())

  /** Signs in, and goes to the address to which the issuer returns. @param change of this address. */
  async function answer(
    fields: Record<string, string>,
    change: (returned: URL) => void = () => {},
  ): Promise<{ token: Promise<string>; status: number; text: string }> {
    const { promise: shown, resolve: show } = Promise.withResolvers<string>()
    const token = signInByBrowser({ config, port: 0, show })
    // A caller awaits it after the browser has its answer.
    token.catch(() => {})
    const returned = await sendForm(new URL(await shown), fields)
    change(returned)
    const icon = await fetch(new URL('/favicon.ico', returned))
    assert.equal(icon.status, 404)
    const response = await fetch(returned)
    return { token, status: response.status, text: await response.text() }
  }

  test('is of the user who has signed in by the browser', async () => {
    const { token, status, text } = await answer({ user: 'ken', answer: 'allow' })
    const { sub, scope } = decodeJwt(await token)
    assert.deepEqual([sub, scope, status], ['ken', 'itastream/realtime', 200])
    assert.match(text, /Signed in: go back to the terminal/)
    assert.doesNotMatch(text, /eyJ/)
  })

  test('is not given to a user who refuses, and not for a wrong state', async () => {
    const refused = await answer({ answer: 'refuse' })
    assert.equal(refused.status, 400)
    await assert.rejects(refused.token, { name: 'UnreachableError', message: /^sign-in refused: / })
    const forged = await answer({ user: 'ken', answer: 'allow' }, url => url.searchParams.set('state', 'x'))
    assert.equal(forged.status, 400)
    await assert.rejects(forged.token, { message: /^sign-in failed: .*state/ })
  })

  test('needs an issuer that answers', async () => {
    const silent = { ...config, issuer: 'http://localhost:1' }
    await assert.rejects(
      signInByBrowser({ config: silent, port: 0, show: () => assert.fail('there is nothing to show') }),
      UnreachableError,
    )
  })
})
