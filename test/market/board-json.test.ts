import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ASKS, BIDS, emptyBoard, F, statusCode, statusNumber } from '../../market/board.ts'
import { boardInView, boardToJson, tradeToJson } from '../../market/board-to-json.ts'
import { TRADING_DATE } from './codec/arbitrary-ticks.ts'
import { fullBoard, tickOf } from './full-board.ts'

const clockTime = (seconds: number): string => `2026-11-20T09:00:0${seconds}.000000+09:00`

suite('a board as JSON', () => {
  test('has prices in yen, ISO times, and no member without a value', () => {
    const board = emptyBoard('130A')
    board.values[F.last] = 21_830_000
    board.values[F.lastTime] = 9 * 3_600_000_000 + 63_886
    board.values[F.status] = statusNumber('A0')
    board.values[F.turnover] = 27_916_050
    board.values[F.bidSign] = 3
    board.values[ASKS + 2] = 21_835_000
    board.values[ASKS + 3] = 900
    assert.deepEqual(
      boardToJson({ tradingDate: TRADING_DATE, line: 1, sequence: 7, time: 32_400_063_886, board }),
      {
        issue: '130A',
        date: '2026-11-20',
        line: 1,
        sequence: 7,
        time: '2026-11-20T09:00:00.063886+09:00',
        status: { code: 'A0', name: 'halted' },
        last: { price: 2183, time: '2026-11-20T09:00:00.063886+09:00' },
        turnover: 279_160.5,
        bestBid: { sign: 'special' },
        asks: [null, [2183.5, 900]],
        bids: [],
      },
    )
  })

  test('has every status code unchanged, with its name if the meaning is public', () => {
    const statusOf = (code: string) => {
      const board = emptyBoard('7203')
      board.values[F.status] = statusNumber(code)
      return boardToJson(tickOf(board)).status
    }
    const names = {
      A0: 'halted',
      A1: 'resumed',
      B: 'itayose',
      C0: 'suspended',
      C1: 'released',
      D: 'halted-without-orders',
      '20': 'trading',
    }
    for (const [code, name] of Object.entries(names)) assert.deepEqual(statusOf(code), { code, name })
    assert.deepEqual(statusOf('10'), { code: '10' })
    for (const code of ['20', 'A0', 'B', 'C1', 'D']) assert.equal(statusCode(statusNumber(code)), code)
  })

  test('has every field of the exchange in its member, with the time of the field', () => {
    const { asks, bids, ...members } = boardToJson(tickOf(fullBoard(1)))
    assert.deepEqual(members, {
      ...{
        issue: '7203',
        date: '2026-11-20',
        line: 1,
        sequence: 1,
        time: '2026-11-20T09:00:00.000000+09:00',
      },
      updateNumber: 101,
      status: { code: 'B', name: 'itayose', time: clockTime(1) },
      open: { price: 201, time: clockTime(2) },
      high: { price: 202, time: clockTime(3), limit: true },
      low: { price: 203, time: clockTime(4), limit: true },
      last: { price: 204, time: clockTime(5), closing: true },
      volume: 301,
      volumeTime: clockTime(6),
      turnover: 401,
      vwap: 205,
      marketSell: 302,
      marketBuy: 303,
      over: 304,
      under: 305,
      bestAsk: { sign: 'general', time: clockTime(7) },
      bestBid: { sign: 'general', time: clockTime(8) },
    })
    assert.deepEqual([asks.length, asks[0], asks[9]], [10, [501, 1], [510, 10]])
    assert.deepEqual([bids.length, bids[0], bids[9]], [10, [500, 1], [491, 10]])
  })

  test('has a level without a quantity with the quantity 0', () => {
    const board = emptyBoard('7203')
    board.values[BIDS] = 20_000_000
    assert.deepEqual(boardToJson(tickOf(board)).bids, [[2_000, 0]])
  })

  test('names the price limit (制限値幅) and the closing price only where the flag of the exchange is 1', () => {
    const priced = (flag: number | undefined) => {
      const board = emptyBoard('7203')
      board.values[F.high] = 25_000_000
      board.values[F.low] = 20_000_000
      board.values[F.last] = 21_000_000
      if (flag !== undefined)
        for (const field of [F.highStop, F.lowStop, F.closing]) board.values[field] = flag
      const { high, low, last } = boardToJson(tickOf(board))
      return { high, low, last }
    }
    const plain = { high: { price: 2_500 }, low: { price: 2_000 }, last: { price: 2_100 } }
    assert.deepEqual(priced(undefined), plain)
    assert.deepEqual(priced(0), plain)
    assert.deepEqual(priced(1), {
      high: { price: 2_500, limit: true },
      low: { price: 2_000, limit: true },
      last: { price: 2_100, closing: true },
    })
  })

  test('has the signs of the best quotes by name, and no sign 0', () => {
    const signs = (sign: number) => {
      const board = emptyBoard('7203')
      board.values[F.askSign] = sign
      board.values[F.bidTime] = 32_400_000_000
      const { bestAsk, bestBid } = boardToJson(tickOf(board))
      return { bestAsk, bestBid }
    }
    const bestBid = { time: '2026-11-20T09:00:00.000000+09:00' }
    assert.deepEqual(signs(0), { bestAsk: {}, bestBid })
    const names = ['general', 'caution', 'special', 'before-open', 'special-before-halt', 'after-close']
    for (const [index, sign] of [...names, 'sequential', '8', '9'].entries())
      assert.deepEqual(signs(index + 1), { bestAsk: { sign }, bestBid })
  })
})

test('a trade as JSON has its side, or unknown, and an average price if it had several prices', () => {
  const tick = { ...tickOf(emptyBoard('7203')), sequence: 7 }
  const identity = { time: '2026-11-20T09:00:00.000000+09:00', sequence: 7 }
  assert.deepEqual(tradeToJson(tick, { price: 20_000_000, quantity: 300, side: 'sell' }), {
    ...identity,
    price: 2_000,
    quantity: 300,
    side: 'sell',
  })
  assert.deepEqual(tradeToJson(tick, { price: 20_000_000, quantity: 300, average: 19_995_001 }), {
    ...identity,
    price: 2_000,
    quantity: 300,
    side: 'unknown',
    averagePrice: 1_999.5001,
  })
  const several = { price: 20_000_000, quantity: 300, average: 19_995_001 }
  // 599,850.03 yen in sen.
  assert.equal(tradeToJson(tick, several, 59_985_003).turnover, 599_850.03)
})

test('a board in a view has the fields of the view alone', () => {
  const tick = tickOf(fullBoard(1))
  const { updateNumber: _, volumeTime: __, ...whole } = boardToJson(tick)
  const status = { code: 'B', name: 'itayose' }
  assert.deepEqual(boardInView(tick, 'board'), { ...whole, status })
  const { marketSell, marketBuy, over, under, ...quote } = whole
  for (const view of ['quote', 'quote-trades'] as const) {
    assert.deepEqual(boardInView(tick, view), {
      ...quote,
      view: 'quote',
      status,
      bestAsk: { sign: 'general' },
      bestBid: { sign: 'general' },
      asks: [[501, 1]],
      bids: [[500, 1]],
    })
  }
})
