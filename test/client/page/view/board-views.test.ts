import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ladder } from '../../../../client/page/view/ladder.ts'
import { statusBadge, summary } from '../../../../client/page/view/summary.ts'
import { tradeList } from '../../../../client/page/view/trades.ts'
import type { BoardJson } from '../../../../market/board-json.ts'
import { viewText } from './view-text.ts'

const TIME = '2026-11-20T09:31:05.000000+09:00'
const BOARD: BoardJson = {
  issue: '7203',
  date: '2026-11-20',
  line: 1,
  sequence: 1,
  time: TIME,
  asks: [],
  bids: [],
}
const boardOf = (part: Partial<BoardJson>): BoardJson => ({ ...BOARD, ...part })

/** Returns the rows of a board: sells from far to near, then buys from near to far. */
function rowsOf(board: BoardJson | undefined, base: number | undefined = 100): string[] {
  const text = viewText(ladder({ caption: '7203 板', board, base, decimals: 0 }))
  return [...text.matchAll(/<tr class=.*?<\/tr>/g)].map(([row]) => row)
}

suite('the ladder', () => {
  const QUOTED = boardOf({
    asks: [
      [101, 300],
      [102, 600],
    ],
    bids: [
      [100, 150],
      [99, 100],
    ],
    last: { price: 100, time: TIME },
    bestAsk: { time: TIME, sign: 'special' },
  })

  test('has ten rows a side, the best next to each other', () => {
    const rows = rowsOf(QUOTED)
    assert.equal(rows.length, 2 + 20 + 1)
    assert.deepEqual(
      rows.map(row => /class="?([^">]*)/.exec(row)?.[1]),
      [
        'extra market',
        'extra over',
        ...Array<string>(9).fill('sell'),
        'sell best',
        'buy best',
        ...Array<string>(9).fill('buy'),
        'extra under',
      ],
    )
    assert.equal(rowsOf(undefined).length, 23)
  })

  test('shows price, direction and quantity of a level, with a bar up to the largest quantity', () => {
    const rows = rowsOf(QUOTED)
    assert.match(rows[10]!, /<td class="quantity sell" \{600\} \{--bar,100\}>600<\/td>/)
    assert.match(rows[10]!, /class="middle up "[^>]*> ?102 ?</)
    assert.match(rows[11]!, /<td class="quantity sell" \{300\} \{--bar,50\}>300<\/td>/)
    assert.match(
      rows[12]!,
      /<td class="quantity none"><\/td><th[^>]*> ?100 ?<\/th><td class="quantity buy" \{150\} \{--bar,25\}>150</,
    )
    assert.match(rows[13]!, /class="middle down "[^>]*> ?99 ?</)
    // A level without a quote.
    assert.match(rows[9]!, /<td class="quantity sell" \{\} \{--bar,0\}><\/td>/)
    assert.match(rows[9]!, /class="middle same "[^>]*> ?<\/th>/)
  })

  test('marks the last price, and only there', () => {
    const marked = rowsOf(QUOTED).filter(row => row.includes('title=現在値 Last price'))
    assert.equal(marked.length, 1)
    assert.match(marked[0]!, /class="middle same last"/)
    assert.equal(rowsOf(BOARD).filter(row => row.includes('現在値')).length, 0)
  })

  test('shows the sign of a best quote on its side', () => {
    const signed = (board: BoardJson): number[] =>
      rowsOf(board).flatMap((row, index) => (row.includes('class="sign"') ? [index] : []))
    assert.deepEqual(signed(QUOTED), [11])
    assert.match(rowsOf(QUOTED)[11]!, /aria-label="特別気配 special quote"[^>]*>特<\/span>/)
    const { bestAsk: _, ...others } = QUOTED
    assert.deepEqual(signed({ ...others, bestBid: { time: TIME, sign: 'sequential' } }), [12])
    assert.deepEqual(signed({ ...others, bestBid: { time: TIME, sign: 'general' } }), [])
    assert.deepEqual(signed(others), [])
  })

  test('shows market orders, OVER and UNDER, and nothing for an unknown quantity', () => {
    const rows = rowsOf(boardOf({ marketSell: 1, marketBuy: 2, over: 3, under: 0 }))
    assert.match(rows[0]!, /\{1\}>1<.*成行.*\{2\}>2</)
    assert.match(rows[1]!, /\{3\}>3<.*OVER.*\{\}></)
    assert.match(rows.at(-1)!, /\{\}><.*UNDER.*\{0\}>0</)
    assert.match(rowsOf(BOARD)[0]!, /\{\}><.*成行.*\{\}></)
  })
})

