/** The chart of an issue: the button that opens it, its intervals, and the bars as a table. */
import { html, nothing, type TemplateResult } from 'lit'
import type { Actions } from '../actions.ts'
import {
  type BarMark,
  type ChartBar,
  type ChartState,
  INTERVALS,
  type Interval,
  marksOf,
  startOf,
  vwapOf,
} from '../chart-bars.ts'
import type { PriceMark } from '../price-chart.ts'
import { hasLive, type IssueState, type PageState } from '../state.ts'
import { chartMount } from './chart-mount.ts'
import { minuteOf, price, quantity, timeOf } from './format.ts'
import { BAR_WORDS, type Word } from './words.ts'

const INTERVAL_WORDS: Readonly<Record<Interval, Word>> = {
  '1m': { ja: '1分', en: '1 minute' },
  '5m': { ja: '5分', en: '5 minutes' },
  '15m': { ja: '15分', en: '15 minutes' },
  '1h': { ja: '1時間', en: '1 hour' },
  '1d': { ja: '日足', en: '1 day' },
}
/** VWAP is an average, so it has decimals even if prices have none. */
const VWAP_DECIMALS = 2
/** Bars in the table, the latest. */
const TABLE_BARS = 60

export function chartPart(issue: IssueState, state: PageState, actions: Actions): TemplateResult {
  const { code, chart } = issue
  const isOpen = chart !== undefined
  return html`<section class="chart" aria-label="${code} チャート">
    <div class="chart-tools">
      <button aria-expanded=${isOpen} @click=${() => actions.toggleChart(code)}>チャート <small>Chart</small></button>
      ${isOpen ? intervals(code, chart.interval, actions) : nothing}
    </div>
    ${isOpen ? drawing(issue, chart.bars, state) : nothing}
  </section>`
}

function intervals(code: string, shown: Interval, actions: Actions): TemplateResult {
  return html`<div class="intervals" role="group" aria-label="${code} 足 Interval">
    ${INTERVALS.map(
      interval => html`<button
        aria-pressed=${interval === shown}
        title=${INTERVAL_WORDS[interval].en}
        @click=${() => actions.showInterval(code, interval)}
      >
        ${INTERVAL_WORDS[interval].ja}
      </button>`,
    )}
  </div>`
}

function drawing(issue: IssueState, bars: readonly ChartBar[], state: PageState): TemplateResult {
  const { code, chart, decimals } = issue
  const limits = issue.info?.limits
  const mounted = {
    ...{ bars, decimals, marks: linesOf(issue), theme: state.colours },
    textOf: (bar: ChartBar, isShort: boolean) => barText(bar, decimals, isShort),
  }
  return html`<div
      class="drawing"
      tabindex="0"
      role="group"
      aria-roledescription="チャート chart"
      aria-label="${code} チャート。左右の矢印キーで足を選びます。 Chart: choose a bar with the left and right arrow keys."
      ${chartMount(mounted)}
    >
      <p class="legend" aria-hidden="true"></p>
      <div class="canvas" aria-hidden="true"></div>
      <p class="announced hidden" role="status"></p>
    </div>
    <p class="about">
      ${hasLive(state) ? html`<span class="tag now">リアルタイム</span>` : html`<span class="tag delay">20分ディレイ</span>`}
      <time>${chart?.asOf === undefined ? '' : `${timeOf(chart.asOf)} まで`}</time>
      ${limits === undefined ? nothing : html`<span>値幅 ${price(limits.lower, decimals)}–${price(limits.upper, decimals)}</span>`}
      ${gapKey(bars)}
      ${chart === undefined ? nothing : progress(chart)}
      <a href="https://www.tradingview.com/" rel="noopener noreferrer" target="_blank"
        >TradingView Lightweight Charts™ © 2025 TradingView, Inc.</a
      >
    </p>
    ${table(code, bars, decimals)}`
}

const REFUSED: Word = {
  ja: 'サーバーが足の取得を拒否しました。チャートを開き直すと再試行します。',
  en: 'Bars refused. Close and open the chart to try again.',
}

