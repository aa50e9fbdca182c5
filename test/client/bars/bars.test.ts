import assert from 'node:assert/strict'
import { afterEach, beforeEach, suite, test } from 'node:test'
import {
  type BarEvent,
  connect,
  HistoryRefused,
  IssuesRefused,
  type Itastream,
} from '../../../client/itastream.ts'
import { INTERVALS } from '../../../market/bar-times.ts'
import { F } from '../../../market/board.ts'
import { isoTime } from '../../../market/moment.ts'
import type { DayMicros } from '../../../market/units.ts'
import { TIMING, until } from '../client-harness.ts'
import { createTruth, type Truth } from '../client-truth.ts'
import { TestGateway } from '../test-gateway.ts'
import { type HistoryServer, startHistoryServer } from './history-server.ts'
import { barsUpTo, DATE } from './issue-day.ts'

const ISSUE = '7203'
const at = (hours: number, minutes: number, seconds = 0): DayMicros =>
  ((hours * 60 + minutes) * 60 + seconds) * 1_000_000

let truth: Truth
let gateway: TestGateway
let history: HistoryServer
const clients: Itastream[] = []

/** Trades shares at a time, in whole yen. */
function trade(time: DayMicros, yen: number, quantity: number): void {
  const values = truth.tick(ISSUE)?.board.values
  const price = yen * 10_000
  truth.step(ISSUE, {
    time,
    traded: quantity,
    tradePrice: price,
    fields: [
      [F.open, values?.[F.open] ?? price],
      [F.high, Math.max(values?.[F.high] ?? price, price)],
      [F.low, Math.min(values?.[F.low] ?? price, price)],
      [F.last, price],
      [F.volume, (values?.[F.volume] ?? 0) + quantity],
      [F.turnover, (values?.[F.turnover] ?? 0) + yen * quantity * 100],
    ],
  })
}

/** Opens a client whose waits of seconds are some milliseconds. */
function open(options: { history?: string } = { history: history.url }): Itastream {
  const client = connect({ url: gateway.url, token: async () => 'token', timing: TIMING, ...options })
  clients.push(client)
  return client
}

/** Whether a request for bars starts at 9:03. */
const isAfterStored = (request: string): boolean => /\/bars\/.*from=2026-11-20T09%3A03/.test(request)
const finals = (events: readonly BarEvent[]) => events.filter(({ final }) => final).map(({ bar }) => bar)

