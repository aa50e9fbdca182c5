import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { newChart } from '../../../../client/page/chart-bars.ts'
import type { IssueState } from '../../../../client/page/state.ts'
import { chartPart } from '../../../../client/page/view/chart.ts'
import { actions, INFO, issueOf, livePage, take } from './view-fixture.ts'
import { handlersOf, viewText } from './view-text.ts'

const BAR = { open: 100, high: 110, low: 90, close: 105, volume: 300, turnover: 30_900 }
const open = (part: Partial<IssueState> = {}): IssueState =>
  issueOf({
    chart: { ...newChart('5m', true), bars: [{ ...BAR, time: '2026-11-20T09:05:00.000000+09:00' }] },
    ...part,
  })

suite('the chart of a card', () => {
  test('is a button until it is opened', () => {
    const view = chartPart(issueOf(), livePage(), actions)
    assert.match(viewText(view), /aria-expanded=false/)
    assert.doesNotMatch(viewText(view), /drawing|intervals/)
    for (const click of handlersOf(view, 'click')) click()
    assert.deepEqual(take(), ['toggleChart 7203'])
  })

  test('has a button for each interval, and shows which is chosen', () => {
    const view = chartPart(open(), livePage(), actions)
    assert.match(viewText(view), /aria-pressed=true title=5 minutes @click= *> *5分 *</)
    assert.equal(viewText(view).match(/aria-pressed=false/g)?.length, 4)
    for (const click of handlersOf(view, 'click')) click()
    assert.deepEqual(take(), [
      'toggleChart 7203',
      ...['1m', '5m', '15m', '1h', '1d'].map(interval => `showInterval 7203 ${interval}`),
    ])
  })

  test('says how old it is, that it could not be updated, and what the limits of the day are', () => {
    const delayed = { ...newChart('1m', false), asOf: '2026-11-20T09:11:05.000000+09:00' }
    const text = (part: Partial<IssueState>, signedIn: boolean, connection = livePage().connection): string =>
      viewText(chartPart(open(part), { ...livePage(), signedIn, connection }, actions))
    assert.match(text({}, true), /リアルタイム.*<time><\/time>/)
    assert.match(text({ chart: delayed }, false), /20分ディレイ.*09:11:05 まで/)
    assert.match(text({ chart: delayed }, true, 'closed'), /20分ディレイ.*09:11:05 まで/)
    assert.doesNotMatch(text({}, true), /再試行|値幅|まだ/)
    const empty = newChart('1m', true)
    assert.match(text({ chart: empty }, true), /role="status">足を読み込んでいます。 Loading bars\.</)
    assert.doesNotMatch(text({ chart: empty }, true), /まだ/)
    assert.match(
      text({ chart: { ...empty, loaded: true } }, true),
      /role="status">足がまだありません。 No bars yet\.</,
    )
    assert.doesNotMatch(text({ chart: { ...empty, loaded: true } }, true), /読み込んで/)
    assert.doesNotMatch(text({ chart: { ...empty, failed: true } }, true), /読み込んで|まだ/)
    assert.doesNotMatch(text({ chart: { ...delayed, failed: true } }, false), /まだ/)
    assert.match(text({ chart: { ...delayed, failed: true } }, false), /更新できません。再試行しています。/)
    const refused = text({ chart: { ...empty, refused: true } }, true)
    assert.match(
      refused,
      /role="status">サーバーが足の取得を拒否しました。チャートを開き直すと再試行します。 Bars refused\. /,
    )
    assert.doesNotMatch(refused, /読み込んで|まだ/)
    assert.match(text({ chart: { ...open().chart!, refused: true } }, true), /Bars refused/)
    const info = { ...INFO, limits: { upper: 130, lower: 70, computed: true as const } }
    assert.match(text({ info }, true), /値幅 70–130/)
  })

  test('names what is special about a bar in the table, and explains the marks of the drawing', () => {
    const time = '2026-11-20T09:05:00.000000+09:00'
    const text = (marks: object): string =>
      viewText(
        chartPart(
          open({ chart: { ...newChart('5m', true), bars: [{ ...BAR, time, ...marks }] } }),
          livePage(),
          actions,
        ),
      )
    assert.doesNotMatch(text({}), /class="?gap/)
    assert.match(
      text({ lost: true }),
      /<span class="gap lost">欠落あり <small>trades lost<\/small>.*09:05 <small class="gap lost" title=trades lost>欠落あり</,
    )
    assert.match(
      text({ pending: true, running: true }),
      /<span class="gap pending">取得中 .*09:05 <small class="gap pending" title=trades to come>取得中<\/small><\/th>/,
    )
    assert.match(
      text({ running: true }),
      /<th scope="row">11-20 09:05 <small class="gap running" title=not finished>形成中</,
    )
    assert.doesNotMatch(text({ running: true }), /<span class="gap/)
  })

  test('has the bars as a table, the latest first, at most sixty', () => {
    assert.match(
      viewText(chartPart(open(), livePage(), actions)),
      /<th scope="row">11-20 09:05<\/th><td>100<\/td><td>110<\/td><td>90<\/td><td>105<\/td><td>300<\/td><td>103\.00<\/td>/,
    )
    const bars = Array.from({ length: 70 }, (_, index) => ({ ...BAR, date: `2026-11-${index + 10}` }))
    const rows = viewText(
      chartPart(open({ chart: { ...newChart('1d', true), bars } }), livePage(), actions),
    ).match(/<th scope="row">[^<]+/g)
    assert.deepEqual(
      [rows?.length, rows?.[0], rows?.at(-1)],
      [60, '<th scope="row">2026-11-79', '<th scope="row">2026-11-20'],
    )
  })
})
