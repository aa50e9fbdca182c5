import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { IssueState, PageState } from '../../../../client/page/state.ts'
import { issueCard } from '../../../../client/page/view/issue.ts'
import type { BoardJson } from '../../../../market/board-json.ts'
import { actions, BOARD, INFO, issueOf, livePage, TIME, take } from './view-fixture.ts'
import { handlersOf, viewText } from './view-text.ts'

const card = (issue: IssueState, state = livePage()): string => viewText(issueCard(issue, state, actions))

suite('the card of an issue', () => {
  test('has its name, section and trading unit, and closes', () => {
    assert.match(card(issueOf()), /title=髙﨑自動車㈱><span class="code">7203<\/span> 髙﨑自動車㈱</)
    assert.match(card(issueOf()), /<span>プライム<\/span><span>売買単位 100株<\/span>.*TOPIX500/)
    assert.ok(!card(issueOf({ info: { ...INFO, topix500: false } })).includes('TOPIX500'))
    handlersOf(issueCard(issueOf(), livePage(), actions), 'click')[0]!()
    assert.deepEqual(take(), ['remove 7203'])
  })

  test('of an unknown code says so, and has no board', () => {
    const text = card(issueOf({ unknown: true }))
    assert.match(text, /銘柄コード 7203 は見つかりません/)
    assert.ok(!text.includes('ladder'))
  })

  test('has live board, trades and delayed board with a sign-in, else the delayed board alone', () => {
    const text = card(issueOf({ part: 'trades' }))
    assert.match(text, /data-part=trades>.*class="live ".*class="tape".*class="delayed"/)
    assert.match(text, /現在値/)
    const alone = card(issueOf({ delayed: { ...BOARD, status: { code: 'Z9', time: TIME } } }), {
      ...livePage(),
      signedIn: false,
    })
    assert.match(alone, /20分前の値段.*data-part="delayed"/)
    assert.ok(!alone.includes('class="live') && !alone.includes('class="tape"'))
    assert.match(alone, /Z9/)
  })

  test('has a button for each part on a narrow screen', () => {
    const issue = issueOf({ part: 'trades' })
    assert.deepEqual(
      [...card(issue).matchAll(/aria-pressed=(\w+) @click=>([^<]*)</g)].map(
        ([, pressed, ja]) => `${ja} ${pressed}`,
      ),
      ['板 false', '歩み値 true', '20分前 false'],
    )
    const [, , ...parts] = handlersOf(issueCard(issue, livePage(), actions), 'click')
    for (const press of parts) press()
    assert.deepEqual(take(), ['showPart 7203 live', 'showPart 7203 trades', 'showPart 7203 delayed'])
  })

  test('says why its live board may be wrong', () => {
    const trouble = (change: (state: PageState) => unknown, issue = issueOf()): string | undefined => {
      const state = livePage()
      change(state)
      const text = card(issue, state)
      const [, ja] = /<p class="overlay" role="status">([^<]*)</.exec(text) ?? []
      assert.equal(text.includes('class="live stale"'), ja !== undefined)
      assert.equal(text.includes('class="summary stale"'), ja !== undefined)
      return ja
    }
    assert.equal(
      trouble(() => {}),
      undefined,
    )
    assert.equal(
      trouble(state => Object.assign(state, { connection: 'reconnecting' })),
      '接続しています…',
    )
    assert.equal(
      trouble(state => Object.assign(state, { connection: 'closed' })),
      'リアルタイムの接続が終わりました',
    )
    const { live: _, ...boardless } = issueOf()
    assert.equal(
      trouble(() => {}, boardless),
      '板を待っています',
    )
    const become = (line: 'stale' | 'recovering') => (state: PageState) =>
      state.lines.set(2, { state: line, since: TIME })
    assert.equal(trouble(become('stale')), '回線2 途絶 09:31:05から')
    assert.equal(trouble(become('recovering')), '回線2 回復中 09:31:05から')
    // Nothing is wrong with a line of a closed market.
    const close = (line: 'stale' | 'recovering') => (state: PageState) => {
      become(line)(state)
      state.phase = 'closed'
    }
    assert.equal(trouble(close('stale')), undefined)
    assert.equal(trouble(close('recovering')), '回線2 回復中 09:31:05から')
  })

  test('says which time its delayed board has, and whether there is one', () => {
    assert.match(card(issueOf({ delayed: BOARD })), /<time>09:11:05 時点<\/time>/)
    assert.ok(!card(issueOf({ delayed: BOARD })).includes('この時刻の板はありません'))
    assert.ok(card(issueOf()).includes('この時刻の板はありません'))
    const { delayedAsOf: _, ...early } = livePage()
    assert.ok(!card(issueOf(), early).includes('この時刻の板はありません'))
    assert.match(card(issueOf(), early), /20 min late<\/small><time><\/time>/)
  })

  test('keeps the decimals that a price of its boards has needed', () => {
    const point = { price: 100.5, time: TIME }
    for (const board of [
      { ...BOARD, asks: [null, [100.5, 1]] },
      { ...BOARD, bids: [[100.5, 1]] },
      { ...BOARD, last: point },
      { ...BOARD, open: point },
      { ...BOARD, high: point },
      { ...BOARD, low: point },
    ] as readonly BoardJson[]) {
      for (const part of [{ live: board }, { delayed: board }]) {
        const issue = issueOf(part)
        card(issue)
        assert.equal(issue.decimals, 1)
        issue.live = BOARD
        issue.delayed = BOARD
        card(issue)
        assert.equal(issue.decimals, 1)
      }
    }
    const whole = issueOf()
    card(whole)
    assert.equal(whole.decimals, 0)
  })
})
