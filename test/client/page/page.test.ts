import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { ASKS, F } from '../../../market/board.ts'
import { PRICE_SCALE } from '../../../market/units.ts'
import { openBrowser } from '../../browser.ts'
import { ISSUES } from '../client-market.ts'
import { type PageFixture, SINCE, startPageFixture } from './page-fixture.ts'
import { signIn, signOut } from './user-sign-in.ts'

const PHONE = { width: 390, height: 844 }
const DESKTOP = { width: 1440, height: 900 }

describe('the board page', () => {
  let browser: Browser
  let fixture: PageFixture
  before(async () => {
    ;[browser, fixture] = await Promise.all([openBrowser(), startPageFixture()])
  })
  after(async () => {
    await browser.close()
    await fixture.close()
  })

  it('shows a price change and a trade on the live board only', async () => {
    const { page, problems, addresses } = await fixture.open(browser, { viewport: DESKTOP, hash: '#7203' })
    const card = page.locator('[data-issue="7203"]')
    await card.locator('[data-last]', { hasText: '2,187.5' }).waitFor()
    const delayed = card.locator('.delayed .ladder .last')
    const before = await delayed.textContent()
    fixture.truth.step('7203', {
      fields: [
        [F.last, 2_190.5 * PRICE_SCALE],
        [ASKS + 1, 4_300],
      ],
      traded: 1_700,
      tradePrice: 2_190.5 * PRICE_SCALE,
      side: 'buy',
    })
    fixture.server.sendRound()
    await card.locator('[data-last]', { hasText: '2,190.5' }).waitFor()
    await card.locator('.change', { hasText: '+7.5 (+0.34%)' }).waitFor()
    await card.locator('.live .best', { hasText: '4,300' }).waitFor()
    await card.locator('.trade.buy', { hasText: '1,700' }).waitFor()
    assert.equal(await delayed.textContent(), before)
    assert.match((await card.locator('.delayed h3').textContent()) ?? '', /20分ディレイ.*09:10:05 時点/s)
    assert.deepEqual(problems, [])
    assert.ok(addresses.some(address => address.startsWith('ws:')))
    assert.deepEqual(
      addresses.filter(address => /bearer|token=|eyJ/.test(address)),
      [],
    )
    await page.context().close()
  })

  it('starts 歩み値 with the trades before the subscription, each once', async () => {
    const stored = (sequence: number, quantity: number) => ({
      ...{ price: 2180, quantity, sequence, side: 'sell' as const },
      time: `2026-11-20T08:59:0${sequence}.000000+09:00`,
    })
    const { sequence } = fixture.truth.json('7203')!
    fixture.rest.trades.set('7203', {
      asOf: '2099-01-01T00:00:00.000000+09:00',
      trades: [1, 2, 3].filter(each => each <= sequence).map(each => stored(each, 100 * each)),
    })
    const { page, problems } = await fixture.open(browser, { viewport: DESKTOP, hash: '#7203' })
    const rows = page.locator('[data-issue="7203"] .trade.sell')
    await rows.first().waitFor()
    const before = await rows.count()
    fixture.truth.step('7203', { fields: [[F.last, 2_191 * PRICE_SCALE]], traded: 4_700 })
    fixture.server.sendRound()
    await page.locator('[data-issue="7203"] .trade', { hasText: '4,700' }).waitFor()
    assert.equal(await rows.count(), before)
    assert.match((await page.locator('.trade').first().textContent()) ?? '', /4,700/)
    assert.deepEqual(problems, [])
    fixture.rest.trades.delete('7203')
    await page.context().close()
  })

  it('shows the configured issues at a first visit and stores the choice in the address', async () => {
    const { page } = await fixture.open(browser, { viewport: DESKTOP })
    await page.locator('.card').nth(3).waitFor()
    assert.deepEqual(await codes(page), ['7203', '6758', '130A', '25935'])
    await page.getByRole('button', { name: '6758 を閉じる' }).click()
    await page.locator('[data-issue="6758"]').waitFor({ state: 'detached' })
    assert.equal(new URL(page.url()).hash, '#7203,130A,25935')
    await page.reload()
    await page.locator('.card').nth(2).waitFor()
    assert.deepEqual(await codes(page), ['7203', '130A', '25935'])
    await page.context().close()
  })

  it('finds an issue by its Japanese name with the keyboard only', async () => {
    const { page } = await fixture.open(browser, { viewport: DESKTOP, hash: '#7203' })
    await page.locator('[data-last]', { hasText: ',' }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.insertText('電機')
    await page.getByRole('option', { name: '第①電機' }).waitFor()
    await page.keyboard.press('Enter')
    await page.locator('[data-issue="6758"] .live .last').first().waitFor()
    assert.equal(new URL(page.url()).hash, '#7203,6758')
    await page.context().close()
  })

  it('shows only delayed boards while signed out, also after a reload, and live boards after sign-in', async () => {
    const { page, addresses } = await fixture.open(browser, { viewport: DESKTOP, hash: '#7203' })
    await page.locator('[data-connection="connected"]').waitFor()
    await signOut(page)
    addresses.length = 0
    await page.reload()
    await page.locator('.hint', { hasText: '20分遅れの値段' }).waitFor()
    await page.locator('.delayed .ladder .last').waitFor()
    assert.equal(await page.locator('section.live, .trades').count(), 0)
    assert.deepEqual(
      addresses.filter(address => /^ws:|\/token$/.test(address)),
      [],
    )
    await signIn(page)
    await page.locator('.live .ladder .last').first().waitFor()
    await page.context().close()
  })

  it('shows that a line is stale and since when, at its lamp and on its boards', async () => {
    const { page } = await fixture.open(browser, { viewport: PHONE, hash: '#7203' })
    await page.locator('.live .ladder .last').first().waitFor()
    assert.equal(await page.locator('.overlay').count(), 0)
    fixture.server.sendEvent({
      type: 'line',
      line: 1,
      state: 'stale',
      since: '2026-11-20T09:31:12.000000+09:00',
    })
    await page.locator('.lamp.stale').waitFor()
    assert.match((await page.locator('.overlay').textContent()) ?? '', /回線1 途絶 09:31:12から/)
    fixture.server.sendEvent({
      type: 'line',
      line: 1,
      state: 'live',
      since: '2026-11-20T09:31:20.000000+09:00',
    })
    await page.locator('.overlay').waitFor({ state: 'detached' })
    await page.context().close()
  })

  it('shows no warning for a stale line while the exchange is closed', async () => {
    const { page } = await fixture.open(browser, { viewport: PHONE, hash: '#7203' })
    await page.locator('.live .ladder .last').first().waitFor()
    const time = '2026-11-20T16:30:00.000000+09:00'
    fixture.server.sendEvent({ type: 'line', line: 1, state: 'stale', since: time })
    await page.locator('.overlay').waitFor()
    fixture.server.sendEvent({ type: 'phase', time, phase: 'closed' })
    await page.locator('.overlay').waitFor({ state: 'detached' })
    assert.equal(await page.locator('.lamp.stale').count(), 1)
    await page.context().close()
  })

  it('reads the list of issues again when it has changed', async () => {
    const { page } = await fixture.open(browser, { viewport: DESKTOP, hash: '#7203,6758' })
    const { issues } = fixture.rest
    const name = issues.find(({ code }) => code === '7203')!.name
    await page.locator('[data-issue="7203"] h2', { hasText: name }).waitFor()
    await page.locator('[data-issue="6758"] .live .last').first().waitFor()
    fixture.rest.issues = issues
      .filter(({ code }) => code !== '6758')
      .map(issue => (issue.code === '7203' ? { ...issue, name: '新社名' } : issue))
    fixture.server.sendEvent({ type: 'issues', line: 1, date: '2026-11-24', count: issues.length - 1 })
    await page.locator('[data-issue="7203"] h2', { hasText: '新社名' }).waitFor()
    await page.locator('[data-issue="6758"] .unknown').waitFor()
    fixture.rest.issues = issues
    await page.context().close()
  })

  it('marks missing trades, and shows at the lamp how many messages the line has lost', async () => {
    const { page } = await fixture.open(browser, { viewport: DESKTOP, hash: '#7203' })
    const card = page.locator('[data-issue="7203"]')
    await card.locator('.live .ladder .last').waitFor()
    const step = (traded: number): void => {
      fixture.truth.step('7203', { fields: [[ASKS + 1, traded]], traded, tradePrice: 2_190.5 * PRICE_SCALE })
    }
    step(300)
    fixture.server.sendRound()
    await card.locator('.trade', { hasText: '300' }).waitFor()
    step(500)
    fixture.server.lost = true
    fixture.server.sendRound()
    fixture.server.lost = false
    await card.locator('.missing', { hasText: '欠落' }).waitFor()
    const rows = await card
      .locator('.trades tbody tr')
      .evaluateAll(all => all.map(row => row.className.trim()))
    assert.deepEqual(rows, ['trade', 'missing', 'trade'])
    fixture.server.sendEvent({ type: 'line', line: 1, state: 'live', since: SINCE, lost: 12 })
    await page.locator('.lamp', { hasText: '欠落12件' }).waitFor()
    await page.context().close()
  })

  for (const [device, viewport] of [
    ['phone', PHONE],
    ['desktop', DESKTOP],
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`fits a ${device} and has readable contrast in ${colorScheme} colours`, async () => {
        const hash = `#${ISSUES.map(issue => issue.code).join(',')}`
        const { page, problems } = await fixture.open(browser, { viewport, colorScheme, hash })
        await page.locator('.live .ladder .last').nth(5).waitFor({ state: 'attached' })
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width)
        assert.deepEqual(await page.evaluate(clippedTexts), [])
        assert.deepEqual(await page.evaluate(faintTexts), [])
        assert.deepEqual(problems, [])
        await page.context().close()
      })
    }
  }

  it('shows 髙 﨑 ① ㈱ in its own font', async () => {
    const { page } = await fixture.open(browser, { viewport: DESKTOP, hash: '#7203,6758' })
    await page.locator('h2', { hasText: '第①電機' }).waitFor()
    await page.evaluate(() => document.fonts.ready)
    const ranges = await page.evaluate(() =>
      [...document.fonts].filter(face => face.status === 'loaded').map(face => face.unicodeRange),
    )
    for (const character of '髙﨑①㈱') {
      const found = ranges.some(range => inRange(range, character.codePointAt(0)!))
      assert.ok(found, `no font was loaded for ${character}`)
    }
    await page.context().close()
  })

  it('keeps the chosen theme instead of the theme of the system', async () => {
    const { page } = await fixture.open(browser, { viewport: DESKTOP, colorScheme: 'light', hash: '#7203' })
    const background = (): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const light = await background()
    await page.getByRole('button', { name: 'Theme: Automatic' }).click()
    await page.getByRole('button', { name: 'Theme: Light' }).click()
    await page.getByRole('button', { name: 'Theme: Dark' }).waitFor()
    assert.notEqual(await background(), light)
    await page.reload()
    await page.getByRole('button', { name: 'Theme: Dark' }).waitFor()
    assert.notEqual(await background(), light)
    await page.context().close()
  })
})

