/** The top of the page: market time, phase, lines, connection, sign-in. */
import { html, nothing, type SVGTemplateResult, svg, type TemplateResult } from 'lit'
import { LINE_NUMBERS } from '../../../market/lane.ts'
import { dateOf, momentToIso } from '../../../market/moment.ts'
import type { Actions } from '../actions.ts'
import { lineState, nextOpeningOf, type PageState, type Theme } from '../state.ts'
import { dateWithWeekday, minuteOf, openingText, quantity, timeOf } from './format.ts'
import { searchBox } from './search.ts'
import { CONNECTION_WORDS, LINE_WORDS, PHASE_WORDS } from './words.ts'

const THEMES: Readonly<Record<Theme, { next: Theme; ja: string; en: string; icon: SVGTemplateResult }>> = {
  auto: {
    next: 'light',
    ja: '自動',
    en: 'Automatic',
    icon: svg`<circle cx="8" cy="8" r="5.5" /><path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" />`,
  },
  light: {
    next: 'dark',
    ja: 'ライト',
    en: 'Light',
    icon: svg`<circle cx="8" cy="8" r="3" /><path d="M8 1v2M8 13v2M1 8h2M13 8h2M3 3l1.5 1.5M11.5 11.5L13 13M13 3l-1.5 1.5M4.5 11.5L3 13" />`,
  },
  dark: {
    next: 'auto',
    ja: 'ダーク',
    en: 'Dark',
    icon: svg`<path d="M13 9.5A5.5 5.5 0 1 1 6.5 3a4.5 4.5 0 0 0 6.5 6.5z" />`,
  },
}

export function header(state: PageState, actions: Actions): TemplateResult {
  const date = dateOf(state.now)
  const iso = momentToIso(state.now)
  const phase = state.phase && PHASE_WORDS[state.phase]
  return html`<header class="top">
    <h1><span class="mark" aria-hidden="true">板</span><span>itastream</span></h1>
    <div class="clock" role="timer" aria-label="市場の時刻 Market time">
      <span class="date">${dateWithWeekday(date)}</span>
      <time datetime=${iso}>${timeOf(iso)}</time>
    </div>
    ${
      phase === undefined
        ? nothing
        : html`<p class="phase" data-phase=${state.phase} role="status">${phase.ja} <small>${phase.en}</small></p>`
    }
    ${searchBox(state, actions)}
    <div class="health">
      <ul class="lamps" aria-label="配信回線 Feed lines">${LINE_NUMBERS.map(line => lamp(state, line))}</ul>
      ${connection(state)}
    </div>
    <div class="tools">${themeButton(state.theme, actions)}${signButton(state, actions)}</div>
  </header>`
}

/** When a closed market opens next: `次の取引: 11月24日 (火) 9:00`. */
export function openingLine(state: PageState): TemplateResult | typeof nothing {
  const opening = nextOpeningOf(state)
  if (opening === undefined) return nothing
  const { ja, en } = openingText(opening)
  return html`<p class="opening" role="status">次の取引: ${ja} <small>Market opens ${en}</small></p>`
}

export function newsStrip({ news }: PageState): TemplateResult | typeof nothing {
  const [latest, ...older] = news
  if (latest === undefined) return nothing
  const item = ({ time, headline }: typeof latest): TemplateResult =>
    html`<time>${minuteOf(time)}</time> ${headline}`
  return html`<details class="news">
    <summary><span class="tag">ニュース</span><span class="headline">${item(latest)}</span></summary>
    <ul>${older.map(one => html`<li>${item(one)}</li>`)}</ul>
  </details>`
}

function lamp(state: PageState, line: number): TemplateResult {
  const health = lineState(state, line)
  const word = LINE_WORDS[health]
  const { since, lost } = state.lines.get(line) ?? {}
  const ja = `回線${line} ${word.ja}${since ? ` ${timeOf(since)}から` : ''}${lost ? ` 欠落${quantity(lost)}件` : ''}`
  const en = `Line ${line} ${word.en}${lost ? `, ${quantity(lost)} messages lost today` : ''}`
  const text = `${ja} · ${en}`
  return html`<li class="lamp ${health}" title=${text}>
    <i aria-hidden="true"></i><span aria-hidden="true">${line}</span><span class="hidden">${text}</span>
  </li>`
}

function connection({ connection, stretch }: PageState): TemplateResult {
  const word = CONNECTION_WORDS[connection]
  const isStretched = connection === 'connected' && stretch > 1
  return html`<p class="connection ${connection}" role="status" data-connection=${connection}>
    ${word.ja} <small>${word.en}</small>
    ${isStretched ? html`<small class="stretch" title="Updates come less often">配信間隔 ×${stretch.toFixed(1)}</small>` : nothing}
  </p>`
}

function themeButton(theme: Theme, actions: Actions): TemplateResult {
  const { next, ja, en, icon } = THEMES[theme]
  return html`<button class="icon" title="表示: ${ja} ${en}" aria-label="配色 ${ja} Theme: ${en}" @click=${() => actions.setTheme(next)}>
    <svg viewBox="0 0 16 16" aria-hidden="true">${icon}</svg>
  </button>`
}

function signButton(
  { signInAvailable, signedIn }: PageState,
  actions: Actions,
): TemplateResult | typeof nothing {
  if (!signInAvailable) return nothing
  return signedIn
    ? html`<button class="sign" @click=${actions.signOut}>サインアウト</button>`
    : html`<button class="sign primary" @click=${actions.signIn}>サインイン</button>`
}
