/** The strip of a local system in a real browser, which obeys the content security policy. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import type { LineTasksJson, SystemJson } from '../../../client/page/system-state.ts'
import { openBrowser } from '../../browser.ts'
import { type PageFixture, startPageFixture } from './page-fixture.ts'

const at = (clock: string): string => `2026-11-20T${clock}:00.000000+09:00`
const tasks = (line: number, part: Partial<LineTasksJson> = {}): LineTasksJson => ({
  line,
  running: 2,
  desired: 2,
  publishes: true,
  standby: true,
  ...part,
})

describe('the strip of a local system', () => {
  let browser: Browser
  let fixture: PageFixture
  let system: SystemJson = {
    phases: [
      { phase: 'warm-up', from: at('07:30') },
      { phase: 'morning', from: at('09:00') },
      { phase: 'closed', from: at('11:30') },
    ],
    level: 'peak',
    lines: [tasks(1), tasks(2), tasks(3)],
  }
  before(async () => {
    ;[browser, fixture] = await Promise.all([openBrowser(), startPageFixture(() => system)])
  })
  after(async () => {
    await browser.close()
    await fixture.close()
  })

  it('has the phases to scale, and follows the tasks', async () => {
    const { page, problems } = await fixture.open(browser, { viewport: { width: 1440, height: 900 } })
    await page.locator('.day .current', { hasText: '前場' }).waitFor()
    const widthOf = async (phase: string): Promise<number> =>
      (await page.locator(`.day li[data-phase="${phase}"]`).boundingBox())!.width
    // 90 of 240 minutes, and 150 of 240.
    const ratio = (await widthOf('morning')) / (await widthOf('warm-up'))
    assert.ok(Math.abs(ratio - 150 / 90) < 0.05, `expected 1.67, got ${ratio}`)
    assert.equal(await page.locator('.day i.publishes').count(), 3)
    assert.equal(await page.locator('.day i.standby').count(), 3)
    system = { ...system, lines: [tasks(1), tasks(2, { publishes: false, standby: false }), tasks(3)] }
    await page.locator('.day i.starts').nth(1).waitFor()
    assert.equal(await page.locator('.day i.publishes').count(), 2)
    assert.deepEqual(problems, [])
    await page.context().close()
  })
})
