/** The board (板, ita): sells above, buys below, prices in the middle, market orders, OVER and UNDER. */
import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { LEVELS } from '../../../market/board.ts'
import type { BestQuoteJson, BoardJson, LevelJson } from '../../../market/board-json.ts'
import { flash, share } from './cell.ts'
import { direction, price, shortQuantity } from './format.ts'
import { SIGN_WORDS } from './words.ts'

export interface LadderOptions {
  /** Caption of the table for screen readers. */
  readonly caption: string
  readonly board: BoardJson | undefined
  /** Base price in yen. It sets the colours of the prices. */
  readonly base: number | undefined
  readonly decimals: number
}

interface Level {
  readonly key: string
  readonly level: LevelJson | undefined
  readonly best: boolean
}

export function ladder(options: LadderOptions): TemplateResult {
  const { board, caption } = options
  const largest = largestQuantity(board)
  const asks = levelsOf('a', board?.asks ?? []).toReversed()
  const bids = levelsOf('b', board?.bids ?? [])
  return html`<table class="ladder">
    <caption class="hidden">${caption}</caption>
    <thead>
      <tr>
        <th scope="col" class="sell" title="Sell quantity">売数量</th>
        <th scope="col" class="middle" title="Price">値段</th>
        <th scope="col" class="buy" title="Buy quantity">買数量</th>
      </tr>
    </thead>
    <tbody>
      ${extraRow('成行', 'Market orders', board?.marketSell, board?.marketBuy, 'market')}
      ${extraRow('OVER', 'Sells above the ten levels', board?.over, undefined, 'over')}
    </tbody>
    <tbody class="asks">
      ${repeat(
        asks,
        row => row.key,
        row => levelRow('sell', row, largest, options),
      )}
    </tbody>
    <tbody class="bids">
      ${repeat(
        bids,
        row => row.key,
        row => levelRow('buy', row, largest, options),
      )}
    </tbody>
    <tbody>
      ${extraRow('UNDER', 'Buys below the ten levels', undefined, board?.under, 'under')}
    </tbody>
  </table>`
}

/** Returns ten rows for any board, so that the layout is stable. The key of a row is its price, not its place. */
function levelsOf(side: string, levels: BoardJson['asks']): Level[] {
  return Array.from({ length: LEVELS }, (_, index) => {
    const level = levels[index] ?? undefined
    return { key: level ? `${side}${level[0]}` : `${side}-${index}`, level, best: index === 0 }
  })
}

function levelRow(side: 'sell' | 'buy', row: Level, largest: number, options: LadderOptions): TemplateResult {
  const { board, base, decimals } = options
  const { level, best } = row
  const shares = level?.[1]
  const isLast = level !== undefined && level[0] === board?.last?.price
  const quoteSign = best ? sign(side === 'sell' ? board?.bestAsk : board?.bestBid) : nothing
  const shown = shares === undefined ? '' : shortQuantity(shares)
  const percent = shares === undefined || largest === 0 ? 0 : (100 * shares) / largest
  const cell = html`<td class="quantity ${side}" ${flash(shares)} ${share('--bar', percent)}>${shown}</td>`
  return html`<tr class=${best ? `${side} best` : side}>
    ${side === 'sell' ? cell : html`<td class="quantity none"></td>`}
    <th scope="row" class="middle ${direction(level?.[0], base)} ${isLast ? 'last' : ''}" title=${isLast ? '現在値 Last price' : ''}>
      ${quoteSign}${level === undefined ? '' : price(level[0], decimals)}
    </th>
    ${side === 'buy' ? cell : html`<td class="quantity none"></td>`}
  </tr>`
}

function extraRow(
  ja: string,
  en: string,
  sell: number | undefined,
  buy: number | undefined,
  kind: string,
): TemplateResult {
  return html`<tr class="extra ${kind}">
    <td class="quantity" ${flash(sell)}>${sell === undefined ? '' : shortQuantity(sell)}</td>
    <th scope="row" class="middle" title=${en}>${ja}</th>
    <td class="quantity" ${flash(buy)}>${buy === undefined ? '' : shortQuantity(buy)}</td>
  </tr>`
}

function sign(quote: BestQuoteJson | undefined): TemplateResult | typeof nothing {
  const word = quote?.sign === undefined ? undefined : SIGN_WORDS[quote.sign as keyof typeof SIGN_WORDS]
  return word === undefined
    ? nothing
    : html`<span class="sign" role="img" aria-label="${word.ja} ${word.en}" title="${word.ja} ${word.en}">${word.mark}</span>`
}

function largestQuantity(board: BoardJson | undefined): number {
  const levels = [...(board?.asks ?? []), ...(board?.bids ?? [])]
  return Math.max(0, ...levels.map(level => level?.[1] ?? 0))
}
