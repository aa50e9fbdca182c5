/** The table of a list: one row an issue, with buttons that sort, open the board, and keep the issue in the watchlist. */
import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { Actions } from '../actions.ts'
import type { ListName, ListRow, ListState, SortKey } from '../list-rows.ts'
import { rowIn } from '../lists-side.ts'
import { type ReferenceKind, referenceKind } from '../previous-closes.ts'
import { lineState, type PageState } from '../state.ts'
import { flash } from './cell.ts'
import { decimalsOf, direction, listQuantity, listTurnover, NOTHING, price, signed } from './format.ts'
import { OLD_WORD, type Word } from './words.ts'

interface Column {
  readonly head: Word
  readonly key?: SortKey
  readonly kind: string
}

/** The columns of the change. Nothing can be sorted by a change that is not known. */
const CHANGES: Readonly<Record<ReferenceKind, readonly [Column, Column]>> = {
  base: [
    { head: { ja: '前日比', en: 'Change' }, kind: 'number wide' },
    { head: { ja: '値上がり率', en: 'Change in percent' }, key: 'change', kind: 'number' },
  ],
  close: [
    { head: { ja: '前日終値比', en: 'Change from the previous close' }, kind: 'number wide' },
    {
      head: { ja: '値上がり率', en: 'Change from the previous close in percent' },
      key: 'change',
      kind: 'number',
    },
  ],
  none: [
    { head: { ja: '前日比', en: 'Change: no base price is published' }, kind: 'number wide' },
    { head: { ja: '値上がり率', en: 'Change in percent: no base price is published' }, kind: 'number' },
  ],
}

const columnsOf = (kind: ReferenceKind): readonly Column[] => [
  { head: { ja: '銘柄', en: 'Issue' }, key: 'code', kind: 'issue' },
  { head: { ja: '現在値', en: 'Last price' }, kind: 'number' },
  ...CHANGES[kind],
  { head: { ja: '出来高', en: 'Volume' }, key: 'volume', kind: 'number' },
  { head: { ja: '売買代金', en: 'Turnover' }, key: 'turnover', kind: 'number' },
  { head: { ja: '時刻', en: 'Time' }, kind: 'number wide' },
]

/** @param codes the issues of the shown page. */
export function issueTable(
  name: ListName,
  codes: readonly string[],
  state: PageState,
  actions: Actions,
): TemplateResult {
  const hold = (held: boolean) => () => actions.holdList(name, held)
  return html`<table class="issues">
    <caption class="hidden">${name === 'watch' ? '銘柄リスト Watchlist' : '全銘柄 Whole market'}</caption>
    <thead>
      <tr>
        ${columnsOf(referenceKind(state)).map(column => head(name, column, state.lists[name], actions))}
        <th scope="col" class="tool"><span class="hidden">銘柄リスト Watchlist</span></th>
      </tr>
    </thead>
    <tbody
      @pointerenter=${hold(true)}
      @pointerleave=${hold(false)}
      @focusin=${hold(true)}
      @focusout=${hold(false)}
    >
      ${repeat(
        codes,
        code => code,
        code => row(rowIn(state, name, code), state, actions),
      )}
    </tbody>
  </table>`
}

function head(
  name: ListName,
  { head, key, kind }: Column,
  list: ListState,
  actions: Actions,
): TemplateResult {
  if (key === undefined) return html`<th scope="col" class=${kind} title=${head.en}>${head.ja}</th>`
  const isSorted = list.key === key
  const order = isSorted ? (list.descending ? 'descending' : 'ascending') : 'none'
  return html`<th scope="col" class=${kind} aria-sort=${order}>
    <button title="${head.en}: sort" @click=${() => actions.sortList(name, key)}>
      ${head.ja}<span aria-hidden="true">${isSorted ? (list.descending ? '▼' : '▲') : ''}</span>
    </button>
  </th>`
}

function row(issue: ListRow, state: PageState, actions: Actions): TemplateResult {
  const { code, name, last, reference, change, volume, turnover: yen, time, line } = issue
  const way = direction(last, reference)
  const decimals = decimalsOf([last, reference])
  const isKnown = last !== undefined && reference !== undefined
  const difference = isKnown ? signed(last - reference, decimals) : NOTHING
  const isWatched = state.watched.includes(code)
  const old = isOld(line, state)
  return html`<tr class=${old ? 'stale' : ''} data-code=${code}>
    <th scope="row" class="issue">
      <button @click=${() => actions.open(code)} title="板を表示 Show the board">
        <span class="code">${code}</span> <span class="title">${name ?? nothing}</span>
      </button>
      ${old ? html`<span class="hidden">${OLD_WORD.ja} ${OLD_WORD.en}</span>` : nothing}
    </th>
    <td class="number last ${way}" ${flash(last)}>${price(last, decimals)}</td>
    <td class="number wide ${way}">${difference}</td>
    <td class="number ${way}">${change === undefined ? NOTHING : `${signed(change, 2)}%`}</td>
    <td class="number">${listQuantity(volume)}</td>
    <td class="number">${listTurnover(yen)}</td>
    <td class="number wide time">${time ?? NOTHING}</td>
    <td class="tool">
      <button
        class="icon star"
        aria-pressed=${isWatched}
        aria-label="${code} 銘柄リスト Watchlist"
        title=${isWatched ? '銘柄リストから外す Remove from the watchlist' : '銘柄リストに追加 Add to the watchlist'}
        @click=${() => actions.toggleWatched(code)}
      >
        ${isWatched ? '★' : '☆'}
      </button>
    </td>
  </tr>`
}

/** Whether a live row may be old: there is no connection, or its line is not live while the exchange is open. */
export function isOld(line: number | undefined, state: PageState): boolean {
  if (line === undefined) return false
  if (state.connection !== 'connected') return true
  const health = lineState(state, line)
  return health === 'recovering' || (health === 'stale' && state.phase !== 'closed')
}
