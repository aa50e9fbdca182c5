import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { newIssue, type PageState } from '../../../../client/page/state.ts'
import { pageView } from '../../../../client/page/view/page.ts'
import { header, newsStrip, openingLine } from '../../../../client/page/view/page-header.ts'
import { searchBox } from '../../../../client/page/view/search.ts'
import { momentOf } from '../../../../market/moment.ts'
import { asTradingDate } from '../../../../market/units.ts'
import { actions, INFO, issueOf, livePage, OTHER, TIME, take } from './view-fixture.ts'
import { handlersOf, viewText } from './view-text.ts'

suite('the top of the page', () => {
  const top = (part: Partial<PageState> = {}): string =>
    viewText(
      header({ ...livePage(), now: momentOf(asTradingDate(20261120), 34_265_000_000), ...part }, actions),
    )

  test('has date, time and phase of the market', () => {
    assert.match(
      top({ phase: 'morning' }),
      /2026-11-20 \(金\).*>09:31:05<.*data-phase=morning role="status">前場 <small>Morning</,
    )
    assert.ok(!top().includes('class="phase"'))
  })

  test('says when a closed market opens next', () => {
    const line = (part: Partial<PageState>): string =>
      viewText(
        openingLine({ ...livePage(), now: momentOf(asTradingDate(20261120), 72_000_000_000), ...part }),
      )
    const nextOpening = '2026-11-24T09:00:00.000000+09:00'
    for (const phase of ['closed', 'wind-down'] as const)
      assert.match(
        line({ phase, nextOpening }),
        /次の取引: 11月24日 \(火\) 9:00 <small>Market opens Tue, Nov 24, 9:00</,
      )
    assert.equal(line({ phase: 'morning', nextOpening }), line({ phase: 'closed' }))
    assert.equal(
      line({ phase: 'closed', nextOpening: '2026-11-20T09:00:00.000000+09:00' }),
      line({ phase: 'closed' }),
    )
    assert.doesNotMatch(line({ phase: 'closed' }), /opens/)
  })

  test('has a lamp for each line, with what was lost today', () => {
    const state = livePage()
    state.lines.set(1, { state: 'recovering', since: TIME, lost: 1234 })
    const lamps = [...viewText(header(state, actions)).matchAll(/<li class="lamp (\w+)" title=([^>]*)>/g)]
    assert.deepEqual(
      lamps.map(([, health, title]) => [health, title]),
      [
        [
          'recovering',
          '回線1 回復中 09:31:05から 欠落1,234件 · Line 1 recovering, 1,234 messages lost today',
        ],
        ['live', '回線2 正常 09:31:05から · Line 2 live'],
        ['stale', '回線3 途絶 · Line 3 stale'],
      ],
    )
  })

  test('has the connection, and buttons for theme and sign-in', () => {
    assert.match(top(), /data-connection=connected> リアルタイム <small>Connected</)
    assert.ok(!top().includes('class="sign'))
    const press = (part: Partial<PageState>): string[] => {
      for (const click of handlersOf(header({ ...livePage(), ...part }, actions), 'click')) click()
      return take()
    }
    assert.deepEqual(press({ theme: 'auto' }), ['setTheme light'])
    assert.deepEqual(press({ theme: 'light' }), ['setTheme dark'])
    assert.deepEqual(press({ theme: 'dark' }), ['setTheme auto'])
    assert.deepEqual(press({ signInAvailable: true }), ['setTheme light', 'signOut'])
    assert.deepEqual(press({ signInAvailable: true, signedIn: false }), ['setTheme light', 'signIn'])
  })

  test('has the stretch of the updates while the server has one', () => {
    const shown = (part: Partial<PageState>): boolean =>
      viewText(header({ ...livePage(), ...part }, actions)).includes('配信間隔 ×1.4')
    assert.ok(shown({ stretch: 1.38 }))
    assert.ok(!shown({ stretch: 1 }))
    assert.ok(!viewText(header(livePage(), actions)).includes('配信間隔'))
    assert.ok(!shown({ stretch: 1.38, connection: 'reconnecting' }))
  })

  test('has the latest news, and the older news below', () => {
    const news = ['新', '旧'].map(headline => ({ type: 'news' as const, time: TIME, headline, issues: [] }))
    assert.match(
      viewText(newsStrip({ ...livePage(), news })),
      /<span class="headline"><time>09:31<\/time> 新<\/span><\/summary><ul><li><time>09:31<\/time> 旧<\/li><\/ul>/,
    )
    assert.equal(viewText(newsStrip(livePage())), '')
  })
})

