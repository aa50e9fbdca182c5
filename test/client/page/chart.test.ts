/** The chart in a real browser, which obeys the content security policy. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { BarJson } from '../../../market/bars.ts'
import { F } from '../../../market/board.ts'
import { type DayMicros, PRICE_SCALE } from '../../../market/units.ts'
import { openBrowser } from '../../browser.ts'
import { until } from '../../until.ts'
import type { Step } from '../client-truth.ts'
import { accessibilityFaults, countPixels } from './page-checks.ts'
import { type PageFixture, startPageFixture } from './page-fixture.ts'

const DESKTOP = { width: 1440, height: 1000 }
const PHONE = { width: 390, height: 844 }
/** Thirty minutes from 9:00 on: each closes a yen higher, with a hundred shares more. The eleventh lost trades. */
const BARS = Array.from({ length: 30 }, (_, minute): BarJson => {
  const [open, close, volume] = [2180 + minute, 2181 + minute, 1_000 + 100 * minute]
  const time = `2026-11-20T09:${String(minute).padStart(2, '0')}:00.000000+09:00`
  const bar = { time, open, high: close + 1, low: open - 1, close, volume, turnover: close * volume }
  return minute === 10 ? { ...bar, lost: true } : bar
})
/** The colours --up and --warn of the light theme. */
const RISING = [194, 15, 45] as const
const WARNING = [149, 83, 0] as const
const DAYS = ['2026-11-18', '2026-11-19'].map((date, index) => ({
  ...{ date, open: 2100, high: 2200, low: 2050, close: 2150 + index, volume: 5_000, turnover: 1 },
}))

