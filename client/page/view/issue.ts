/** The card of an issue: name, summary, live board, trades, and the board 20 minutes ago. */
import { html, nothing, type TemplateResult } from 'lit'
import type { BoardJson } from '../../../market/board-json.ts'
import type { Actions } from '../actions.ts'
import { type IssueState, lineState, type PageState, type Part } from '../state.ts'
import { chartPart } from './chart.ts'
import { decimalsOf, quantity, timeOf } from './format.ts'
import { ladder } from './ladder.ts'
import { statusBadge, summary } from './summary.ts'
import { tradeList } from './trades.ts'
import { LINE_WORDS, type Word } from './words.ts'

const PARTS: readonly (readonly [part: Part, ja: string])[] = [
  ['live', '板'],
  ['trades', '歩み値'],
  ['delayed', '20分前'],
]

export function issueCard(issue: IssueState, state: PageState, actions: Actions): TemplateResult {
  const { code, info } = issue
  const board = state.signedIn ? issue.live : issue.delayed
  issue.decimals = Math.max(issue.decimals, pricesDecimals(issue.live), pricesDecimals(issue.delayed))
  return html`<article class="card" data-issue=${code} aria-labelledby="name-${code}">
    <header>
      <div class="name">
        <h2 id="name-${code}" title=${info?.name ?? nothing}><span class="code">${code}</span> ${info?.name ?? nothing}</h2>
        <p class="about">
          ${info ? html`<span>${info.section}</span><span>売買単位 ${quantity(info.unit)}株</span>` : nothing}
          ${info?.topix500 ? html`<span>TOPIX500</span>` : nothing}${statusBadge(board)}
        </p>
      </div>
      <button class="icon" title="閉じる Close" aria-label="${code} を閉じる Close" @click=${() => actions.remove(code)}>
        ${closeIcon}
      </button>
    </header>
    ${issue.unknown ? html`<p class="unknown">銘柄コード ${code} は見つかりません。<small>No issue has this code.</small></p>` : body(issue, state, actions)}
  </article>`
}

function body(issue: IssueState, state: PageState, actions: Actions): TemplateResult {
  const { live, delayed, decimals, part } = issue
  const base = issue.info?.basePrice
  if (!state.signedIn) {
    return html`${summary({ board: delayed, base, decimals, late: true, stale: false })}
      ${chartPart(issue, state, actions)}
      <div class="columns single" data-part="delayed">${delayedBoard(issue, state, base)}</div>`
  }
  const trouble = troubleOf(issue, state)
  return html`${summary({ board: live, base, decimals, late: false, stale: trouble !== undefined })}
    ${chartPart(issue, state, actions)} ${partButtons(issue, actions)}
    <div class="columns" data-part=${part}>
      ${liveBoard(issue, trouble, base)}${trades(issue)}${delayedBoard(issue, state, base)}
    </div>`
}

/** The buttons that choose the part of the issue on a narrow screen. */
function partButtons(issue: IssueState, actions: Actions): TemplateResult {
  return html`<div class="parts" role="group" aria-label="${issue.code} 表示 View">
    ${PARTS.map(
      ([part, ja]) =>
        html`<button aria-pressed=${issue.part === part} @click=${() => actions.showPart(issue.code, part)}>${ja}</button>`,
    )}
  </div>`
}

function liveBoard(issue: IssueState, trouble: Word | undefined, base: number | undefined): TemplateResult {
  const { code, live, decimals } = issue
  return html`<section class="live ${trouble === undefined ? '' : 'stale'}" aria-label="${code} リアルタイムの板">
    <h3>
      <span class="tag now">リアルタイム</span><small>Live</small>
      <time>${live === undefined ? '' : timeOf(live.time)}</time>
    </h3>
    ${ladder({ caption: `${code} 板 Live board`, board: live, base, decimals })}
    ${trouble === undefined ? nothing : html`<p class="overlay" role="status">${trouble.ja}<small>${trouble.en}</small></p>`}
  </section>`
}

function trades({ code, trades, decimals }: IssueState): TemplateResult {
  return html`<section class="tape" aria-label="${code} 歩み値">
    <h3><span>歩み値</span><small>Trades</small></h3>
    ${tradeList(code, trades, decimals)}
  </section>`
}

function delayedBoard(issue: IssueState, state: PageState, base: number | undefined): TemplateResult {
  const { code, delayed, decimals } = issue
  const asOf = state.delayedAsOf
  return html`<section class="delayed" aria-label="${code} 20分ディレイの板">
    <h3>
      <span class="tag delay">20分ディレイ</span><small>20 min late</small>
      <time>${asOf === undefined ? '' : `${timeOf(asOf)} 時点`}</time>
    </h3>
    ${ladder({ caption: `${code} 20分前の板 Board twenty minutes late`, board: delayed, base, decimals })}
    ${
      delayed === undefined && asOf !== undefined
        ? html`<p class="overlay">この時刻の板はありません<small>No board at that time</small></p>`
        : nothing
    }
  </section>`
}

/** Returns why the live board may be wrong, so that a user never takes a dead feed for a quiet market. */
function troubleOf({ live }: IssueState, state: PageState): Word | undefined {
  if (state.connection === 'closed')
    return { ja: 'リアルタイムの接続が終わりました', en: 'The live connection has ended' }
  if (state.connection !== 'connected') return { ja: '接続しています…', en: 'Connecting…' }
  if (live === undefined) return { ja: '板を待っています', en: 'Waiting for the first board' }
  const health = lineState(state, live.line)
  if (health === 'live') return undefined
  // While the exchange is closed no task runs, and the board is the last of the day.
  if (health === 'stale' && state.phase === 'closed') return undefined
  const since = timeOf(state.lines.get(live.line)?.since)
  return {
    ja: `回線${live.line} ${LINE_WORDS[health].ja} ${since}から`,
    en: `Line ${live.line} ${LINE_WORDS[health].en} since ${since}`,
  }
}

function pricesDecimals(board: BoardJson | undefined): number {
  if (board === undefined) return 0
  const levels = [...board.asks, ...board.bids].map(level => level?.[0])
  return decimalsOf([...levels, board.last?.price, board.open?.price, board.high?.price, board.low?.price])
}

const closeIcon = html`<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8" /></svg>`
