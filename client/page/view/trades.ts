/** The last trades (歩み値), newest first. */
import { html, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { TradeJson } from '../../../market/board-json.ts'
import { price, shortQuantity, timeOf } from './format.ts'

const SIDE_WORDS = {
  buy: { ja: '買', en: 'buyer took the sell quote' },
  sell: { ja: '売', en: 'seller took the buy quote' },
} as const

export function tradeList(code: string, trades: readonly TradeJson[], decimals: number): TemplateResult {
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
        ${repeat(trades, trade => `${trade.time}${trade.sequence}`, row(decimals))}
      </tbody>
    </table>
    ${trades.length === 0 ? html`<p class="quiet">約定を待っています<br /><small>Waiting for trades</small></p>` : ''}
  </div>`
}

function row(decimals: number): (trade: TradeJson) => TemplateResult {
  return ({ time, price: yen, quantity: shares, side }) => {
    const word = side && SIDE_WORDS[side]
    return html`<tr class="trade ${side ?? ''}">
      <td>${timeOf(time)}</td>
      <td class="number">${price(yen, decimals)}</td>
      <td class="number">${shortQuantity(shares)}</td>
      <td class="side" title=${word?.en ?? ''}>${word?.ja ?? ''}</td>
    </tr>`
  }
}
