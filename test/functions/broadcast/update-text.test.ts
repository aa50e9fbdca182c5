import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boardText, changeText, wholeText } from '../../../functions/broadcast/update-text.ts'
import { ASKS, BIDS, emptyBoard, F, FIELD_COUNT } from '../../../market/board.ts'
import type { IssueUpdate } from '../../../market/issue-update.ts'
import type { Tick } from '../../../market/tick.ts'
import { TRADING_DATE } from '../stored-market.ts'

/** 9:31:05.301442 in microseconds of the day, and in epoch microseconds. */
const TIME = 34_265_301_442
const MOMENT = 1_795_134_665_301_442

function tickOf(): Tick {
  const board = emptyBoard('7203')
  const values: [number, number][] = [
    [F.updateNumber, 99],
    [F.last, 21_880_000],
    [F.lastTime, TIME - 350],
    [F.volume, 8_122_900],
    [F.turnover, 1_774_854_650_000],
    [F.vwap, 21_846_700],
    [F.over, 700],
    [ASKS, 21_885_000],
    [ASKS + 1, 17_900],
    [ASKS + 2, 21_890_000],
    [ASKS + 3, 19_700],
    [BIDS, 21_880_000],
    [BIDS + 1, 300],
  ]
  for (const [field, value] of values) board.values[field] = value
  return { tradingDate: TRADING_DATE, line: 1, sequence: 48_133, time: TIME, board }
}

/** An update of two trades that touched the last price, the totals, OVER, and the best two sell levels. */
function updateOf(part: Partial<IssueUpdate> = {}): IssueUpdate {
  const touched = new Uint8Array(FIELD_COUNT)
  const fields = [
    F.updateNumber,
    F.last,
    F.lastTime,
    F.volume,
    F.turnover,
    F.vwap,
    F.over,
    ASKS + 1,
    ASKS + 2,
  ]
  for (const field of fields) touched[field] = 1
  return {
    tick: tickOf(),
    follows: 48_120,
    touched,
    trades: [
      { sequence: 48_129, time: TIME - 1_000, trade: { price: 21_890_000, quantity: 400, side: 'buy' } },
      {
        sequence: 48_133,
        time: TIME - 350,
        trade: { price: 21_880_000, quantity: 300, average: 21_882_500 },
      },
    ],
    high: 21_890_000,
    low: 21_880_000,
    traded: 700,
    lost: false,
    ...part,
  }
}

const CHANGES =
  '"changes":{"last":{"price":2188,"time":350},"volume":8122900,"turnover":17748546500,"vwap":2184.67,"over":700,' +
  '"asks":[[0,2188.5,17900],[1,2189,19700]]}'
const TRADES = '"trades":[[2189,400,"buy",48129,1000],[2188,300,null,48133,350,2188.25]]'

test('a difference of a board has the touched members and every trade', () => {
  const head = `{"issue":"7203","follows":48120,"sequence":48133,"time":${MOMENT},`
  assert.equal(changeText(updateOf(), 'board'), `${head}${CHANGES},${TRADES}}`)
  const quiet = updateOf({ trades: [], high: undefined, low: undefined, traded: 0, lost: true })
  assert.equal(changeText(quiet, 'board'), `${head}${CHANGES},"lost":true}`)
})

test('a difference of a quote is a row, with high and low or with every trade', () => {
  const last = '2188,350,8122900,17748546500,2184.67'
  const head = `["7203",48120,48133,${MOMENT},[2188.5,17900],0,`
  assert.equal(changeText(updateOf(), 'quote'), `${head}[${last},2189,2188]]`)
  assert.equal(changeText(updateOf(), 'quote-trades'), `${head}[${last}],{${TRADES}}]`)
  assert.equal(changeText(updateOf({ lost: true }), 'quote'), `${head}[${last},2189,2188],{"lost":true}]`)
})

test('an update that follows nothing is a whole board in its view', () => {
  const update = updateOf({ follows: undefined })
  const common = {
    issue: '7203',
    date: '2026-11-20',
    line: 1,
    sequence: 48_133,
    time: '2026-11-20T09:31:05.301442+09:00',
    last: { price: 2188, time: '2026-11-20T09:31:05.301092+09:00' },
    volume: 8_122_900,
    turnover: 17_748_546_500,
    vwap: 2184.67,
    bids: [[2188, 300]],
  }
  const asks = [
    [2188.5, 17_900],
    [2189, 19_700],
  ]
  const board = { ...common, over: 700, asks }
  const quote = { ...common, view: 'quote', asks: asks.slice(0, 1) }
  const { trades } = JSON.parse(`{${TRADES}}`)
  assert.equal(changeText(update, 'board'), wholeText(update, 'board'))
  assert.deepEqual(JSON.parse(wholeText(update, 'board')), { board, trades })
  assert.deepEqual(JSON.parse(wholeText(update, 'quote')), {
    board: quote,
    high: 2189,
    low: 2188,
    traded: 700,
  })
  assert.deepEqual(JSON.parse(wholeText(update, 'quote-trades')), { board: quote, trades })
  assert.deepEqual(JSON.parse(boardText(update.tick, 'board', false)), { board })
  assert.deepEqual(JSON.parse(boardText(update.tick, 'quote', true)), { board: quote, lost: true })
})
