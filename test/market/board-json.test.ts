import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import {
  ASKS,
  BIDS,
  type Board,
  emptyBoard,
  F,
  FIELD_COUNT,
  LEVELS,
  statusCode,
  statusNumber,
  TIME_FIELDS,
} from '../../market/board.ts'
import { applyChanges, type BoardChangesJson, type BoardJson } from '../../market/board-json.ts'
import { boardToJson, changesToJson, tradeToJson } from '../../market/board-to-json.ts'
import type { Tick } from '../../market/tick.ts'
import { arbitraryTicks, TRADING_DATE } from './codec/arbitrary-ticks.ts'

const NINE = 32_400_000_000

const tickOf = (board: Board): Tick => ({
  tradingDate: TRADING_DATE,
  line: 1,
  sequence: 1,
  time: NINE,
  board,
})

const clockTime = (seconds: number): string => `2026-11-20T09:00:0${seconds}.000000+09:00`

/** Returns a board with a value in every field; `sign` is the sign of both best quotes, and every flag. */
function fullBoard(sign: number): Board {
  const board = emptyBoard('7203')
  const { values } = board
  values[F.updateNumber] = 101
  values[F.status] = statusNumber('B')
  for (const [index, field] of TIME_FIELDS.entries()) values[field] = NINE + (index + 1) * 1_000_000
  for (const [index, field] of [F.open, F.high, F.low, F.last, F.vwap].entries())
    values[field] = (201 + index) * 10_000
  for (const field of [F.highStop, F.lowStop, F.closing, F.askSign, F.bidSign]) values[field] = sign
  for (const [index, field] of [F.volume, F.marketSell, F.marketBuy, F.over, F.under].entries())
    values[field] = 301 + index
  values[F.turnover] = 401 * 100
  for (let level = 0; level < LEVELS; level++) {
    values.set([(501 + level) * 10_000, level + 1], ASKS + 2 * level)
    values.set([(500 - level) * 10_000, level + 1], BIDS + 2 * level)
  }
  return board
}

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
})

suite('a difference of boards', () => {
  const none = () => new Uint8Array(FIELD_COUNT)

  test('has the members and the levels of the touched fields', () => {
    const tick = tickOf(fullBoard(1))
    const whole = boardToJson(tick)
    assert.deepEqual(changesToJson(tick, none()), {})
    for (const [field, name] of [
      [F.updateNumber, 'updateNumber'],
      [F.status, 'status'],
      [F.statusTime, 'status'],
      [F.open, 'open'],
      [F.openTime, 'open'],
      [F.high, 'high'],
      [F.highTime, 'high'],
      [F.highStop, 'high'],
      [F.low, 'low'],
      [F.lowTime, 'low'],
      [F.lowStop, 'low'],
      [F.last, 'last'],
      [F.lastTime, 'last'],
      [F.closing, 'last'],
      [F.volume, 'volume'],
      [F.volumeTime, 'volumeTime'],
      [F.turnover, 'turnover'],
      [F.vwap, 'vwap'],
      [F.marketSell, 'marketSell'],
      [F.marketBuy, 'marketBuy'],
      [F.over, 'over'],
      [F.under, 'under'],
      [F.askTime, 'bestAsk'],
      [F.askSign, 'bestAsk'],
      [F.bidTime, 'bestBid'],
      [F.bidSign, 'bestBid'],
    ] as const)
      assert.deepEqual(changesToJson(tick, none().fill(1, field, field + 1)), { [name]: whole[name] })
    for (const field of [ASKS + 18, ASKS + 19])
      assert.deepEqual(changesToJson(tick, none().fill(1, field, field + 1)), { asks: [[9, 510, 10]] })
    for (const field of [BIDS, BIDS + 1])
      assert.deepEqual(changesToJson(tick, none().fill(1, field, field + 1)), { bids: [[0, 500, 1]] })
  })

  test('has null for a touched field that has no value any more, and an index alone for an empty level', () => {
    const touched = none()
    for (const field of [F.last, F.bidSign, ASKS + 2]) touched[field] = 1
    assert.deepEqual(changesToJson(tickOf(emptyBoard('7203')), touched), {
      last: null,
      bestBid: null,
      asks: [[1]],
    })
  })

  test('replaces members, removes members that are null, and keeps the others', () => {
    const before: BoardJson = {
      ...{ issue: '7203', date: '2026-11-20', line: 1, sequence: 1, time: clockTime(1) },
      ...{ volume: 100, turnover: 5, over: 7 },
      asks: [[101, 1]],
      bids: [[100, 1]],
    }
    const original = structuredClone(before)
    const identity = { sequence: 2, time: clockTime(2) }
    const { turnover: _, ...kept } = { ...before, ...identity, volume: 200 }
    assert.deepEqual(applyChanges(before, { volume: 200, turnover: null }, identity), kept)
    assert.deepEqual(before, original)
  })

  test('replaces levels one by one, and leaves no empty level at the end', () => {
    const levelsAfter = (asks: BoardJson['asks'], patches: NonNullable<BoardChangesJson['asks']>) => {
      const identity = { sequence: 2, time: clockTime(2) }
      const before = { ...boardToJson(tickOf(emptyBoard('7203'))), asks }
      return applyChanges(before, { asks: patches }, identity).asks
    }
    assert.deepEqual(levelsAfter([[101, 1]], [[0, 102, 2]]), [[102, 2]])
    assert.deepEqual(levelsAfter([[101, 1]], [[1, 102, 2]]), [
      [101, 1],
      [102, 2],
    ])
    assert.deepEqual(levelsAfter([[101, 1]], [[3, 104, 4]]), [[101, 1], null, null, [104, 4]])
    assert.deepEqual(
      levelsAfter(
        [
          [101, 1],
          [102, 2],
        ],
        [[0]],
      ),
      [null, [102, 2]],
    )
    assert.deepEqual(levelsAfter([[101, 1], null, [103, 3]], [[2]]), [[101, 1]])
    assert.deepEqual(levelsAfter([[101, 1]], [[0]]), [])
  })
})
