/** The whole page. */
import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { Actions } from '../actions.ts'
import type { PageState } from '../state.ts'
import { dayStrip } from './day-strip.ts'
import { issueCard } from './issue.ts'
import { listView } from './list.ts'
import { header, newsStrip, openingLine } from './page-header.ts'
import { tabs } from './tabs.ts'

export function pageView(state: PageState, actions: Actions): TemplateResult {
  return html`
    ${header(state, actions)} ${openingLine(state)} ${dayStrip(state)} ${newsStrip(state)}
    ${
      state.notice === undefined
        ? nothing
        : html`<p class="notice" role="alert">
            <span>${state.notice}</span><button class="icon" aria-label="閉じる Close" @click=${actions.dismissNotice}>✕</button>
          </p>`
    }
    ${
      state.delayedFailed
        ? html`<p class="notice" role="status"><span>20分ディレイの板を更新できません。再試行しています。 Delayed boards cannot be reached, trying again.</span></p>`
        : nothing
    }
    ${tabs(state, actions)} ${state.signedIn ? nothing : signInHint(state, actions)}
    ${state.tab === 'boards' ? boards(state, actions) : listView(state.tab, state, actions)}
    <footer>
      <p>赤は基準値より高く、緑は低いことを示します。 Red is above the base price, green below.</p>
    </footer>
  `
}

function boards(state: PageState, actions: Actions): TemplateResult {
  return html`<main class=${state.signedIn ? '' : 'narrow'}>
      ${
        state.issues.size === 0
          ? html`<p class="empty">上の検索から銘柄を追加してください。<small>Add an issue by code or name above.</small></p>`
          : repeat(
              state.issues.values(),
              issue => issue.code,
              issue => issueCard(issue, state, actions),
            )
      }
    </main>`
}

/** The hint that the boards are delayed, and that signing in adds live boards and trades. */
function signInHint({ signInAvailable }: PageState, actions: Actions): TemplateResult {
  return html`<aside class="hint">
    <p>
      <strong>20分遅れの値段を表示しています。リアルタイムの板と歩み値は、サインインすると表示されます。</strong>
      <small>These prices are twenty minutes late. Sign in for live boards and trades.</small>
    </p>
    ${
      signInAvailable
        ? html`<button class="primary" @click=${actions.signIn}>サインイン <small>Sign in</small></button>`
        : nothing
    }
  </aside>`
}
