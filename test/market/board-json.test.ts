import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  ASKS,
  BIDS,
  emptyBoard,
  F,
  FIELD_COUNT,
  LEVELS,
  statusCode,
  statusNumber,
} from '../../market/board.ts'
import { applyChanges } from '../../market/board-json.ts'
import { boardToJson, changesToJson } from '../../market/board-to-json.ts'
import { arbitraryTicks, TRADING_DATE } from './codec/arbitrary-ticks.ts'

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

  test('has every status code unchanged', () => {
    for (const code of ['20', 'A0', 'B', 'C1', 'D']) assert.equal(statusCode(statusNumber(code)), code)
  })

  test('names the price limit (制限値幅) and the closing price only where the flag of the exchange is 1', () => {
    const priced = (flag: number | undefined) => {
      const board = emptyBoard('7203')
      board.values[F.high] = 25_000_000
      board.values[F.low] = 20_000_000
      board.values[F.last] = 21_000_000
      if (flag !== undefined)
        for (const field of [F.highStop, F.lowStop, F.closing]) board.values[field] = flag
      const { high, low, last } = boardToJson({
        tradingDate: TRADING_DATE,
        line: 1,
        sequence: 1,
        time: 32_400_000_000,
        board,
      })
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
      const { bestAsk, bestBid } = boardToJson({
        tradingDate: TRADING_DATE,
        line: 1,
        sequence: 1,
        time: 32_400_000_000,
        board,
      })
      return { bestAsk, bestBid }
    }
    const bestBid = { time: '2026-11-20T09:00:00.000000+09:00' }
    assert.deepEqual(signs(0), { bestAsk: {}, bestBid })
    assert.deepEqual(signs(1), { bestAsk: { sign: 'general' }, bestBid })
    assert.deepEqual(signs(9), { bestAsk: { sign: '9' }, bestBid })
  })

  test('becomes the later board by a difference, from any board in between', () => {
    const boards = arbitraryTicks({ minLength: 2, issues: 1 })
    fc.assert(
      fc.property(boards, fc.nat(), (ticks, pick) => {
        for (const { board } of ticks) {
          // Make the numbers valid: times within a day, and levels with both a price and a quantity or neither.
          for (let field = 0; field < FIELD_COUNT; field++)
            board.values[field] = Math.abs(board.values[field]! % 86_400_000)
          for (const side of [ASKS, BIDS]) {
            for (let level = 0; level < LEVELS; level++)
              if (board.values[side + 2 * level]! % 3 === 0) {
                board.values[side + 2 * level] = board.values[side + 2 * level + 1] = Number.MIN_SAFE_INTEGER
              }
          }
        }
        const touched = new Uint8Array(FIELD_COUNT)
        for (const [index, { board }] of ticks.entries()) {
          if (index === 0) continue
          for (let field = 0; field < FIELD_COUNT; field++) {
            if (board.values[field] !== ticks[index - 1]!.board.values[field]) touched[field] = 1
          }
        }
        const last = ticks.at(-1)!
        const from = boardToJson(ticks[pick % ticks.length]!)
        const target = boardToJson(last)
        assert.deepEqual(applyChanges(from, changesToJson(last, touched), target), target)
      }),
    )
  })
})
