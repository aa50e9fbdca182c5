import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import type { BoardJson } from '../../../market/board-json.ts'
import { openBrowser } from '../../browser.ts'
import { ISSUES } from '../client-market.ts'
import { type PageFixture, startPageFixture } from './page-fixture.ts'

const DESKTOP = { width: 1440, height: 900 }
const PHONE = { width: 390, height: 844 }
const at = (time: string): string => `2026-11-20T${time}.000000+09:00`

/** A board with every member that a card shows. The base price of 7203 is 2,183 yen. */
const BOARD: BoardJson = {
  issue: '7203',
  date: '2026-11-20',
  line: 1,
  sequence: 1_000_000,
  time: at('09:10:01'),
  status: { code: 'A0', name: 'halted' },
  open: { price: 2180, time: at('09:00:02') },
  high: { price: 2190.5, time: at('09:03:00'), limit: true },
  low: { price: 2175, time: at('09:05:00'), limit: true },
  last: { price: 2175, time: at('09:09:59') },
  volume: 12_345_600,
  turnover: 26_900_000_000,
  vwap: 2_179.125,
  marketSell: 1_100,
  marketBuy: 2_200,
  over: 12_345_000,
  under: 150_000_000,
  bestAsk: { sign: 'special' },
  bestBid: { sign: 'sequential' },
  asks: [[2175.5, 300], null, [2177, 1_200]],
  bids: [
    [2175, 600],
    [2174.5, 900],
  ],
}

const texts = (locator: Locator): Promise<string[]> =>
  locator.evaluateAll(elements =>
    elements.map(element => (element.textContent ?? '').replace(/\s+/g, ' ').trim()),
  )

