import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createChartActions } from '../../../client/page/chart-actions.ts'
import type { ChartBar } from '../../../client/page/chart-bars.ts'
import { createCharts } from '../../../client/page/chart-side.ts'
import type { BarsListener } from '../../../client/page/live-side.ts'
import { initialState, newIssue } from '../../../client/page/state.ts'
import { momentOf } from '../../../market/moment.ts'
import { asTradingDate } from '../../../market/units.ts'

const at = (clock: string): string => `2026-11-20T${clock}:00.000000+09:00`
const bar = (clock: string, close: number): ChartBar & { time: string } => ({
  ...{ time: at(clock), open: 1, high: 9, low: 1, close, volume: 100 },
})

/** A page with the boards of two issues. Its timers run only in `pass`. */
function openPage(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1_000_000 })
  const state = initialState()
  state.now = momentOf(asTradingDate(20261120), 36_000_000_000)
  for (const code of ['7203', '6758']) state.issues.set(code, newIssue(code))
  const page = { hidden: false, failing: false, bars: [bar('09:00', 1)] as readonly ChartBar[] }
  const requests: string[] = []
  const listeners = new Map<string, BarsListener>()
  const charts = createCharts({
    rest: {
      async bars(issue, interval, { from }) {
        requests.push(`${issue} ${interval} ${from}`)
        if (page.failing) throw new Error('failed by the test')
        return { asOf: at('09:30'), bars: page.bars }
      },
    },
    live: {
      bars(issue, interval, from, listener) {
        requests.push(`live ${issue} ${interval} ${from}`)
        listeners.set(issue, listener)
        return () => void requests.push(`end ${issue} ${interval}`)
      },
    },
    state,
    isHidden: () => page.hidden,
    changed() {},
  })
  const actions = createChartActions(state, charts.refresh, () => {})
  const chart = () => state.issues.get('7203')?.chart
  return {
    ...{ state, page, actions, chart, listeners, take: () => requests.splice(0) },
    async pass(seconds: number) {
      for (let passed = 0; passed < seconds; passed++) {
        t.mock.timers.tick(1_000)
        await new Promise(resolve => setImmediate(resolve))
      }
    },
  }
}

test('a delayed chart reads its bars, and every thirty seconds what has come since', async t => {
  const { page, actions, chart, take, pass } = openPage(t)
  actions.toggleChart('7203')
  await pass(1)
  assert.deepEqual(take(), ['7203 1m undefined'])
  assert.deepEqual([chart()?.asOf, chart()?.bars.length, chart()?.isLive], [at('09:30'), 1, false])
  assert.equal(chart()?.loaded, true)
  page.bars = [bar('09:00', 2), bar('09:01', 3)]
  await pass(28)
  assert.deepEqual(take(), [])
  await pass(2)
  assert.deepEqual(take(), [`7203 1m ${at('09:00')}`])
  assert.deepEqual(
    chart()?.bars.map(({ close }) => close),
    [2, 3],
  )
  page.hidden = true
  await pass(60)
  actions.toggleChart('7203')
  page.hidden = false
  await pass(60)
  assert.deepEqual([take(), chart()], [[], undefined])
})

test('longer intervals start days before, and the last choice is the interval of the next chart', async t => {
  const { page, state, actions, take, pass } = openPage(t)
  page.bars = []
  for (const interval of ['5m', '15m', '1h', '1d'] as const) actions.showInterval('7203', interval)
  await pass(1)
  assert.deepEqual(take(), [
    '7203 5m 2026-11-13T01:00:00.000Z',
    '7203 15m 2026-11-06T01:00:00.000Z',
    '7203 1h 2026-10-11T01:00:00.000Z',
    '7203 1d 2025-11-20T01:00:00.000Z',
  ])
  actions.toggleChart('6758')
  assert.equal(state.issues.get('6758')?.chart?.interval, '1d')
  for (const code of ['9999']) {
    actions.toggleChart(code)
    actions.showInterval(code, '1m')
  }
  assert.equal(state.issues.size, 2)
})

test('a failed request is shown, keeps the bars, and is repeated', async t => {
  const { page, actions, chart, pass } = openPage(t)
  page.failing = true
  actions.toggleChart('7203')
  await pass(1)
  assert.deepEqual([chart()?.failed, chart()?.loaded], [true, false])
  page.failing = false
  await pass(30)
  page.failing = true
  await pass(30)
  assert.deepEqual([chart()?.failed, chart()?.bars.length], [true, 1])
  page.failing = false
  await pass(30)
  assert.equal(chart()?.failed, false)
})

test('the chart of a signed-in user is live, and starts anew after signing in or out', async t => {
  const { state, actions, chart, listeners, take, pass } = openPage(t)
  actions.toggleChart('7203')
  await pass(1)
  take()
  Object.assign(state, { signedIn: true, connection: 'connected' })
  await pass(1)
  assert.deepEqual(take(), ['live 7203 1m undefined'])
  assert.equal(chart()?.loaded, false)
  listeners.get('7203')?.loaded()
  assert.equal(chart()?.loaded, true)
  listeners.get('7203')?.bar(bar('09:00', 1))
  listeners.get('7203')?.bar(bar('09:00', 2))
  assert.deepEqual(
    chart()?.bars.map(({ close }) => close),
    [2],
  )
  actions.showInterval('7203', '5m')
  assert.deepEqual(take(), ['end 7203 1m', 'live 7203 5m 2026-11-13T01:00:00.000Z'])
  state.signedIn = false
  await pass(1)
  assert.deepEqual(take(), ['end 7203 5m', '7203 5m 2026-11-13T01:00:00.000Z'])
  assert.equal(chart()?.isLive, false)
})

test('a chart is delayed after its connection has ended for good', async t => {
  const { state, actions, chart, take, pass } = openPage(t)
  Object.assign(state, { signedIn: true, connection: 'connected' })
  actions.toggleChart('7203')
  state.connection = 'reconnecting'
  await pass(1)
  assert.deepEqual(take(), ['live 7203 1m undefined'])
  state.connection = 'closed'
  await pass(1)
  assert.deepEqual(take(), ['end 7203 1m', '7203 1m undefined'])
  assert.equal(chart()?.isLive, false)
})

test('a live chart whose bars are refused says so, and is requested again when it is opened again', async t => {
  const { state, actions, chart, listeners, take, pass } = openPage(t)
  Object.assign(state, { signedIn: true, connection: 'connected' })
  actions.toggleChart('7203')
  listeners.get('7203')?.refused()
  assert.deepEqual([chart()?.refused, chart()?.loaded], [true, false])
  await pass(60)
  assert.deepEqual(take(), ['live 7203 1m undefined'])
  actions.toggleChart('7203')
  actions.toggleChart('7203')
  assert.deepEqual(take(), ['end 7203 1m', 'live 7203 1m undefined'])
  assert.equal(chart()?.refused, false)
})
