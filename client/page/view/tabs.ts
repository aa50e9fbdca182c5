/** The tabs of the page: boards, watchlist, whole market. */
import { html, type TemplateResult } from 'lit'
import type { Actions } from '../actions.ts'
import type { PageState, Tab } from '../state.ts'
import type { Word } from './words.ts'

const TAB_WORDS: Readonly<Record<Tab, Word>> = {
  boards: { ja: '板', en: 'Boards' },
  watch: { ja: '銘柄リスト', en: 'Watchlist' },
  market: { ja: '全銘柄', en: 'Whole market' },
}

export function tabs({ tab: shown }: Pick<PageState, 'tab'>, actions: Actions): TemplateResult {
  const names = Object.keys(TAB_WORDS) as Tab[]
  return html`<nav class="tabs" aria-label="表示 View">
    ${names.map(
      tab => html`<button aria-current=${tab === shown ? 'page' : 'false'} data-tab=${tab} @click=${() => actions.showTab(tab)}>
        ${TAB_WORDS[tab].ja} <small>${TAB_WORDS[tab].en}</small>
      </button>`,
    )}
  </nav>`
}
