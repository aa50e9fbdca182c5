import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { initialState, type PageState } from '../../../../client/page/state.ts'
import { listView } from '../../../../client/page/view/list.ts'
import { actions, BOARD, livePage, TIME } from './view-fixture.ts'
import { viewText } from './view-text.ts'

suite('the top of a list', () => {
  const watch = (part: Partial<PageState>): string => {
    const state = { ...livePage(), ...part }
    state.lists.watch.order = ['7203']
    state.quotes.set('7203', BOARD)
    return viewText(listView('watch', state, actions))
  }

  test('says that the watchlist is live, or why it is not', () => {
    const live = watch({})
    assert.match(live, /<p role="status"><span class="tag now">リアルタイム<\/span> *<small>Live</)
    assert.doesNotMatch(live, /更新停止|再接続中/)
    const old = watch({ lines: new Map([[2, { state: 'recovering', since: TIME }]]) })
    assert.match(
      old,
      /リアルタイム.*更新停止1銘柄<\/span> *<small>1 not current<.*class="hidden">更新停止 not current</,
    )
    const cut = watch({ connection: 'reconnecting' })
    assert.match(cut, /<span class="tag delay">再接続中<\/span> *<small>Reconnecting<.*更新停止 not current</)
    assert.doesNotMatch(cut, /リアルタイム/)
  })

  test('says which moment a watchlist is of whose connection has ended for good', () => {
    const market = { asOf: '2026-11-20T09:11:05.000000+09:00', failed: true, rows: new Map() }
    const ended = watch({ connection: 'closed', market })
    assert.match(ended, /20分ディレイ<\/span> *<small>20 min late<.*<time>09:11:05 時点<.*再試行しています/)
    assert.doesNotMatch(ended, /更新停止/)
  })

  test('says which moment the whole market is of, or that it is loading', () => {
    const market = (asOf?: string): string => {
      const state = initialState()
      state.lists.market.order = ['7203']
      if (asOf !== undefined) Object.assign(state.market, { asOf })
      return viewText(listView('market', state, actions))
    }
    assert.match(market(), /20分ディレイ.*<time>読み込んでいます<\/time>/)
    assert.match(market('2026-11-20T09:11:05.000000+09:00'), /<time>09:11:05 時点<\/time>/)
  })
})