suite('bars of a client', () => {
  beforeEach(async () => {
    truth = createTruth()
    gateway = await TestGateway.start(truth)
    history = await startHistoryServer(truth)
    trade(at(9, 0), 2_000, 100)
    trade(at(9, 0, 20), 2_010, 300)
    history.until = at(9, 0, 30)
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close()
    await gateway.close()
    await history.close()
  })

  test('are the history, then live bars, each final once and equal to the stored bar', async () => {
    const events: BarEvent<'1m'>[] = []
    open().bars(ISSUE, '1m', event => events.push(event))
    await until(() => gateway.requests.some(({ action }) => action === 'subscribe'), 'the subscription')
    trade(at(9, 0, 40), 1_990, 200)
    gateway.sendRound()
    await until(() => events.at(-1)?.bar.close === 1_990, 'the open bar')
    trade(at(9, 2, 1), 2_005, 100)
    gateway.sendRound()
    await until(() => events.at(-1)?.bar.close === 2_005, 'the next bar')
    const [first, second] = await barsUpTo(truth.ticks(ISSUE), at(15, 30), INTERVALS['1m'])
    assert.deepEqual(finals(events), [first])
    assert.deepEqual(events.at(-1), { issue: ISSUE, interval: '1m', bar: second, final: false })
    assert.deepEqual([first?.volume, first?.turnover, first?.low], [600, 1_201_000, 1_990])
  })

  test('have the trades between the history and the moment of joining from the server', async () => {
    gateway.journal = 0
    trade(at(9, 0, 35), 2_020, 100)
    const events: BarEvent<'1m'>[] = []
    open().bars(ISSUE, '1m', event => events.push(event))
    await until(() => gateway.requests.some(({ action }) => action === 'subscribe'), 'the subscription')
    gateway.sendRound()
    await until(() => events.at(-1)?.bar.close === 2_020 && !events.at(-1)?.lost, 'the whole bar')
    const [bar] = await barsUpTo(truth.ticks(ISSUE), at(9, 0, 59), INTERVALS['1m'])
    assert.deepEqual(events.at(-1), { issue: ISSUE, interval: '1m', bar, final: false })
    const [subscription] = gateway.requests.filter(({ action }) => action === 'subscribe')
    assert.deepEqual('since' in subscription! && subscription.since, {
      date: '2026-11-20',
      sequences: { [ISSUE]: 2 },
    })
  })

  test('have them also if another listener gets the trades of the issue already', async () => {
    trade(at(9, 0, 35), 2_020, 100)
    const client = open()
    const boards: number[] = []
    client.subscribe(ISSUE, ({ board }) => boards.push(board.sequence))
    await until(() => boards.length > 0, 'the board')
    const events: BarEvent<'1m'>[] = []
    client.bars(ISSUE, '1m', event => events.push(event))
    const hasAsked = (): boolean => gateway.requests.some(({ action }) => action === 'snapshot')
    await until(hasAsked, 'the request for missed trades')
    gateway.sendRound()
    await until(() => events.at(-1)?.bar.close === 2_020 && !events.at(-1)?.lost, 'the whole bar')
    const [bar] = await barsUpTo(truth.ticks(ISSUE), at(9, 0, 59), INTERVALS['1m'])
    assert.deepEqual(events.at(-1), { issue: ISSUE, interval: '1m', bar, final: false })
    const request = gateway.requests.find(({ action }) => action === 'snapshot')
    assert.deepEqual(request, { ...request, since: { date: '2026-11-20', sequences: { [ISSUE]: 2 } } })
  })

  test('become whole from the history if it lacked trades of the moment of joining', async () => {
    gateway.journal = undefined
    trade(at(9, 0, 35), 2_020, 100)
    const events: BarEvent<'1m'>[] = []
    open().bars(ISSUE, '1m', event => events.push(event))
    await until(() => events.at(-1)?.lost === true, 'the mark of missing trades')
    trade(at(9, 0, 50), 2_015, 100)
    gateway.sendRound()
    history.until = at(9, 0, 45)
    await until(() => events.at(-1)?.bar.close === 2_015 && !events.at(-1)?.lost, 'the whole bar')
    const [bar] = await barsUpTo(truth.ticks(ISSUE), at(9, 0, 59), INTERVALS['1m'])
    assert.deepEqual(events.at(-1), { issue: ISSUE, interval: '1m', bar, final: false })
  })

  test('become whole while the history is behind the live trades', async () => {
    const events: BarEvent<'1m'>[] = []
    const client = open()
    client.on('error', ({ message }) => assert.fail(message))
    client.bars(ISSUE, '1m', event => events.push(event))
    await until(() => gateway.requests.some(({ action }) => action === 'subscribe'), 'the subscription')
    // A quote without a trade, which closes the first bar.
    truth.step(ISSUE, { time: at(9, 3, 5), fields: [] })
    gateway.sendRound()
    await until(() => finals(events).length > 0, 'the final bar')
    gateway.journal = undefined
    gateway.terminate()
    trade(at(9, 3, 20), 1_990, 200)
    await until(() => history.requests.some(isAfterStored), 'a request of a start after the stored ticks')
    history.until = at(9, 4)
    await until(() => finals(events).length > 1, 'the bar of the missed trade')
    assert.deepEqual(finals(events), await barsUpTo(truth.ticks(ISSUE), at(9, 4), INTERVALS['1m']))
  })

  test('of a quiet issue become final by the history', async () => {
    const events: BarEvent<'5m'>[] = []
    open().bars(ISSUE, '5m', event => events.push(event))
    await until(() => events.length > 0, 'the open bar')
    assert.deepEqual(finals(events), [])
    history.until = at(9, 5)
    await until(() => finals(events).length > 0, 'the final bar')
    const reads = history.requests.length
    assert.deepEqual(finals(events), await barsUpTo(truth.ticks(ISSUE), at(9, 5), INTERVALS['5m']))
    trade(at(9, 5, 1), 2_000, 100)
    gateway.sendRound()
    await until(() => events.at(-1)?.bar.time === isoTime(DATE, at(9, 5)), 'the next bar')
    assert.equal(history.requests.length, reads)
  })

  test('are loaded after the first answer of the history, with or without bars', async () => {
    history.failures.push(503)
    const order: string[] = []
    const loaded = (): void => void order.push('loaded')
    open().bars(ISSUE, '1m', ({ bar }) => order.push(bar.time.slice(11, 16)), { loaded })
    await until(() => order.includes('loaded'), 'the first answer')
    assert.equal(order.join(), '09:00,loaded')
    await until(() => gateway.requests.some(({ action }) => action === 'subscribe'), 'the subscription')
    trade(at(9, 2), 2_005, 100)
    gateway.sendRound()
    await until(() => order.includes('09:02'), 'a live bar')
    assert.equal(order.filter(each => each === 'loaded').length, 1)
    const others: string[] = []
    history.until = at(8, 0)
    const listener = (): void => void others.push('bar')
    open().bars(ISSUE, '1m', listener, { loaded: () => others.push('loaded') })
    await until(() => others.length > 0, 'the answer without bars')
    assert.equal(others[0], 'loaded')
  })

  test('of pages come once', async () => {
    history.pageSize = 1
    trade(at(9, 1), 2_000, 100)
    trade(at(9, 2), 2_000, 100)
    history.until = at(15, 30)
    const events: BarEvent[] = []
    open().bars(ISSUE, '1m', event => events.push(event), { from: isoTime(DATE, at(9, 1)) })
    await until(() => events.length === 2, 'two bars')
    const [, ...bars] = await barsUpTo(truth.ticks(ISSUE), at(15, 30), INTERVALS['1m'])
    assert.deepEqual(
      events.map(({ bar }) => bar),
      bars,
    )
    assert.match(history.requests[1]!, /interval=1m&from=.*&to=2026-11-20T15%3A30.*&after=1$/)
  })

  test('as an iterable end with the loop, which ends the subscription', async () => {
    const seen: number[] = []
    for await (const { bar } of open().bars(ISSUE, '1m')) {
      seen.push(bar.close)
      if (seen.length === 1) {
        await until(() => gateway.requests.some(({ action }) => action === 'subscribe'), 'the subscription')
        trade(at(9, 0, 40), 1_990, 200)
        gateway.sendRound()
      } else break
    }
    assert.deepEqual(seen, [2_010, 1_990])
    await until(() => gateway.requests.at(-1)?.action === 'unsubscribe', 'the end of the subscription')
  })

  test('as an iterable call no callback, which would run before the bars that wait', async () => {
    let calls = 0
    const options = { from: isoTime(DATE, at(9, 0)), loaded: () => calls++ }
    for await (const { bar } of open().bars(ISSUE, '1m', options)) {
      assert.equal(bar.close, 2_010)
      await until(() => gateway.requests.some(({ action }) => action === 'subscribe'), 'the subscription')
      break
    }
    assert.equal(calls, 0)
  })

  test('end when the client is closed', async () => {
    const client = open()
    const bars = client.bars(ISSUE, '1m')[Symbol.asyncIterator]()
    assert.equal((await bars.next()).value?.bar.close, 2_010)
    const next = bars.next()
    client.close()
    assert.deepEqual(await next, { done: true, value: undefined })
  })

  test('try again after failures of the history that pass', async () => {
    history.failures.push(500, 401, 429)
    const events: BarEvent[] = []
    open().bars(ISSUE, '1m', event => events.push(event))
    await until(() => events.length > 0, 'the open bar')
    assert.equal(history.failures.length, 0)
  })

  test('report a refusal: an iterable throws it, and a listener gets it with the event error', async () => {
    history.unknownIssues.add(ISSUE)
    const client = open()
    await assert.rejects(
      async () => {
        for await (const { bar } of client.bars(ISSUE, '1m')) assert.fail(bar.time)
      },
      (error: unknown) => error instanceof HistoryRefused && error.code === 'unknown-issue',
    )
    const errors: string[] = []
    client.on('error', ({ code }) => errors.push(code))
    const refusals: Error[] = []
    const fail = ({ bar }: BarEvent<'1m'>): void => assert.fail(bar.time)
    client.bars(ISSUE, '1m', fail, { refused: error => refusals.push(error) })
    await until(() => errors.length > 0, 'the error')
    assert.deepEqual(errors, ['history'])
    assert.deepEqual(
      refusals.map(error => error instanceof HistoryRefused && error.code),
      ['unknown-issue'],
    )
  })

  test('are refused for a text that is no issue code, before any request', () => {
    const client = open()
    assert.throws(() => client.bars('7203.T', '1m', () => {}), RangeError)
    assert.throws(() => client.bars('7203.T', '1m')[Symbol.asyncIterator](), RangeError)
    assert.deepEqual(history.requests, [])
  })

  test('end with an error if the server refuses the issue', async () => {
    gateway.unknownIssues.add(ISSUE)
    await assert.rejects(
      async () => {
        for await (const { bar } of open().bars(ISSUE, '1m')) assert.equal(bar.close, 2_010)
      },
      (error: unknown) => error instanceof IssuesRefused && error.code === 'unknown-issue',
    )
    const refusals: Error[] = []
    open().bars(ISSUE, '1m', () => {}, { refused: error => refusals.push(error) })
    await until(() => refusals.length > 0, 'the refusal')
    assert.ok(refusals[0] instanceof IssuesRefused)
  })

  test('report no refusal if the app ends them or closes the client', async () => {
    const client = open()
    let bars = 0
    const refused = (error: Error): void => assert.fail(error)
    const end = client.bars(ISSUE, '1m', () => bars++, { refused })
    client.bars(ISSUE, '5m', () => bars++, { refused })
    await until(() => bars === 2, 'the open bars')
    end()
    client.close()
  })

  test('end with the first bar if the listener ends them', async () => {
    trade(at(9, 1), 2_000, 100)
    history.until = at(9, 1, 30)
    const events: BarEvent[] = []
    const client = open()
    const end = client.bars(ISSUE, '1m', event => {
      events.push(event)
      end()
    })
    await until(() => events.length > 0, 'the first bar')
    const other: BarEvent[] = []
    client.bars(ISSUE, '5m', event => other.push(event))
    await until(() => gateway.requests.some(({ action }) => action === 'subscribe'), 'the other bars')
    trade(at(9, 1, 40), 1_990, 200)
    gateway.sendRound()
    await until(() => other.at(-1)?.bar.close === 1_990, 'the other open bar')
    assert.equal(events.length, 1)
  })

  test('need the address of the history', () => {
    assert.throws(() => open({}).bars(ISSUE, '1m', () => {}), /expected the option "history"/)
  })

  test('of days have the prices of the boards', async () => {
    const events: BarEvent<'1d'>[] = []
    open().bars(ISSUE, '1d', event => events.push(event))
    await until(() => gateway.requests.some(({ action }) => action === 'subscribe'), 'the subscription')
    // A trade so late, because the client waits for the end of the day in milliseconds here.
    trade(at(16, 28), 1_990, 200)
    gateway.sendRound()
    history.until = at(16, 28, 30)
    await until(() => events.at(-1)?.bar.low === 1_990 && !events.at(-1)?.lost, 'the bar of the day')
    const prices = { open: 2_000, high: 2_010, low: 1_990, close: 1_990 }
    const bar = { date: '2026-11-20', ...prices, volume: 600, turnover: 1_201_000 }
    assert.deepEqual(events.at(-1), { issue: ISSUE, interval: '1d', bar, final: false })
    history.until = at(16, 30)
    await until(() => finals(events).length > 0, 'the final bar')
    assert.deepEqual(events.at(-1), { issue: ISSUE, interval: '1d', bar, final: true })
  })
})