suite('the summary', () => {
  const SUMMARY = { board: undefined, base: 100, decimals: 1, late: false, stale: false }

  test('shows the last price, its time, and its change from the base price', () => {
    const shown = (price: number): string =>
      viewText(summary({ ...SUMMARY, board: boardOf({ last: { price, time: TIME } }) }))
    const up = shown(102.5)
    assert.match(up, /class="price up".*現在値 <time>09:31<\/time>.*\{102.5\}>102.5</)
    assert.match(up, /▲<\/span> \+2\.5 \(\+2\.50%\)/)
    assert.match(shown(98), /class="price down".*▼<\/span> −2\.0 \(−2\.00%\)/)
    assert.match(shown(100), /class="price same".*"><\/span> ±0\.0 \(±0\.00%\)/)
  })

  test('shows a dash for what is not known', () => {
    assert.match(viewText(summary(SUMMARY)), /\{\}>–<.*前日比<\/span> –<.*始値<\/dt><dd><span class=same>–</)
    const board = boardOf({ last: { price: 100, time: TIME } })
    assert.match(
      viewText(summary({ ...SUMMARY, board, base: undefined })),
      /前日比<\/span><span title="基準値段がありません No base price is published">–</,
    )
  })

  test('names the price of a late board, and of a closed market', () => {
    assert.match(viewText(summary({ ...SUMMARY, late: true })), /20分前の値段/)
    const board = boardOf({ last: { price: 100, time: TIME, closing: true } })
    assert.match(viewText(summary({ ...SUMMARY, board, late: true })), /終値/)
    assert.match(viewText(summary({ ...SUMMARY, stale: true })), /class="summary stale"/)
    assert.match(viewText(summary(SUMMARY)), /class="summary "/)
  })

  test('shows the prices of the day, with the limit instead of the time of a price at its limit', () => {
    const board = boardOf({
      open: { price: 100, time: TIME },
      high: { price: 110, time: TIME, limit: true },
      low: { price: 90, time: TIME, limit: true },
      volume: 1_234_500,
      turnover: 123_450_000,
      vwap: 100.126,
    })
    const text = viewText(summary({ ...SUMMARY, board }))
    assert.match(text, /始値<\/dt><dd><span class=same>100\.0<\/span><small>09:31</)
    assert.match(text, /高値<\/dt><dd><span class=up>110\.0<\/span><small><b class="limit">S高</)
    assert.match(text, /安値<\/dt><dd><span class=down>90\.0<\/span><small><b class="limit">S安</)
    assert.match(
      text,
      /基準値<\/dt><dd>100\.0<.*出来高<\/dt><dd>1,234,500<.*売買代金<\/dt><dd>1\.2億円<.*VWAP<\/dt><dd>100\.13</,
    )
  })
})

test('a status has its word, an alarm its colour, and an unknown status its code', () => {
  const badge = (status: BoardJson['status']): string =>
    viewText(statusBadge(status === undefined ? BOARD : boardOf({ status })))
  assert.equal(badge(undefined), '')
  assert.equal(viewText(statusBadge(undefined)), '')
  assert.equal(
    badge({ code: '10', name: 'halted', time: TIME }),
    '<span class="status alarm" title=Trading halted>売買停止</span>',
  )
  assert.equal(
    badge({ code: '20', name: 'trading', time: TIME }),
    '<span class="status trading" title=Continuous trading>ザラバ</span>',
  )
  assert.equal(badge({ code: 'Z9', time: TIME }), '<span class="status" title="Status code">Z9</span>')
})

suite('the list of trades', () => {
  test('shows each trade with the side that took the quote', () => {
    const trade = { sequence: 3, time: TIME, price: 100, quantity: 200 }
    const text = viewText(
      tradeList(
        '7203',
        [
          { ...trade, side: 'buy' },
          { ...trade, side: 'sell' },
          { ...trade, side: 'unknown' },
        ],
        1,
      ),
    )
    const cells = '<td>09:31:05</td><td class="number">100.0</td><td class="number">200</td>'
    assert.ok(
      text.includes(`<tr class="trade buy">${cells}<td class="side" title=buyer took the sell quote>買</td>`),
    )
    assert.ok(
      text.includes(
        `<tr class="trade sell">${cells}<td class="side" title=seller took the buy quote>売</td>`,
      ),
    )
    assert.ok(text.includes(`<tr class="trade ">${cells}<td class="side" title=></td>`))
    assert.ok(!text.includes('約定を待っています'))
  })

  test('shows where trades are missing, and that there is no trade yet', () => {
    const text = viewText(tradeList('7203', [{ sequence: 3, time: TIME, missing: true }], 1))
    assert.match(
      text,
      /<tr class="missing"><td>09:31:05<\/td><td colspan="3">欠落 <small>some trades missing</,
    )
    assert.match(viewText(tradeList('7203', [], 1)), /約定を待っています/)
  })
})