describe('the chart of the board page', () => {
  let browser: Browser
  let fixture: PageFixture
  before(async () => {
    ;[browser, fixture] = await Promise.all([openBrowser(), startPageFixture()])
    const { rest } = fixture
    rest.bars.set('7203 1m', BARS)
    rest.bars.set('7203 1d', DAYS)
    const limits = { upper: 2_683, lower: 1_683, computed: true } as const
    rest.issues = rest.issues.map(issue => (issue.code === '7203' ? { ...issue, limits } : issue))
  })
  after(async () => {
    await browser.close()
    await fixture.close()
  })

  /** Opens the page of a user without a token, and its chart. */
  async function openChart(options = {}): Promise<{ page: Page; problems: string[]; addresses: string[] }> {
    const opened = await fixture.open(browser, {
      viewport: DESKTOP,
      hash: '#7203',
      signedOut: true,
      ...options,
    })
    const { page, addresses } = opened
    await page.locator('.hint').waitFor()
    assert.ok(!addresses.some(address => address.includes('price-chart')))
    await page.getByRole('button', { name: 'チャート' }).click()
    await page.locator('.canvas canvas').first().waitFor()
    await page.locator('.bars tbody tr').first().waitFor({ state: 'attached' })
    return opened
  }

  const announced = (page: Page, text: string): Promise<void> =>
    page.locator('.announced', { hasText: text }).waitFor({ state: 'attached' })

  it('is loaded when it is opened, and drawn', async () => {
    const { page, problems, addresses } = await openChart()
    assert.ok(addresses.some(address => /price-chart-\w+\.js$/.test(address)))
    assert.equal(await page.getByRole('button', { name: 'チャート' }).getAttribute('aria-expanded'), 'true')
    const red = await countPixels(page, '.canvas', RISING)
    assert.ok(red > 100, `expected the red of candles, got ${red} such pixels`)
    assert.match(
      (await page.locator('.chart > .about').textContent()) ?? '',
      /20分ディレイ.*09:10:05 まで.*1,683.0–2,683.0/s,
    )
    assert.equal(await page.locator('.chart a').getAttribute('href'), 'https://www.tradingview.com/')
    await page.getByRole('button', { name: 'チャート' }).click()
    await page.locator('.drawing').waitFor({ state: 'detached' })
    assert.deepEqual(problems, [])
    await page.context().close()
  })

  it('is read with the arrow keys, which announce each bar', async () => {
    const { page, problems } = await openChart()
    await page.locator('.drawing').focus()
    await page.keyboard.press('ArrowLeft')
    await announced(page, '11-20 09:29 始値 2,209.0 高値 2,211.0 安値 2,208.0 終値 2,210.0 出来高 3,900')
    await page.keyboard.press('ArrowLeft')
    await announced(page, '11-20 09:28')
    await page.keyboard.press('Home')
    await announced(page, '11-20 09:00')
    await page.keyboard.press('ArrowLeft')
    await announced(page, '11-20 09:00')
    await page.keyboard.press('End')
    await page.keyboard.press('ArrowRight')
    await announced(page, '11-20 09:29')
    assert.match((await page.locator('.legend').textContent()) ?? '', /09:29 始\s2,209.0/)
    await page.keyboard.press('Escape')
    await page.locator('.announced:empty').waitFor({ state: 'attached' })
    assert.deepEqual(problems, [])
    await page.context().close()
  })

  it('is read with the arrow keys before its drawing has loaded', async () => {
    const { page, problems } = await fixture.open(browser, {
      viewport: DESKTOP,
      hash: '#7203',
      signedOut: true,
    })
    const loaded = Promise.withResolvers<void>()
    await page.route(/price-chart-\w+\.js$/, async route => {
      await loaded.promise
      await route.continue()
    })
    await page.getByRole('button', { name: 'チャート' }).click()
    await page.locator('.bars tbody tr').first().waitFor({ state: 'attached' })
    await page.locator('.drawing').focus()
    await page.keyboard.press('ArrowLeft')
    await announced(page, '11-20 09:29')
    await page.keyboard.press('ArrowLeft')
    await announced(page, '11-20 09:28')
    assert.equal(await page.locator('.canvas canvas').count(), 0)
    loaded.resolve()
    await page.locator('.canvas canvas').first().waitFor()
    await page.keyboard.press('ArrowLeft')
    await announced(page, '11-20 09:27')
    assert.deepEqual(problems, [])
    await page.context().close()
  })

  it('keeps the chosen bar when the drawing gets another size', async () => {
    const { page, problems } = await openChart()
    // The pointer chooses a bar too.
    await page.mouse.move(0, 0)
    await page.locator('.drawing').focus()
    await page.keyboard.press('Home')
    for (const width of [900, 1200]) {
      await page.setViewportSize({ ...DESKTOP, width })
      await page.evaluate(
        () => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))),
      )
      assert.match((await page.locator('.legend').textContent()) ?? '', /^11-20 09:00 始/)
    }
    assert.deepEqual(problems, [])
    await page.context().close()
  })

  it('marks bars that lost trades in the drawing, in words and in the table', async () => {
    const { page, problems } = await openChart()
    // The limits of the day have the same colour, and are out of sight.
    const marked = await countPixels(page, '.canvas', WARNING)
    assert.ok(marked >= 16, `expected a square below a bar, got ${marked} such pixels`)
    assert.match(
      (await page.locator('.chart > .about .gap').allTextContents()).join(),
      /^欠落あり trades lost$/,
    )
    assert.deepEqual(await page.locator('.bars tbody tr:has(.gap.lost) th').allTextContents(), [
      '11-20 09:10 欠落あり',
    ])
    await page.locator('.drawing').focus()
    await page.keyboard.press('Home')
    for (let bar = 0; bar < 10; bar++) await page.keyboard.press('ArrowRight')
    await announced(page, '11-20 09:10 欠落あり trades lost 始値 2,190.0')
    assert.match((await page.locator('.legend').textContent()) ?? '', /^11-20 09:10 欠落あり 始\s2,190.0/)
    assert.deepEqual(problems, [])
    await page.context().close()
  })

  it('tells the live bar that is not finished from bars that lost trades, and from bars whose trades are to come', async () => {
    const { truth, server, history } = fixture
    const minute = (minutes: number, seconds: number): DayMicros =>
      ((9 * 60 + minutes) * 60 + seconds) * 1_000_000
    const step = (time: DayMicros, traded: number, part: Partial<Step> = {}): void => {
      const volume = truth.tick('7203')!.board.values[F.volume]! + traded
      const fields = [
        [F.last, 2_190 * PRICE_SCALE],
        [F.volume, volume],
      ] as const
      truth.step('7203', { fields, time, traded, ...part })
    }
    step(minute(31, 20), 500, { lost: true })
    history.until = minute(31, 30)
    const { page, problems } = await fixture.open(browser, { viewport: DESKTOP, hash: '#7203' })
    const row = (text: string): Promise<void> =>
      page.locator('.bars tbody th', { hasText: text }).waitFor({ state: 'attached' })
    await page.locator('[data-connection="connected"]').waitFor()
    await page.getByRole('button', { name: 'チャート' }).click()
    await row('11-20 09:31 欠落あり 形成中')
    await until(
      () => server.requests.some(({ action }) => action === 'snapshot'),
      'the wish for later trades',
    )
    step(minute(32, 10), 100)
    server.sendRound()
    await row('11-20 09:32 形成中')
    await page.locator('.bars tbody th', { hasText: /^11-20 09:31 欠落あり$/ }).waitFor({ state: 'attached' })
    await page.locator('.drawing').focus()
    await page.keyboard.press('ArrowLeft')
    await announced(page, '11-20 09:32 形成中 not finished 始値 2,183')
    server.lost = true
    step(minute(32, 20), 100)
    server.sendRound()
    await row('11-20 09:32 取得中')
    assert.deepEqual(await page.locator('.chart > .about .gap').allTextContents(), [
      '欠落あり trades lost',
      '取得中 trades to come',
    ])
    assert.deepEqual(problems, [])
    server.lost = false
    await page.context().close()
  })

  it('says that live bars were refused, and requests them again when it is opened again', async () => {
    const { history } = fixture
    history.unknownIssues.add('7203')
    const { page } = await fixture.open(browser, { viewport: DESKTOP, hash: '#7203' })
    await page.locator('[data-connection="connected"]').waitFor()
    const chart = page.getByRole('button', { name: 'チャート' })
    await chart.click()
    await page.locator('.chart > .about [role="status"]', { hasText: 'Bars refused.' }).waitFor()
    history.unknownIssues.delete('7203')
    await chart.click()
    await chart.click()
    await page.locator('.bars tbody tr').first().waitFor({ state: 'attached' })
    assert.equal(await page.locator('.chart > .about [role="status"]').count(), 0)
    await page.context().close()
  })

  it('has its bars as a table, and other intervals', async () => {
    const { page } = await openChart()
    await page.locator('.bars summary').click()
    const cells = page.locator('.bars tbody tr').first().locator('th, td')
    // Turnover by volume of all thirty bars: 161,594,000 / 73,500.
    assert.deepEqual(await cells.allTextContents(), [
      ...['11-20 09:29', '2,209.0', '2,211.0', '2,208.0', '2,210.0', '3,900', '2,198.56'],
    ])
    await page.getByRole('button', { name: '日足' }).click()
    await page.locator('.bars tbody tr', { hasText: '2026-11-19' }).waitFor()
    assert.equal(await page.locator('.bars tbody tr').count(), 2)
    assert.equal(
      await page
        .locator('.intervals [aria-pressed="true"]')
        .textContent()
        .then(text => text?.trim()),
      '日足',
    )
    await page.context().close()
  })

  for (const [device, viewport] of [
    ['phone', PHONE],
    ['desktop', DESKTOP],
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`fits a ${device} in ${colorScheme} colours, and has no fault by WCAG`, async () => {
        const { page, problems } = await openChart({ viewport, colorScheme })
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width)
        assert.deepEqual(await accessibilityFaults(page), [])
        // The chart follows the theme of the page.
        const ground = () =>
          page
            .locator('.canvas canvas')
            .first()
            .evaluate(
              canvas => (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(2, 2, 1, 1).data[0]!,
            )
        assert.equal((await ground()) > 128, colorScheme === 'light')
        assert.deepEqual(problems, [])
        await page.context().close()
      })
    }
  }
})