function codes(page: Page): Promise<(string | null)[]> {
  return page.locator('.card').evaluateAll(cards => cards.map(card => card.getAttribute('data-issue')))
}

function inRange(unicodeRange: string, point: number): boolean {
  return unicodeRange.split(',').some(part => {
    const [from, to] = part
      .trim()
      .replace(/^U\+/i, '')
      .split('-')
      .map(hex => Number.parseInt(hex, 16))
    return point >= from! && point <= (to ?? from!)
  })
}

/** Runs in the page. Returns texts that are wider than their cell. */
function clippedTexts(): string[] {
  const cells = [...document.querySelectorAll<HTMLElement>('.ladder :is(td, th), .trades, .figures, .top')]
  return cells
    .filter(cell => cell.scrollWidth > cell.clientWidth + 1)
    .map(cell => cell.className + cell.textContent)
}

/** Runs in the page. Returns texts whose contrast with the background is below 4.5 to 1 (WCAG 2.2, level AA). */
function faintTexts(): string[] {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!
  const parsed = new Map<string, number[]>()
  const parse = (colour: string): number[] => {
    const cached = parsed.get(colour)
    if (cached !== undefined) return cached
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = colour
    canvas.fillRect(0, 0, 1, 1)
    const parts = [...canvas.getImageData(0, 0, 1, 1).data]
    parsed.set(colour, parts)
    return parts
  }
  const luminance = (colour: number[]): number => {
    const [r, g, b] = colour.map(value => {
      const part = value / 255
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
  }
  const backgroundOf = (element: Element): number[] => {
    for (let node: Element | null = element; node !== null; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor)
      if (colour[3] === 255) return colour
    }
    return [255, 255, 255, 255]
  }
  const faint = new Set<string>()
  for (const element of document.querySelectorAll('body *')) {
    const hasText = [...element.childNodes].some(node => node.nodeType === 3 && node.nodeValue?.trim() !== '')
    if (!hasText || element.getClientRects().length === 0) continue
    const [a, b] = [parse(getComputedStyle(element).color), backgroundOf(element)].map(luminance)
    const contrast = (Math.max(a!, b!) + 0.05) / (Math.min(a!, b!) + 0.05)
    if (contrast < 4.5) faint.add(`${element.tagName}.${element.className} ${contrast.toFixed(2)}`)
  }
  return [...faint]
}