/** Says why there are no bars, or no new bars. */
function progress({ bars, loaded, failed, refused }: ChartState): TemplateResult | typeof nothing {
  const say = ({ ja, en }: Word) => html`<span role="status">${ja} ${en}</span>`
  if (refused) return say(REFUSED)
  if (failed) return say({ ja: '更新できません。再試行しています。', en: 'Trying again.' })
  if (bars.length > 0) return nothing
  if (!loaded) return say({ ja: '足を読み込んでいます。', en: 'Loading bars.' })
  return say({ ja: '足がまだありません。', en: 'No bars yet.' })
}

/** Explains the marks below bars, if there are any. */
function gapKey(bars: readonly ChartBar[]): TemplateResult[] {
  const marks = new Set(bars.flatMap(marksOf))
  return (['lost', 'pending'] as const)
    .filter(mark => marks.has(mark))
    .map(
      mark =>
        html`<span class="gap ${mark}">${BAR_WORDS[mark].ja} <small>${BAR_WORDS[mark].en}</small></span>`,
    )
}

/** The base price and the limits of the day, where the page knows them. */
function linesOf({ info }: IssueState): PriceMark[] {
  const { basePrice, limits } = info ?? {}
  return [
    ...(limits === undefined
      ? []
      : [
          { price: limits.upper, title: 'S高', kind: 'limit' as const },
          { price: limits.lower, title: 'S安', kind: 'limit' as const },
        ]),
    ...(basePrice === undefined ? [] : [{ price: basePrice, title: '基準値', kind: 'base' as const }]),
  ]
}

/** Returns `11-20 09:31`, or the date of a day. */
function barTime(bar: ChartBar): string {
  return bar.time === undefined ? startOf(bar) : `${bar.time.slice(5, 10)} ${minuteOf(bar.time)}`
}

/** A blank at which no line ends. */
const NO_BREAK = '\u00a0'
/** The figures of a bar: with one character each, or with their names. */
const FIGURE_NAMES = {
  short: ['始', '高', '安', '終', '出'],
  long: ['始値', '高値', '安値', '終値', '出来高'],
}

function barText(bar: ChartBar, decimals: number, isShort: boolean): string {
  const prices = [bar.open, bar.high, bar.low, bar.close].map(yen => price(yen, decimals))
  const figures = [...prices, quantity(bar.volume)]
  const names = FIGURE_NAMES[isShort ? 'short' : 'long']
  // On a phone the legend has two lines.
  const blank = isShort ? NO_BREAK : ' '
  const words = marksOf(bar)
    .map(mark => BAR_WORDS[mark])
    .map(({ ja, en }) => (isShort ? ja : `${ja} ${en}`))
  return [barTime(bar), ...words, ...figures.map((figure, index) => `${names[index]}${blank}${figure}`)].join(
    ' ',
  )
}

function markView(mark: BarMark): TemplateResult {
  return html` <small class="gap ${mark}" title=${BAR_WORDS[mark].en}>${BAR_WORDS[mark].ja}</small>`
}

/** The same bars as a table, for screen readers and for everybody who wants figures. */
function table(code: string, bars: readonly ChartBar[], decimals: number): TemplateResult {
  const vwap = vwapOf(bars)
  const rows = bars
    .map((bar, index) => ({ bar, vwap: vwap[index] }))
    .slice(-TABLE_BARS)
    .toReversed()
  return html`<details class="bars">
    <summary>表で見る <small>As a table</small></summary>
    <div class="rows" tabindex="0" role="region" aria-label="${code} 四本値の表 Bars">
      <table>
        <caption class="hidden">${code} 四本値 Bars, latest first</caption>
        <thead>
          <tr>${['時刻', '始値', '高値', '安値', '終値', '出来高', 'VWAP'].map(name => html`<th scope="col">${name}</th>`)}</tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ bar, vwap }) => html`<tr>
              <th scope="row">${barTime(bar)}${marksOf(bar).map(markView)}</th>
              ${[bar.open, bar.high, bar.low, bar.close].map(yen => html`<td>${price(yen, decimals)}</td>`)}
              <td>${quantity(bar.volume)}</td>
              <td>${price(vwap, VWAP_DECIMALS)}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`
}
