/** The search box: finds issues by code or Japanese name. */
import { html, nothing, type TemplateResult } from 'lit'
import type { Actions } from '../actions.ts'
import type { PageState, SearchState } from '../state.ts'

const LIST = 'search-results'

export function searchBox({ search, issues }: PageState, actions: Actions): TemplateResult {
  const active = search.results[search.active]
  return html`<search class="search">
    <svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="7" cy="7" r="4.5" /><path d="M10.5 10.5L14 14" /></svg>
    <input
      id="search"
      type="search"
      role="combobox"
      autocomplete="off"
      spellcheck="false"
      placeholder="銘柄コード・銘柄名で追加"
      aria-label="銘柄を検索 Search by code or name"
      aria-expanded=${search.open}
      aria-controls=${LIST}
      aria-autocomplete="list"
      aria-activedescendant=${search.open && active ? `result-${active.code}` : nothing}
      .value=${search.query}
      @input=${(event: InputEvent) => actions.search((event.target as HTMLInputElement).value)}
      @keydown=${(event: KeyboardEvent) => onKey(event, search, actions)}
      @blur=${actions.closeSearch}
    />
    <kbd aria-hidden="true">/</kbd>
    ${search.open ? resultList(search, issues, actions) : nothing}
  </search>`
}

function resultList(search: SearchState, issues: PageState['issues'], actions: Actions): TemplateResult {
  return html`<ul id=${LIST} role="listbox" aria-label="検索結果 Results">
    ${search.results.map(
      (issue, index) => html`<li
        id="result-${issue.code}"
        role="option"
        aria-selected=${index === search.active}
        @mousedown=${(event: MouseEvent) => {
          // Keeps the focus: a blur would close the list before the click.
          event.preventDefault()
          actions.add(issue)
        }}
      >
        <span class="code">${issue.code}</span><span class="title">${issue.name}</span>
        <span class="section">${issues.has(issue.code) ? '表示中' : issue.section}</span>
      </li>`,
    )}
    ${search.results.length > 0 ? nothing : html`<li class="none">${search.failed ? '検索できません。 Search failed.' : '該当する銘柄がありません。 No match.'}</li>`}
  </ul>`
}

function onKey(event: KeyboardEvent, search: SearchState, actions: Actions): void {
  // During a Japanese conversion, Enter chooses characters, not an issue.
  if (event.isComposing) return
  const chosen = search.results[search.active]
  if (event.key === 'ArrowDown') actions.moveInResults(1)
  else if (event.key === 'ArrowUp') actions.moveInResults(-1)
  else if (event.key === 'Enter' && chosen !== undefined) actions.add(chosen)
  else if (event.key === 'Escape') actions.closeSearch()
  else return
  event.preventDefault()
}
