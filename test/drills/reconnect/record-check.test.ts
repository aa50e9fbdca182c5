import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BoardEvent } from '../../../client/itastream.ts'
import type { BarJson } from '../../../market/bars.ts'
import type { TradeJson } from '../../../market/board-json.ts'
import { type AppRecord, boardKey, hashOf, markOf, Recorder } from './app-record.ts'
import { checkApp, checkBoards, type DrillTruth, emptyVerdict, isComplete } from './record-check.ts'

const ISSUE = '7203'

function trade(sequence: number, price = 100): TradeJson {
  return { price, quantity: 100, time: `2026-11-20T09:30:${sequence}.000000+09:00`, sequence, side: 'buy' }
}

function event(sequence: number, trades: readonly TradeJson[], more: Partial<BoardEvent> = {}): BoardEvent {
  const board = {
    issue: ISSUE,
    date: '2026-11-20',
    line: 1,
    sequence,
    time: trade(sequence).time,
    asks: [],
    bids: [],
  }
  return { issue: ISSUE, board, trades, snapshot: false, ...more }
}

function bar(minute: string, close = 100): BarJson {
  return { time: `2026-11-20T${minute}:00.000000+09:00`, open: 100, high: 100, low: 100, close, volume: 100 }
}

const TRADES = [11, 12, 13, 14].map(sequence => trade(sequence))
const TRUTH: DrillTruth = {
  trades: () => TRADES.map(each => [...markOf(each), hashOf({ ...each, turnover: undefined })]),
  due: () => 14,
  board: key => (key === boardKey(event(14, []).board) ? hashOf(event(14, []).board) : undefined),
  bars: () => [bar('09:30'), bar('09:31'), bar('09:32')],
}

/** Returns the record of an app after these events. */
function recorded(events: readonly BoardEvent[], bars: readonly BarJson[] = []): AppRecord {
  const recorder = new Recorder([ISSUE], new Map())
  for (const each of [event(9, []), event(10, []), ...events]) recorder.noteBoard(each)
  for (const each of bars) recorder.noteBar({ issue: ISSUE, interval: '1m', bar: each, final: true })
  return recorder.record
}

function verdictOf(events: readonly BoardEvent[], bars?: readonly BarJson[]) {
  const verdict = emptyVerdict()
  checkApp(verdict, recorded(events, bars), ISSUE, TRUTH)
  return verdict
}

test('an app with everything once has no fault', () => {
  const verdict = verdictOf([event(12, TRADES.slice(0, 2)), event(14, TRADES.slice(2))], TRUTH.bars(ISSUE))
  assert.deepEqual(verdict, { ...emptyVerdict(), tradesExpected: 4, bars: 3 })
  assert.ok(isComplete(verdict))
})

test('missing, repeated, changed and reordered trades are noticed', () => {
  const [a, b, c, d] = TRADES as [TradeJson, TradeJson, TradeJson, TradeJson]
  assert.equal(verdictOf([event(14, [a, b, d])]).tradesMissing, 1)
  assert.equal(verdictOf([event(12, [a, b]), event(14, [b, c, d])]).tradesTwice, 1)
  assert.equal(verdictOf([event(14, [a, b, trade(13, 101), d])]).tradesWrong, 1)
  assert.equal(verdictOf([event(14, [a, c, b, d])]).tradesWrong, 1)
  assert.equal(isComplete(verdictOf([event(14, [a, b, d])])), false)
})

test('an app that stands still, goes back or reports a loss is noticed', () => {
  assert.match(verdictOf([event(12, TRADES.slice(0, 2))]).problems.join(), /stands at 12/)
  assert.match(verdictOf([event(14, TRADES), event(13, [])]).problems.join(), /board 13 after 14/)
  assert.match(verdictOf([event(14, TRADES, { lost: true })]).problems.join(), /lost before 14/)
  assert.match(verdictOf([event(13, TRADES), event(14, [])]).problems.join(), /trade 14 after its board/)
})

test('bars that differ, come again or do not come are noticed', () => {
  const all = event(14, TRADES)
  assert.equal(verdictOf([all], [bar('09:30'), bar('09:31', 101), bar('09:32')]).barsDiffering, 1)
  assert.equal(verdictOf([all], [bar('09:30'), bar('09:30'), bar('09:31'), bar('09:32')]).barsDiffering, 1)
  assert.equal(verdictOf([all], [bar('09:30'), bar('09:32')]).barsMissing, 1)
  assert.equal(verdictOf([all], [bar('09:31'), bar('09:32')]).barsMissing, 0)
})

test('boards that the exchange never had are noticed, whatever the order of their members', () => {
  const { board } = event(14, [])
  const reordered = Object.fromEntries(Object.entries(board).reverse()) as unknown as typeof board
  for (const [shown, wrong] of [
    [board, 0],
    [reordered, 0],
    [{ ...board, asks: [[101, 100] as const] }, 1],
    [{ ...board, sequence: 15 }, 1],
  ] as const) {
    const verdict = emptyVerdict()
    checkBoards(verdict, new Map([[boardKey(shown), hashOf(shown)]]), TRUTH)
    assert.equal(verdict.wrongBoards, wrong)
  }
})
