import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { F } from '../../../market/board.ts'
import { openBrowser } from '../../browser.ts'
import { accessibilityFaults } from './page-checks.ts'
import { type PageFixture, startPageFixture } from './page-fixture.ts'

const DESKTOP = { width: 1440, height: 900 }
/** The delayed side repeats a failed request after 5 s, and a busy machine is slow. */
const SLOW = { timeout: 20_000 }

/** A user must see from each of these states that the board may be wrong. */
describe('the board page without', () => {
  let browser: Browser
  let fixture: PageFixture
  before(async () => {
    ;[browser, fixture] = await Promise.all([openBrowser(), startPageFixture()])
  })
  after(async () => {
    await browser.close()
    await fixture.close()
  })

  /** Opens a page with a live board of 7203. */
  async function openLive(hash = '#7203'): Promise<{ page: Page; card: Locator; problems: string[] }> {
    const { page, problems } = await fixture.open(browser, { viewport: DESKTOP, hash })
    const card = page.locator('[data-issue="7203"]')
    await card.locator('.live .ladder .last').first().waitFor()
    assert.equal(await card.locator('.live .overlay').count(), 0)
    return { page, card, problems }
  }

  const overlayOf = async (card: Locator): Promise<string> =>
    (await card.locator('.live .overlay').textContent(SLOW)) ?? ''

  it('a complete line says that it recovers, on the boards of this line only', async () => {
    const { page, card } = await openLive()
    const since = '2026-11-20T09:32:00.000000+09:00'
    fixture.server.sendEvent({ type: 'line', line: 2, state: 'stale', since })
    await page.locator('.lamp.stale').waitFor()
    assert.equal(await page.locator('.overlay').count(), 0)
    fixture.server.sendEvent({ type: 'line', line: 1, state: 'recovering', since })
    await page.locator('.lamp.recovering').waitFor()
    assert.match(await overlayOf(card), /回線1 回復中 09:32:00から.*Line 1 recovering since 09:32:00/s)
    assert.equal(await card.locator('.live.stale, .summary.stale').count(), 2)
    // What is stale is grey, and still has the contrast of text.
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      assert.deepEqual(await accessibilityFaults(page), [], colorScheme)
      const colourOf = (selector: string): Promise<string> =>
        card.locator(selector).evaluate(element => getComputedStyle(element).color)
      assert.equal(await colourOf('.summary .change'), await colourOf('.summary dt >> nth=0'))
    }
    const later = '2026-11-20T09:32:10.000000+09:00'
    for (const line of [1, 2]) fixture.server.sendEvent({ type: 'line', line, state: 'live', since: later })
    await card.locator('.overlay').waitFor({ state: 'detached' })
    assert.equal(await card.locator('.live.stale, .summary.stale').count(), 0)
    await page.context().close()
  })

  it('an answer of the history says that its chart is loading, and then that there are no bars', async () => {
    const { page, card } = await openLive()
    const { history } = fixture
    const { until } = history
    // No trade is stored yet.
    history.until = 8 * 3_600_000_000
    const answered = Promise.withResolvers<void>()
    await page.route(/\/v1\/realtime\/.*bars/, async route => {
      await answered.promise
      await route.continue()
    })
    await page.getByRole('button', { name: 'チャート' }).click()
    const progress = card.locator('.chart > .about [role="status"]')
    await progress.filter({ hasText: '足を読み込んでいます。 Loading bars.' }).waitFor()
    assert.deepEqual(await accessibilityFaults(page), [])
    answered.resolve()
    await progress.filter({ hasText: '足がまだありません。 No bars yet.' }).waitFor(SLOW)
    history.until = until
    await page.context().close()
  })

  it('a connection says that it reconnects, and keeps the delayed board', async () => {
    const { page, card } = await openLive()
    fixture.server.refuse = true
    fixture.server.terminate()
    await page.locator('[data-connection="reconnecting"]', { hasText: '再接続中' }).waitFor()
    assert.match(await overlayOf(card), /接続しています/)
    assert.equal(await card.locator('.live.stale, .summary.stale').count(), 2)
    await card.locator('.delayed .ladder .last').first().waitFor()
    assert.equal(await card.locator('.delayed .overlay').count(), 0)
    fixture.server.refuse = false
    await page.locator('[data-connection="connected"]').waitFor(SLOW)
    await card.locator('.live .overlay').waitFor({ state: 'detached' })
    await page.context().close()
  })

  it('a token says that it is not connected, and connects when the issuer is back', async () => {
    const { page, card } = await openLive()
    await page.route('**/token', route => route.abort())
    await page.reload()
    await page.locator('[data-connection="reconnecting"]').waitFor(SLOW)
    assert.match(await overlayOf(card), /接続しています/)
    await card.locator('.delayed .ladder .last').first().waitFor()
    await page.unroute('**/token')
    await page.locator('[data-connection="connected"]').waitFor({ timeout: 40_000 })
    await card.locator('.live .overlay').waitFor({ state: 'detached' })
    await page.context().close()
  })

  it('delayed boards says so, keeps the last boards with their time, and goes on', async () => {
    const { page, card } = await openLive()
    const notice = page.locator('.notice', { hasText: '20分ディレイの板を更新できません' })
    const time = card.locator('.delayed h3 time')
    await time.filter({ hasText: '09:10:05 時点' }).waitFor()
    assert.equal(await notice.count(), 0)
    await page.route('**/v1/boards?*', route => route.fulfill({ status: 503 }))
    await notice.waitFor(SLOW)
    assert.match((await time.textContent()) ?? '', /09:10:05/)
    assert.equal(await card.locator('.live .overlay').count(), 0)
    await page.unroute('**/v1/boards?*')
    await notice.waitFor({ state: 'detached', ...SLOW })
    await page.context().close()
  })

  it('a first board says that it waits', async () => {
    const { issues } = fixture.rest
    fixture.rest.issues = [...issues, { ...issues[0]!, code: '1301', name: '静かな会社' }]
    const { page } = await openLive('#7203,1301')
    const quiet = page.locator('[data-issue="1301"]')
    await quiet.locator('.live .overlay', { hasText: '板を待っています' }).waitFor()
    await quiet.locator('.delayed .overlay', { hasText: 'この時刻の板はありません' }).waitFor(SLOW)
    fixture.truth.step('1301', { fields: [[F.over, 100]] })
    fixture.server.sendRound()
    await quiet.locator('.live .overlay').waitFor({ state: 'detached' })
    fixture.rest.issues = issues
    await page.context().close()
  })

  it('a readable message shows the error until the user closes it', async () => {
    const { page } = await openLive()
    fixture.server.sendText('{"type":"error","code":"bad-message","message":"expected <b>text</b>"}')
    const notice = page.getByRole('alert')
    await notice.filter({ hasText: 'expected <b>text</b> (bad-message)' }).waitFor()
    fixture.server.sendText('{"type":"updates","updates":7}')
    await notice.filter({ hasText: 'unreadable' }).waitFor()
    await notice.getByRole('button').click()
    await notice.waitFor({ state: 'detached' })
    await page.context().close()
  })

  it('a readable address shows the issues that it can read', async () => {
    const { page, problems } = await openLive('#7203,%,%E6%9D,x')
    assert.equal(await page.locator('.card').count(), 1)
    assert.deepEqual(problems, [])
    await page.evaluate(() => {
      location.hash = '#%,6758'
    })
    await page.locator('[data-issue="6758"]').waitFor()
    assert.equal(await page.locator('.card').count(), 1)
    assert.deepEqual(problems, [])
    await page.context().close()
  })

  it('a header for its policy loads nothing of other places', async () => {
    const { page } = await openLive()
    const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content')
    assert.match(policy ?? '', /^default-src 'none'; script-src 'self';/)
    const refused = await page.evaluate(async () => {
      const violation = new Promise<string>(resolve => {
        document.addEventListener('securitypolicyviolation', event => resolve(event.violatedDirective))
      })
      const script = document.createElement('script')
      script.src = 'https://example.com/x.js'
      document.head.append(script)
      return violation
    })
    assert.match(refused, /^script-src/)
    await page.context().close()
  })
})