suite('the search box', () => {
  function searching(part: Partial<PageState['search']> = {}): PageState {
    const state = livePage()
    Object.assign(state.search, { query: 'a', results: [INFO, OTHER], active: 1, open: true, ...part })
    state.issues.set(INFO.code, newIssue(INFO.code))
    return state
  }
  const box = (part?: Partial<PageState['search']>): string => viewText(searchBox(searching(part), actions))

  test('lists what was found, with the active result', () => {
    assert.match(box(), /aria-expanded=true .*aria-activedescendant=result-6758/)
    assert.match(
      box(),
      /id="result-7203" role="option" aria-selected=false .*表示中.*id="result-6758" role="option" aria-selected=true .*プライム/,
    )
    assert.ok(!box().includes('class="none"'))
    assert.ok(!box({ open: false }).includes('listbox'))
    assert.match(box({ open: false }), /aria-activedescendant= /)
  })

  test('says that nothing was found, or that the search failed', () => {
    assert.match(box({ results: [] }), /class="none">該当する銘柄がありません/)
    assert.match(box({ results: [], failed: true }), /class="none">検索できません/)
  })

  test('adds the result that is pressed, and keeps the focus', () => {
    let kept = 0
    const [, press] = handlersOf(searchBox(searching(), actions), 'mousedown')
    press!({ preventDefault: () => kept++ })
    assert.deepEqual([take(), kept], [['add …'], 1])
  })

  test('follows the keys, but not those of a Japanese conversion', () => {
    const keyed = (key: string, part: Partial<PageState['search']> = {}, isComposing = false): string[] => {
      let prevented = 0
      const [onKey] = handlersOf(searchBox(searching(part), actions), 'keydown')
      onKey!({ key, isComposing, preventDefault: () => prevented++ })
      const calls = take()
      assert.equal(prevented, calls.length)
      return calls
    }
    assert.deepEqual(keyed('ArrowDown'), ['moveInResults 1'])
    assert.deepEqual(keyed('ArrowUp'), ['moveInResults -1'])
    assert.deepEqual(keyed('Enter'), ['add …'])
    assert.deepEqual(keyed('Enter', { results: [] }), [])
    assert.deepEqual(keyed('Escape'), ['closeSearch'])
    assert.deepEqual(keyed('a'), [])
    assert.deepEqual(keyed('Enter', {}, true), [])
  })

  test('searches for what is typed, and closes without the focus', () => {
    const view = searchBox(searching(), actions)
    handlersOf(view, 'input')[0]!({ target: { value: '自動車' } })
    handlersOf(view, 'blur')[0]!()
    assert.deepEqual(take(), ['search 自動車', 'closeSearch'])
  })
})

suite('the page', () => {
  const page = (part: Partial<PageState> = {}): string =>
    viewText(pageView({ ...livePage(), ...part }, actions))

  test('has the cards of its issues, or a hint how to add an issue', () => {
    assert.match(page(), /<p class="empty">上の検索から/)
    const issues = new Map([issueOf(), { ...newIssue('6758') }].map(issue => [issue.code, issue]))
    assert.match(page({ issues }), /data-issue=7203.*data-issue=6758/)
    assert.ok(!page({ issues }).includes('class="empty"'))
  })

  test('has a notice, and a note while delayed boards fail', () => {
    assert.ok(!page().includes('class="notice"'))
    assert.match(page({ notice: '注意' }), /<p class="notice" role="alert"><span>注意</)
    assert.match(
      page({ delayedFailed: true }),
      /<p class="notice" role="status"><span>20分ディレイの板を更新できません/,
    )
  })

  test('without a sign-in is narrow, with a hint that offers the sign-in if there is one', () => {
    assert.ok(!page().includes('class="hint"'))
    assert.match(page(), /<main class=>/)
    const out = page({ signedIn: false, signInAvailable: true })
    assert.match(out, /class="hint".*class="primary" @click=>サインイン.*<main class=narrow>/)
    assert.ok(!page({ signedIn: false }).includes('class="primary"'))
  })
})
