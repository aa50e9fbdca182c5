/** Signing in at an issuer, in a real browser: the authorization code flow as users see it. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { decodeJwt } from 'jose'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from '../../browser.ts'
import { until } from '../../until.ts'
import { accessibilityFaults } from './page-checks.ts'
import { type PageFixture, startPageFixture } from './page-fixture.ts'
import { answerForm, signIn, signOut } from './user-sign-in.ts'

const VIEWPORT = { width: 1440, height: 900 }
/** Life of an access token, in seconds. */
const TOKEN_SECONDS = 4

describe('a user of the board page', () => {
  let browser: Browser
  let fixture: PageFixture
  before(async () => {
    ;[browser, fixture] = await Promise.all([
      openBrowser(),
      startPageFixture(undefined, { tokenSeconds: TOKEN_SECONDS }),
    ])
  })
  after(async () => {
    await browser.close()
    await fixture.close()
  })

  const openSignedOut = async (hash = '#7203') => {
    const opened = await fixture.open(browser, { viewport: VIEWPORT, hash, signedOut: true })
    await opened.page.locator('.hint button').waitFor()
    return opened
  }

  const live = (page: Page) => page.locator('[data-issue="7203"] .live .ladder .last').first()
  const stored = (page: Page): Promise<string[]> => page.evaluate(() => Object.values(sessionStorage))

  it('signs in, returns to the boards of before, and leaves no token or code in the address', async () => {
    const { page, problems, addresses } = await openSignedOut('#7203,6758')
    await signIn(page)
    await live(page).waitFor()
    assert.equal(page.url(), `${fixture.url}/#7203,6758`)
    assert.equal(await page.locator('.card').count(), 2)
    const token = fixture.server.tokens.at(-1) ?? ''
    assert.equal(decodeJwt(token).sub, 'local-user')
    assert.ok((await stored(page)).every(value => !value.includes(token)))
    assert.equal(await page.evaluate(() => localStorage.getItem('itastream.refresh-token')), null)
    assert.deepEqual(
      addresses.filter(address => /eyJ|refresh_token|verifier/.test(address)),
      [],
    )
    await page.goBack()
    assert.doesNotMatch(page.url(), /[?&]code=/)
    assert.deepEqual(problems, [])
    await page.context().close()
  })

  it('is still signed in after a reload, and not in a new tab', async () => {
    const { page } = await fixture.open(browser, { viewport: VIEWPORT, hash: '#7203' })
    await live(page).waitFor()
    await page.reload()
    await live(page).waitFor()
    const other = await page.context().newPage()
    await other.addInitScript(() => sessionStorage.removeItem('itastream.refresh-token'))
    await other.goto(`${fixture.url}/#7203`)
    await other.locator('.hint button').waitFor()
    await page.context().close()
  })

  it('keeps the connection while the token is renewed', async () => {
    fixture.server.tokenExpires = () => new Date(Date.now() + TOKEN_SECONDS * 1000).toISOString()
    const { page, problems } = await fixture.open(browser, { viewport: VIEWPORT, hash: '#7203' })
    await live(page).waitFor()
    const { tokens, renewals } = fixture.server
    const connections = tokens.length
    // The client waits 15 s at least before it renews a token.
    await until(() => renewals.length > 0, 'a renewal of the token', { limitMs: 60_000 })
    const [before = '', after = ''] = [tokens.at(-1), renewals[0]]
    assert.equal(decodeJwt(after).sub, 'local-user')
    assert.ok(decodeJwt(after).exp! > decodeJwt(before).exp!)
    assert.equal(tokens.length, connections)
    assert.deepEqual(problems, [])
    fixture.server.tokenExpires = () => undefined
    await page.context().close()
  })

  it('signs out here and at the issuer', async () => {
    const { page, addresses } = await fixture.open(browser, { viewport: VIEWPORT, hash: '#7203' })
    await live(page).waitFor()
    const [refreshToken = ''] = (await stored(page)).filter(value => value !== 'yes')
    await signOut(page)
    assert.equal(page.url(), `${fixture.url}/#7203`)
    assert.ok(addresses.some(address => address.startsWith(`${fixture.issuer.url}/sign-out?`)))
    assert.ok(addresses.includes(`${fixture.issuer.url}/revoke`))
    assert.deepEqual(
      (await stored(page)).filter(value => value !== 'yes'),
      [],
    )
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: fixture.issuer.audience,
      refresh_token: refreshToken,
    })
    assert.equal((await fetch(fixture.issuer.tokenUrl, { method: 'POST', body })).status, 400)
    await page.context().close()
  })

  it('is told that the sign-in was cancelled', async () => {
    const { page } = await openSignedOut()
    await page.locator('.hint button').click()
    await answerForm(page, 'キャンセル Cancel')
    await page
      .locator('.notice', { hasText: 'サインインを取り消しました。 Sign-in was cancelled.' })
      .waitFor()
    assert.equal(page.url(), `${fixture.url}/#7203`)
    // What everybody may see is there at once.
    await page.locator('.phase', { hasText: '前場' }).waitFor()
    await page.locator('[data-issue="7203"]', { hasText: '髙﨑自動車' }).waitFor()
    await page.locator('.delayed .ladder .last').waitFor()
    assert.deepEqual(await accessibilityFaults(page), [])
    await page.context().close()
  })

  it('is not signed in by an answer with a wrong state, or one that was not asked for', async () => {
    const { page, addresses } = await openSignedOut()
    const notice = page.locator('.notice', { hasText: 'サインインできませんでした' })
    await page.goto(`${fixture.url}/?code=stolen&state=invented#7203`)
    await notice.waitFor()
    await page.locator('.hint button').click()
    await page.waitForURL(`${fixture.issuer.url}/authorize?*`)
    await page.goto(`${fixture.url}/?code=stolen&state=invented`)
    await notice.waitFor()
    assert.equal(page.url(), `${fixture.url}/#7203`)
    await page.locator('.hint button').waitFor()
    assert.ok(!addresses.includes(fixture.issuer.tokenUrl))
    await page.context().close()
  })

  it('stays signed in when a link brings a wrong answer', async () => {
    const { page } = await fixture.open(browser, { viewport: VIEWPORT, hash: '#7203' })
    await live(page).waitFor()
    await page.goto(`${fixture.url}/?code=stolen&state=invented#7203`)
    await page.locator('.notice', { hasText: 'サインインできませんでした' }).waitFor()
    await live(page).waitFor()
    await page.context().close()
  })

  it('is told that the sign-in has ended, when the issuer refuses to renew it', async () => {
    const { page } = await openSignedOut()
    await page.evaluate(() => sessionStorage.setItem('itastream.refresh-token', 'of yesterday'))
    await page.reload()
    await page.locator('.notice', { hasText: 'サインインの有効期限が切れました' }).waitFor()
    await page.locator('.hint button').waitFor()
    assert.deepEqual(await stored(page), [])
    await page.context().close()
  })

  it('is told that the issuer cannot be reached', async () => {
    const { page } = await openSignedOut()
    await page.route('**/.well-known/openid-configuration', route => route.abort())
    await page.locator('.hint button').click()
    await page.locator('.notice', { hasText: 'サインインのサーバーに接続できません' }).waitFor()
    await page.context().close()
  })
})