describe('a card of the board page', () => {
  let browser: Browser
  let fixture: PageFixture
  before(async () => {
    ;[browser, fixture] = await Promise.all([openBrowser(), startPageFixture()])
    fixture.rest.boards.set('7203', BOARD)
  })
  after(async () => {
    await browser.close()
    await fixture.close()
  })

  /** Opens the page without sign-in: its cards show the delayed board. */
  async function openSignedOut(): Promise<Page> {
    const { page } = await fixture.open(browser, { viewport: DESKTOP, hash: '#7203', signedOut: true })
    await page.locator('.delayed .ladder .last').waitFor()
    return page
  }

  it('has every member of its board at its place', async () => {
    const page = await openSignedOut()
    const card = page.locator('[data-issue="7203"]')
    assert.deepEqual(await texts(card.locator('.about span')), [
      'プライム',
      '売買単位 100株',
      'TOPIX500',
      '売買停止',
    ])
    assert.equal(await card.locator('.status.alarm').count(), 1)
    assert.deepEqual(await texts(card.locator('.summary > .price')), [
      '20分前の値段 09:09 2,175.0 前日比 ▼ −8.0 (−0.37%)',
    ])
    assert.equal(await card.locator('.summary > .price.down').count(), 1)
    assert.deepEqual(await texts(card.locator('.figures > div')), [
      '始値2,180.0 09:00',
      '高値2,190.5 S高',
      '安値2,175.0 S安',
      '基準値2,183.0',
      '出来高12,345,600',
      '売買代金269.0億円',
      'VWAP2,179.13',
    ])
    assert.deepEqual(await texts(card.locator('.delayed tr.extra')), [
      '1,100 成行 2,200',
      '1,235万 OVER',
      'UNDER 1.50億',
    ])
    const blank = Array.from({ length: 7 }, () => '')
    assert.deepEqual(await texts(card.locator('.delayed .asks tr')), [
      ...blank,
      '1,200 2,177.0',
      '',
      '300 特2,175.5',
    ])
    assert.deepEqual(await texts(card.locator('.delayed .bids tr')), [
      '連2,175.0 600',
      '2,174.5 900',
      ...blank,
      '',
    ])
    await page.context().close()
  })

  it('marks the last price, the best quotes, the colours of prices and the size of quantities', async () => {
    const page = await openSignedOut()
    const board = page.locator('.delayed .ladder')
    assert.deepEqual(await texts(board.locator('th.last')), ['連2,175.0'])
    assert.equal(await board.locator('th.last').getAttribute('title'), '現在値 Last price')
    assert.deepEqual(await texts(board.locator('.asks tr.best')), ['300 特2,175.5'])
    assert.deepEqual(await texts(board.locator('.bids tr.best')), ['連2,175.0 600'])
    assert.deepEqual(await texts(board.locator('.asks th.down')), ['2,177.0', '特2,175.5'])
    const bars = await board
      .locator('tbody:is(.asks, .bids) td.quantity:not(.none)')
      .evaluateAll(cells =>
        cells
          .map(cell => (cell as HTMLElement).style.getPropertyValue('--bar'))
          .filter(bar => bar !== '0.0%'),
      )
    assert.deepEqual(bars, ['100.0%', '25.0%', '50.0%', '75.0%'])
    const sign = board.locator('.asks .sign')
    assert.equal(await sign.getAttribute('title'), '特別気配 special quote')
    await page.context().close()
  })

  it('says what it does not know: no trade yet, a status without a name, a closing price', async () => {
    const { status, open, high, low, last, volume, turnover, vwap, ...rest } = BOARD
    fixture.rest.boards.set('7203', { ...rest, status: { code: 'X1' } })
    const { page } = await fixture.open(browser, { viewport: DESKTOP, hash: '#7203', signedOut: true })
    const card = page.locator('[data-issue="7203"]')
    await card.locator('.status', { hasText: 'X1' }).waitFor()
    // The base price comes with the list of issues, after or before the board.
    await card.locator('.figures dd', { hasText: '2,183.0' }).waitFor()
    assert.deepEqual(await texts(card.locator('.summary > .price')), ['20分前の値段 – 前日比 –'])
    // The previous close comes with an answer of its own.
    await card.locator('.figures dd', { hasText: '2,183.0' }).waitFor()
    assert.deepEqual(
      (await texts(card.locator('.figures dd'))).map(text => text.trim()),
      ['–', '–', '–', '2,183.0', '–', '–', '–'],
    )
    await page.context().close()

    fixture.rest.boards.set('7203', {
      ...BOARD,
      asks: [[2183, 300]],
      last: { price: 2183, time: at('15:30:00'), closing: true },
    })
    const closed = await openSignedOut()
    assert.deepEqual(await texts(closed.locator('.summary > .price')), [
      '終値 15:30 2,183.0 前日比 ±0.0 (±0.00%)',
    ])
    assert.equal(await closed.locator('.summary > .price.same').count(), 1)
    await closed.context().close()
    fixture.rest.boards.set('7203', BOARD)
  })

  it('shows one part at a time on a phone: board, trades or delayed board', async () => {
    const { page } = await fixture.open(browser, { viewport: PHONE, hash: '#7203' })
    await page.locator('.live .ladder .last').first().waitFor()
    const pressed = page.locator('.parts button[aria-pressed="true"]')
    assert.deepEqual(await texts(page.locator('.parts button')), ['板', '歩み値', '20分前'])
    assert.deepEqual(await texts(pressed), ['板'])
    for (const [name, part] of [
      ['歩み値', 'trades'],
      ['20分前', 'delayed'],
      ['板', 'live'],
    ] as const) {
      await page.locator('.parts button', { hasText: name }).click()
      await page.locator(`.columns[data-part="${part}"]`).waitFor()
      assert.deepEqual(await texts(pressed), [name])
    }
    await page.context().close()
  })

  it('is found by arrow keys; the list of results closes with Escape, and says when there is none', async () => {
    const { page } = await fixture.open(browser, { viewport: DESKTOP, hash: '#7203' })
    const search = page.locator('#search')
    const selected = (code: string | undefined): Promise<void> =>
      page.locator('[role="option"][aria-selected="true"] .code', { hasText: code }).waitFor()
    await search.fill('1')
    await page.getByRole('option', { name: '日本橋' }).waitFor()
    await search.press('Escape')
    await page.locator('#search-results').waitFor({ state: 'detached' })
    assert.equal(await search.inputValue(), '')

    await search.fill('ー')
    await page.getByRole('option', { name: '日本橋' }).waitFor()
    const codes = await texts(page.locator('[role="option"] .code'))
    assert.deepEqual(
      codes,
      ISSUES.filter(({ name }) => name.includes('ー')).map(({ code }) => code),
    )
    await selected(codes[0])
    await search.press('ArrowDown')
    await selected(codes[1])
    await search.press('ArrowUp')
    await search.press('ArrowUp')
    await selected(codes.at(-1))

    await search.fill('該当なし')
    await page.locator('.none', { hasText: 'No match.' }).waitFor()
    await page.route('**/issues?*', route => route.fulfill({ status: 500 }))
    await search.fill('失敗')
    await page.locator('.none', { hasText: 'Search failed.' }).waitFor()
    await page.context().close()
  })

  it('is not added as a thirteenth: the page says so until the user closes the message', async () => {
    const codes = Array.from({ length: 12 }, (_, index) => String(1301 + index))
    const { page } = await fixture.open(browser, { viewport: DESKTOP, hash: `#${codes.join(',')}` })
    await page.locator('.card').nth(11).waitFor()
    await page.locator('#search').fill('7203')
    await page.getByRole('option', { name: '髙﨑' }).click()
    await page.locator('[role="alert"]', { hasText: 'At most 12 boards at a time.' }).waitFor()
    assert.equal(await page.locator('.card').count(), 12)
    await page.locator('[role="alert"] button').click()
    await page.locator('[role="alert"]').waitFor({ state: 'detached' })
    await page.context().close()
  })
})
