/** The summary of an issue: last price and change, prices of the day, volume, turnover, status. */
import { html, nothing, type TemplateResult } from 'lit'
import type { BoardJson, PricePointJson } from '../../../market/board-json.ts'
import type { Yen } from '../../../market/units.ts'
import { flash } from './cell.ts'
import { direction, minuteOf, price, quantity, signed, turnover } from './format.ts'
import { STATUS_WORDS } from './words.ts'

/** VWAP is an average, so it has decimals even if prices have none. */
const VWAP_DECIMALS = 2
const ARROWS = { up: '▲', down: '▼', same: '' }

export interface SummaryOptions {
  readonly board: BoardJson | undefined
  /** Base price in yen. */
  readonly base: number | undefined
  readonly decimals: number
  /** The board is 20 minutes late. */
  readonly late: boolean
  /** The board may be wrong, because the connection or the line is down. */
  readonly stale: boolean
}

export function summary(options: SummaryOptions): TemplateResult {
  return html`<div class="summary ${options.stale ? 'stale' : ''}">${lastPrice(options)}${figures(options)}</div>`
}

function lastPrice({ board, base, decimals, late }: SummaryOptions): TemplateResult {
  const last = board?.last
  const way = direction(last?.price, base)
  const label = last?.closing ? '終値' : late ? '20分前の値段' : '現在値'
  return html`<div class="price ${way}">
    <span class="label">${label} <time>${minuteOf(last?.time)}</time></span>
    <span class="last" data-last ${flash(last?.price)}>${price(last?.price, decimals)}</span>
    <span class="change"><span class="label">前日比</span> ${change(last?.price, base, decimals)}</span>
  </div>`
}

function change(last: Yen | undefined, base: number | undefined, decimals: number): TemplateResult | string {
  if (base === undefined)
    return html`<span title="基準値段がありません No base price is published">${price(undefined, decimals)}</span>`
  if (last === undefined) return price(undefined, decimals)
  const difference = last - base
  return html`<span aria-hidden="true">${ARROWS[direction(last, base)]}</span> ${signed(difference, decimals)}
    (${signed((100 * difference) / base, 2)}%)`
}

function figures({ board, base, decimals }: SummaryOptions): TemplateResult {
  const point = (value: PricePointJson | undefined, limit: string): TemplateResult =>
    html`<span class=${direction(value?.price, base)}>${price(value?.price, decimals)}</span>
      <small>${value?.limit ? html`<b class="limit">${limit}</b>` : minuteOf(value?.time)}</small>`
  return html`<dl class="figures">
    <div><dt title="Open">始値</dt><dd>${point(board?.open, '')}</dd></div>
    <div><dt title="High">高値</dt><dd>${point(board?.high, 'S高')}</dd></div>
    <div><dt title="Low">安値</dt><dd>${point(board?.low, 'S安')}</dd></div>
    <div><dt title="Base price">基準値</dt><dd>${price(base, decimals)}</dd></div>
    <div><dt title="Volume">出来高</dt><dd>${quantity(board?.volume)}</dd></div>
    <div><dt title="Turnover">売買代金</dt><dd>${turnover(board?.turnover)}</dd></div>
    <div><dt>VWAP</dt><dd>${price(board?.vwap, VWAP_DECIMALS)}</dd></div>
  </dl>`
}

export function statusBadge(board: BoardJson | undefined): TemplateResult | typeof nothing {
  const status = board?.status
  if (status === undefined) return nothing
  const word = status.name === undefined ? undefined : STATUS_WORDS[status.name]
  if (word === undefined) return html`<span class="status" title="Status code">${status.code}</span>`
  return html`<span class="status ${word.alarm ? 'alarm' : (status.name ?? '')}" title=${word.en}>${word.ja}</span>`
}
