/** The bar of a chart that a user has chosen, in a real browser, while the bars change. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { type ChartBar, putBar } from '../../../client/page/chart-bars.ts'
import { openBrowser } from '../../browser.ts'
import type { ChartStage } from './chart-stage.ts'

const bar = (minute: number): ChartBar & { time: string } => ({
  ...{ open: 100, high: 110, low: 90, close: 100 + minute, volume: 100, turnover: 10_000 },
  time: `2026-11-20T09:${String(minute).padStart(2, '0')}:00.000000+09:00`,
})

describe('the chosen bar of a chart', () => {
  let browser: Browser
  let script: string
  before(async () => {
    const entryPoints = [join(import.meta.dirname, 'chart-stage.ts')]
    const [opened, { outputFiles }] = await Promise.all([
      openBrowser(),
      build({ entryPoints, bundle: true, write: false, format: 'iife' }),
    ])
    browser = opened
    script = outputFiles[0]!.text
  })
  after(() => browser.close())

  async function show(page: Page, bars: readonly ChartBar[]): Promise<void> {
    await page.evaluate(shown => (window as unknown as { stage: ChartStage }).stage.show(shown), bars)
    // The drawing moves its crosshair in the next frames.
    await page.evaluate(
      () => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    )
  }

  async function openStage(bars: readonly ChartBar[]): Promise<Page> {
    const page = await browser.newPage()
    await page.setContent('<body></body>')
    await page.addScriptTag({ content: script })
    await show(page, bars)
    await page.locator('.canvas canvas').first().waitFor()
    await page.locator('.drawing').focus()
    return page
  }

  const textOf = async (page: Page, place: 'legend' | 'announced'): Promise<string> =>
    (await page.locator(`.${place}`).textContent())?.slice(11, 16) ?? ''

  it('stays chosen when an earlier bar comes later', async () => {
    const bars = [0, 1, 2, 4, 5].map(bar)
    const page = await openStage(bars)
    for (let press = 0; press < 2; press++) await page.keyboard.press('ArrowLeft')
    assert.deepEqual([await textOf(page, 'legend'), await textOf(page, 'announced')], ['09:04', '09:04'])
    await show(page, putBar(bars, bar(3)))
    assert.deepEqual([await textOf(page, 'legend'), await textOf(page, 'announced')], ['09:04', '09:04'])
    await page.keyboard.press('ArrowLeft')
    assert.equal(await textOf(page, 'announced'), '09:03')
    for (let press = 0; press < 2; press++) await page.keyboard.press('ArrowRight')
    assert.equal(await textOf(page, 'announced'), '09:05')
    await page.close()
  })

  it('is none after the bars were replaced by others', async () => {
    const page = await openStage([0, 1, 2].map(bar))
    await page.keyboard.press('Home')
    await show(page, [10, 11, 12].map(bar))
    assert.equal(await textOf(page, 'legend'), '')
    await page.keyboard.press('ArrowLeft')
    assert.deepEqual([await textOf(page, 'legend'), await textOf(page, 'announced')], ['09:12', '09:12'])
    await page.close()
  })
})
