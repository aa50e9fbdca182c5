/** A list of issues: the watchlist, or the whole market twenty minutes late. */
import { html, nothing, type TemplateResult } from 'lit'
import type { Actions } from '../actions.ts'
import { type ListName, matches, pageOf } from '../list-rows.ts'
import { rowIn } from '../lists-side.ts'
import { type ReferenceKind, referenceKind } from '../previous-closes.ts'
import { isLive, type PageState } from '../state.ts'
import { quantity, timeOf } from './format.ts'
import { isOld, issueTable } from './issue-table.ts'
import { CONNECTION_WORDS, OLD_WORD, type Word } from './words.ts'

const LOADING: Word = { ja: '読み込んでいます', en: 'Loading the market' }

export function listView(name: ListName, state: PageState, actions: Actions): TemplateResult {
  const { filter, order, page } = state.lists[name]
  const found = order.filter(code => matches(filter, code, state.names.get(code)?.name))
  const { shown, first, pages } = pageOf(found, page)
  const current = Math.min(page, pages - 1)
  return html`<main class="list" data-list=${name}>
    <header>
      <h2>${name === 'watch' ? html`銘柄リスト <small>Watchlist</small>` : html`全銘柄 <small>Whole market</small>`}</h2>
      ${timeTag(name, shown, state)}
      <input
        type="search"
        placeholder="コード・銘柄名で絞り込み"
        aria-label="絞り込み Filter by code or name"
        .value=${filter}
        @input=${(event: InputEvent) => actions.filterList(name, (event.target as HTMLInputElement).value)}
      />
      <p class="count" role="status">${quantity(found.length)}銘柄 <small>issues</small></p>
    </header>
    ${hint(name, state)}
    ${shown.length === 0 ? emptyText(name, state) : issueTable(name, shown, state, actions)}
    ${pages === 1 ? nothing : pageButtons(name, { current, pages, first, count: shown.length }, actions)}
  </main>`
}

/** Says how old the shown rows are. */
function timeTag(name: ListName, shown: readonly string[], state: PageState): TemplateResult {
  const { market, connection } = state
  if (isLive(state, name)) {
    const { ja, en } = CONNECTION_WORDS[connection]
    if (connection !== 'connected')
      return html`<p role="status"><span class="tag delay">${ja}</span> <small>${en}</small></p>`
    const old = shown.filter(code => isOld(rowIn(state, name, code).line, state)).length
    const trouble = html`<span class="tag delay">${OLD_WORD.ja}${old}銘柄</span> <small>${old} ${OLD_WORD.en}</small>`
    return html`<p role="status"><span class="tag now">リアルタイム</span> <small>Live</small> ${old > 0 ? trouble : nothing}</p>`
  }
  return html`<p>
    <span class="tag delay">20分ディレイ</span> <small>20 min late</small>
    <time>${market.asOf === undefined ? LOADING.ja : `${timeOf(market.asOf)} 時点`}</time>
  </p>`
}

function hint(name: ListName, state: PageState): TemplateResult | typeof nothing {
  if (state.market.failed && !isLive(state, name))
    return html`<p class="notice" role="status"><span>全銘柄の値段を更新できません。再試行しています。 The market cannot be reached, trying again.</span></p>`
  return REFERENCE_HINTS[referenceKind(state)]
}

const REFERENCE_HINTS: Readonly<Record<ReferenceKind, TemplateResult | typeof nothing>> = {
  base: nothing,
  close: html`<p class="quiet">基準値段が公開されていないため、前日終値と比べています（権利落ちや株式分割の調整なし）。<small>Changes are from the previous close, not adjusted for splits: base prices are not published here.</small></p>`,
  none: html`<p class="quiet">前日比は、基準値段が公開されていないため表示できません。<small>No change is shown: base prices are not published here.</small></p>`,
}

function emptyText(name: ListName, state: PageState): TemplateResult {
  if (state.lists[name].filter !== '')
    return html`<p class="empty">該当する銘柄がありません。<small>No match.</small></p>`
  if (name === 'watch')
    return html`<p class="empty">上の検索か全銘柄の ☆ で銘柄を追加してください。<small>Add issues with the search above, or with ☆ in the whole market.</small></p>`
  return html`<p class="empty">全銘柄を${LOADING.ja}<small>${LOADING.en}</small></p>`
}

interface Pages {
  readonly current: number
  readonly pages: number
  readonly first: number
  /** Rows of the current page. */
  readonly count: number
}

function pageButtons(
  name: ListName,
  { current, pages, first, count }: Pages,
  actions: Actions,
): TemplateResult {
  const turn = (page: number) => () => actions.turnPage(name, page)
  return html`<nav class="pages" aria-label="ページ Pages">
    <button ?disabled=${current === 0} @click=${turn(current - 1)}>前へ <small>Previous</small></button>
    <p role="status">${quantity(first + 1)}–${quantity(first + count)}位 <small>page ${current + 1} of ${pages}</small></p>
    <button ?disabled=${current === pages - 1} @click=${turn(current + 1)}>次へ <small>Next</small></button>
  </nav>`
}
