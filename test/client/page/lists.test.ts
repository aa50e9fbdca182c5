/** The watchlist and the whole market in a real browser. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { F } from '../../../market/board.ts'
import type { MarketRowJson } from '../../../market/market-row.ts'
import { PRICE_SCALE } from '../../../market/units.ts'
import { openBrowser } from '../../browser.ts'
import { accessibilityFaults, clippedCells } from './page-checks.ts'
import { type PageFixture, startPageFixture } from './page-fixture.ts'
import { signIn } from './user-sign-in.ts'

const DESKTOP = { width: 1440, height: 900 }
const PHONE = { width: 390, height: 844 }
/** Issues after those of the fixture, each with a larger volume and a smaller turnover than the one before. */
const MORE = Array.from({ length: 244 }, (_, index) => String(3000 + index))

describe('the lists of the board page', () => {
  let browser: Browser
  let fixture: PageFixture
  before(async () => {
    ;[browser, fixture] = await Promise.all([openBrowser(), startPageFixture()])
    const { rest } = fixture
    const [example] = rest.issues
    rest.issues = [
      ...rest.issues,
      ...MORE.map(code => ({ ...example!, code, name: `銘柄${code}`, basePrice: 1000 })),
    ]
    rest.market = [
      ['6758', 3400, 12_345_600, 41_975_040_000, '09:10:04'],
      ['7203', 2187.5, 800, 1_750_000, '09:10:01'],
      ...MORE.map(
        (code, index): MarketRowJson => [code, 1000 - index, 1000 + index, 900_000 - index, '09:09:00'],
      ),
    ]
  })
  after(async () => {
    await browser.close()
    await fixture.close()
  })

  const codes = (page: Page): Promise<(string | null)[]> =>
    page.locator('.issues tbody tr').evaluateAll(rows => rows.map(row => row.getAttribute('data-code')))
  const rowText = async (page: Page, code: string): Promise<string[]> =>
    (await page.locator(`.issues tr[data-code="${code}"] :is(th, td)`).allTextContents()).map(text =>
      text.replace(/\s+/g, ' ').trim(),
    )

  /** Opens the page of a user without a token. */
  async function openSignedOut(
    options = {},
  ): Promise<{ page: Page; problems: string[]; addresses: string[] }> {
    const opened = await fixture.open(browser, {
      viewport: DESKTOP,
      hash: '#7203',
      signedOut: true,
      ...options,
    })
    await opened.page.locator('.hint').waitFor()
    return opened
  }

  it('show the whole delayed market without a token, the largest turnover first, page by page', async () => {
    const { page, problems, addresses } = await openSignedOut()
    addresses.length = 0
    await page.goto(`${fixture.url}/`)
    await page.locator('[data-list="market"] tr[data-code="3000"]').waitFor()
    assert.equal(await page.locator('.tabs [aria-current="page"]').getAttribute('data-tab'), 'market')
    assert.deepEqual((await codes(page)).slice(0, 4), ['6758', '7203', '3000', '3001'])
    assert.deepEqual(await rowText(page, '3001'), [
      '3001 銘柄3001',
      ...['999', '−1', '−0.10%', '1,001', '90万', '09:09:00', '☆'],
    ])
    assert.match(
      (await page.locator('.list header').textContent()) ?? '',
      /20分ディレイ.*09:10:05 時点.*250銘柄/s,
    )
    assert.equal((await codes(page)).length, 100)
    await page.getByRole('button', { name: '次へ' }).click()
    await page.locator('.pages', { hasText: '101–200位' }).waitFor()
    assert.equal((await codes(page))[0], '3098')
    // Issues without a trade come last.
    await page.getByRole('button', { name: '次へ' }).click()
    await page.locator('.pages', { hasText: '201–250位' }).waitFor()
    assert.equal((await codes(page)).at(-1), '9432')
    assert.deepEqual((await rowText(page, '9432')).slice(1, 4), ['–', '–', '–'])
    assert.deepEqual(
      addresses.filter(address => address.startsWith('ws:')),
      [],
    )
    assert.deepEqual(problems, [])
    await page.context().close()
  })

  it('are sorted by 値上がり率, 出来高 and 売買代金, filtered, and lead to the board', async () => {
    const { page } = await openSignedOut({ hash: '#market' })
    await page.locator('tr[data-code="6758"]').waitFor()
    const sort = async (
      name: string,
      order: 'ascending' | 'descending',
    ): Promise<string | null | undefined> => {
      await page.locator('.issues thead').getByRole('button', { name }).click()
      await page.locator(`.issues th[aria-sort="${order}"]`, { hasText: name }).waitFor()
      return (await codes(page))[0]
    }
    assert.equal(await sort('値上がり率', 'descending'), '6758')
    assert.equal(await sort('値上がり率', 'ascending'), '3243')
    assert.equal(await sort('出来高', 'descending'), '6758')
    assert.equal(await sort('売買代金', 'descending'), '6758')
    assert.equal(await sort('売買代金', 'ascending'), '3243')
    assert.equal(await sort('銘柄', 'ascending'), '130A')
    await page.locator('.list input').fill('銘柄３０１')
    await page.locator('.count', { hasText: /^10銘柄/ }).waitFor()
    assert.deepEqual((await codes(page))[0], '3010')
    await page.locator('.list input').fill('なし')
    await page.locator('.list .empty', { hasText: 'No match.' }).waitFor()
    await page.locator('.list input').fill('6758')
    await page.locator('tr[data-code="6758"] th button').click()
    await page.locator('.card[data-issue="6758"] .delayed .ladder .last').waitFor()
    assert.match(new URL(page.url()).hash, /6758/)
    await page.goBack()
    await page.locator('[data-list="market"]').waitFor()
    await page.context().close()
  })

  it('have a watchlist that is live, and that the browser keeps', async () => {
    const { page, problems } = await fixture.open(browser, { viewport: DESKTOP, hash: '#market' })
    await page.locator('tr[data-code="7203"] .star[aria-pressed="true"]').waitFor()
    for (const code of ['130A', '25935', '6758']) {
      await page.locator('.list input').fill(code)
      await page.locator(`tr[data-code="${code}"] .star`).click()
    }
    await page.locator('.tabs [data-tab="watch"]').click()
    await page.locator('[data-list="watch"] .tag.now').waitFor()
    assert.deepEqual(await codes(page), ['7203'])
    await page.locator('tr[data-code="7203"] .last', { hasText: ',' }).waitFor()
    await page.mouse.move(0, 0)
    fixture.truth.step('7203', { fields: [[F.last, 2_222 * PRICE_SCALE]], traded: 100 })
    fixture.server.sendRound()
    await page.locator('tr[data-code="7203"] .last.up', { hasText: '2,222' }).waitFor()
    await page.locator('tr[data-code="7203"]', { hasText: '+1.79%' }).waitFor()
    await page.locator('#search').fill('電機')
    await page.getByRole('option', { name: '第①電機' }).click()
    await page.locator('tr[data-code="6758"]').waitFor()
    fixture.server.sendEvent({
      type: 'line',
      line: 1,
      state: 'stale',
      since: '2026-11-20T09:32:00.000000+09:00',
    })
    await page.locator('tr.stale[data-code="7203"]').waitFor()
    assert.match((await rowText(page, '7203'))[0] ?? '', /更新停止 not current$/)
    await page
      .locator('[data-list="watch"] header', { hasText: /リアルタイム.*更新停止2銘柄 2 not current/ })
      .waitFor()
    assert.deepEqual(await accessibilityFaults(page), [])
    fixture.server.sendEvent({
      type: 'line',
      line: 1,
      state: 'live',
      since: '2026-11-20T09:32:09.000000+09:00',
    })
    await page.locator('tr.stale').first().waitFor({ state: 'detached' })
    assert.equal(await page.locator('[data-list="watch"]', { hasText: '更新停止' }).count(), 0)
    await page.reload()
    await page.locator('tr[data-code="6758"] .last', { hasText: ',' }).waitFor()
    assert.deepEqual(await codes(page), ['6758', '7203'])
    assert.equal(new URL(page.url()).hash, '#watch')
    assert.deepEqual(problems, [])
    await page.context().close()
  })

  it('have a watchlist with delayed prices after the server has ended the access of its user', async () => {
    const { page } = await fixture.open(browser, { viewport: DESKTOP, hash: '#watch' })
    const row = page.locator('[data-list="watch"] tr[data-code="7203"]')
    fixture.truth.step('7203', { fields: [[F.last, 2_333 * PRICE_SCALE]], traded: 100 })
    fixture.server.sendRound()
    await row.locator('.last', { hasText: '2,333' }).waitFor()
    fixture.server.end('access-ended')
    await page.locator('[data-connection="closed"]').waitFor()
    await row.locator('.last', { hasText: '2,187.5' }).waitFor()
    assert.match(
      (await page.locator('[data-list="watch"] header').textContent()) ?? '',
      /20分ディレイ.*09:10:05 時点/s,
    )
    await page.context().close()
  })

  it('are sorted by the change from the previous close where no base price is published', async () => {
    const { rest } = fixture
    const { issues } = rest
    rest.issues = issues.map(({ basePrice: _, ...issue }) => issue)
    const { page, problems } = await openSignedOut({ hash: '#market' })
    await page.locator('.list .quiet', { hasText: '基準値段が公開されていないため表示できません' }).waitFor()
    const heads = page.locator('.issues thead th')
    assert.deepEqual((await heads.allTextContents()).slice(2, 4), ['前日比', '値上がり率'])
    assert.equal(await page.locator('.issues thead').getByRole('button', { name: '値上がり率' }).count(), 0)
    // 7203: 2,187.5 after 2,250. 6758: 3,400 after 3,200.
    rest.marketBefore = [
      ['6758', 3200, 100, 320_000, '15:30:00'],
      ['7203', 2250, 100, 225_000, '15:30:00'],
    ]
    await page.reload()
    await page.locator('.list .quiet', { hasText: '前日終値と比べています' }).waitFor()
    await heads.filter({ hasText: '前日終値比' }).waitFor()
    assert.deepEqual((await rowText(page, '7203')).slice(1, 4), ['2,187.5', '−62.5', '−2.78%'])
    await page.locator('.issues thead').getByRole('button', { name: '値上がり率' }).click()
    await page.locator('.issues th[aria-sort="descending"]', { hasText: '値上がり率' }).waitFor()
    assert.deepEqual((await codes(page)).slice(0, 2), ['6758', '7203'])
    assert.deepEqual(await accessibilityFaults(page), [])
    // The live watchlist too: 2,222 after 2,250.
    await signIn(page)
    await page.locator('[data-connection="connected"]').waitFor()
    await page.locator('.tabs [data-tab="watch"]').click()
    fixture.truth.step('7203', { fields: [[F.last, 2_222 * PRICE_SCALE]], traded: 100 })
    fixture.server.sendRound()
    await page.locator('[data-list="watch"] tr[data-code="7203"]', { hasText: '−1.24%' }).waitFor()
    assert.deepEqual(problems, [])
    rest.issues = issues
    rest.marketBefore = []
    await page.context().close()
  })

  for (const [device, viewport] of [
    ['phone', PHONE],
    ['desktop', DESKTOP],
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`fit a ${device} in ${colorScheme} colours, and have no fault by WCAG`, async () => {
        const { page, problems } = await openSignedOut({ viewport, colorScheme, hash: '#market' })
        await page.locator('tr[data-code="3001"]').waitFor()
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width)
        assert.deepEqual(await clippedCells(page, '.issues .number:not(.wide)'), [])
        assert.deepEqual(await accessibilityFaults(page), [])
        assert.deepEqual(problems, [])
        await page.context().close()
      })
    }
  }
})
