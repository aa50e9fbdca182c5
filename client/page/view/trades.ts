/** The latest trades (歩み値, ayumine), newest first. */
import { html, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { TradeJson } from '../../../market/board-json.ts'
import type { MissingTrades, PendingTrades, TradeRow } from '../state.ts'
import { price, shortQuantity, timeOf } from './format.ts'
import { MISSING_WORD, PENDING_WORD, type Word } from './words.ts'

const SIDE_WORDS = {
  buy: { ja: '買', en: 'buyer took the sell quote' },
  sell: { ja: '売', en: 'seller took the buy quote' },
} as const

export function tradeList(code: string, trades: readonly TradeRow[], decimals: number): TemplateResult {
  return html`<div class="trades" tabindex="0" role="region" aria-label="${code} 歩み値 Trades">
    <table>
      <caption class="hidden">${code} 歩み値 Last trades</caption>
      <thead>
        <tr>
          <th scope="col">時刻</th>
          <th scope="col" class="number">値段</th>
          <th scope="col" class="number">数量</th>
          <th scope="col"><span class="hidden">売買 Side</span></th>
        </tr>
      </thead>
      <tbody>
        ${repeat(trades, keyOf, row => viewOf(row, decimals))}
      </tbody>
    </table>
    ${trades.length === 0 ? html`<p class="quiet">約定を待っています<br /><small>Waiting for trades</small></p>` : ''}
  </div>`
}

function keyOf(row: TradeRow): string {
  return `${row.time}${row.sequence}${'missing' in row}${'pending' in row}`
}

function viewOf(row: TradeRow, decimals: number): TemplateResult {
  if ('missing' in row) return gapRow(row, MISSING_WORD)
  return 'pending' in row ? gapRow(row, PENDING_WORD) : tradeRow(row, decimals)
}

function tradeRow({ time, price: yen, quantity, side }: TradeJson, decimals: number): TemplateResult {
  const word = side === 'unknown' ? undefined : SIDE_WORDS[side]
  return html`<tr class="trade ${word === undefined ? '' : side}">
    <td>${timeOf(time)}</td>
    <td class="number">${price(yen, decimals)}</td>
    <td class="number">${shortQuantity(quantity)}</td>
    <td class="side" title=${word?.en ?? ''}>${word?.ja ?? ''}</td>
  </tr>`
}

function gapRow({ time }: MissingTrades | PendingTrades, word: Word): TemplateResult {
  return html`<tr class="missing">
    <td>${timeOf(time)}</td>
    <td colspan="3">${word.ja} <small>${word.en}</small></td>
  </tr>`
}
