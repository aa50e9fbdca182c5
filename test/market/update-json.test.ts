import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { ABSENT, ASKS, BIDS, emptyBoard, F, FIELD_COUNT, LEVELS } from '../../market/board.ts'
import type { BoardJson } from '../../market/board-json.ts'
import { boardInView, boardToJson, changesToJson, tradeRow, tradeToJson } from '../../market/board-to-json.ts'
import { asEpochMicros } from '../../market/units.ts'
import { applyChanges, type BoardChangesJson, tradeOfRow } from '../../market/update-json.ts'
import { VIEWS } from '../../market/view.ts'
import { arbitraryTicks } from './codec/arbitrary-ticks.ts'
import { fullBoard, NINE, tickOf } from './full-board.ts'

/** 2026-11-20 9:00 in Tokyo, in epoch microseconds. */
const MOMENT = asEpochMicros(1_795_132_800_000_000)
const IDENTITY = { sequence: 2, time: MOMENT }

test('a board becomes the later board of a view by a difference, from any board in between', () => {
  const boards = arbitraryTicks({ minLength: 2, issues: 1 })
  fc.assert(
    fc.property(boards, fc.nat(), fc.constantFrom(...VIEWS), (ticks, pick, view) => {
      for (const { board } of ticks) {
        // Make the numbers valid: times within a day, and levels with both a price and a quantity or neither.
        for (let field = 0; field < FIELD_COUNT; field++)
          board.values[field] = Math.abs(board.values[field]! % 86_400_000)
        for (const side of [ASKS, BIDS]) {
          for (let level = 0; level < LEVELS; level++)
            if (board.values[side + 2 * level]! % 3 === 0) {
              board.values[side + 2 * level] = board.values[side + 2 * level + 1] = ABSENT
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
      const last = { ...ticks.at(-1)!, tradingDate: tickOf(emptyBoard('7203')).tradingDate }
      const from = { ...ticks[pick % ticks.length]!, tradingDate: last.tradingDate }
      const time = asEpochMicros(MOMENT - NINE + last.time)
      const identity = { sequence: last.sequence, time }
      const changes = JSON.parse(JSON.stringify(changesToJson(last, touched, view))) as BoardChangesJson
      assert.deepEqual(applyChanges(boardInView(from, view), changes, identity), boardInView(last, view))
    }),
  )
})

suite('a trade of an update', () => {
  const tick = { ...tickOf(emptyBoard('7203')), sequence: 7, time: NINE }

  test('is an array of price, quantity, side, sequence and microseconds before the update', () => {
    const sold = { ...tick, trade: { price: 20_005_000, quantity: 300, side: 'sell' as const } }
    assert.deepEqual(tradeRow(sold, NINE + 350), [2_000.5, 300, 'sell', 7, 350])
    const several = { ...tick, trade: { price: 20_000_000, quantity: 300, average: 19_995_001 } }
    assert.deepEqual(tradeRow(several, NINE), [2_000, 300, null, 7, 0, 1_999.5001])
    const exact = { ...several, turnover: 59_985_003 }
    assert.deepEqual(tradeRow(exact, NINE), [2_000, 300, null, 7, 0, 1_999.5001, 599_850.03])
  })

  test('becomes the trade of the REST API', () => {
    const trades = [
      { price: 20_005_000, quantity: 300, side: 'buy' as const },
      { price: 20_000_000, quantity: 300, average: 19_995_001 },
    ]
    for (const trade of trades) {
      for (const turnover of trade.average === undefined ? [undefined] : [undefined, 59_985_003]) {
        const row = tradeRow({ ...tick, trade, turnover }, NINE + 350)
        assert.deepEqual(tradeOfRow(row, asEpochMicros(MOMENT + 350)), tradeToJson(tick, trade, turnover))
      }
    }
  })
})

suite('a difference of boards', () => {
  const none = () => new Uint8Array(FIELD_COUNT)
  const touch = (...fields: number[]) => none().map((_, field) => (fields.includes(field) ? 1 : 0))

  test('has the members and the levels of the touched fields, with times before its own', () => {
    const tick = { ...tickOf(fullBoard(1)), time: NINE + 6_000_000 }
    assert.deepEqual(changesToJson(tick, none(), 'board'), {})
    const members = {
      status: { code: 'B', name: 'itayose' },
      open: { price: 201, time: 4_000_000 },
      high: { price: 202, time: 3_000_000, limit: true },
      low: { price: 203, time: 2_000_000, limit: true },
      last: { price: 204, time: 1_000_000, closing: true },
      volume: 301,
      turnover: 401,
      vwap: 205,
      marketSell: 302,
      marketBuy: 303,
      over: 304,
      under: 305,
      bestAsk: { sign: 'general', time: -1_000_000 },
      bestBid: { sign: 'general', time: -2_000_000 },
    }
    for (const [field, name] of [
      [F.status, 'status'],
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
      assert.deepEqual(changesToJson(tick, touch(field), 'board'), { [name]: members[name] })
    for (const field of [ASKS + 18, ASKS + 19])
      assert.deepEqual(changesToJson(tick, touch(field), 'board'), { asks: [[9, 510, 10]] })
    for (const field of [BIDS, BIDS + 1])
      assert.deepEqual(changesToJson(tick, touch(field), 'board'), { bids: [[0, 500, 1]] })
  })

  test('has nothing of a field that its view does not show', () => {
    const tick = tickOf(fullBoard(1))
    assert.deepEqual(changesToJson(tick, touch(F.updateNumber, F.statusTime, F.volumeTime), 'board'), {})
    const deep = [F.marketSell, F.marketBuy, F.over, F.under, F.askTime, F.bidTime, ASKS + 2, BIDS + 19]
    assert.deepEqual(changesToJson(tick, touch(...deep), 'quote'), {})
  })

  test('has null for a touched field that has no value any more, and an index alone for an empty level', () => {
    const tick = tickOf(emptyBoard('7203'))
    assert.deepEqual(changesToJson(tick, touch(F.last, F.bidSign, ASKS + 2), 'board'), {
      last: null,
      bestBid: null,
      asks: [[1]],
    })
  })

  test('replaces members, removes members that are null, and keeps the others', () => {
    const before: BoardJson = {
      ...{
        issue: '7203',
        date: '2026-11-20',
        line: 1,
        sequence: 1,
        time: '2026-11-20T08:59:59.000000+09:00',
      },
      ...{ volume: 100, turnover: 5, over: 7 },
      asks: [[101, 1]],
      bids: [[100, 1]],
    }
    const original = structuredClone(before)
    const { turnover: _, ...kept } = before
    assert.deepEqual(
      applyChanges(before, { volume: 200, turnover: null, last: { price: 101, time: 1 } }, IDENTITY),
      {
        ...kept,
        sequence: 2,
        time: '2026-11-20T09:00:00.000000+09:00',
        volume: 200,
        last: { price: 101, time: '2026-11-20T08:59:59.999999+09:00' },
      },
    )
    assert.deepEqual(before, original)
  })

  test('replaces levels one by one, and leaves no empty level at the end', () => {
    const levelsAfter = (asks: BoardJson['asks'], patches: NonNullable<BoardChangesJson['asks']>) => {
      const before = { ...boardToJson(tickOf(emptyBoard('7203'))), asks }
      return applyChanges(before, { asks: patches }, IDENTITY).asks
    }
    const two: BoardJson['asks'] = [
      [101, 1],
      [102, 2],
    ]
    assert.deepEqual(levelsAfter([[101, 1]], [[0, 102, 2]]), [[102, 2]])
    assert.deepEqual(levelsAfter([[101, 1]], [[1, 102, 2]]), two)
    assert.deepEqual(levelsAfter([[101, 1]], [[3, 104, 4]]), [[101, 1], null, null, [104, 4]])
    assert.deepEqual(levelsAfter(two, [[0]]), [null, [102, 2]])
    assert.deepEqual(levelsAfter([[101, 1], null, [103, 3]], [[2]]), [[101, 1]])
    assert.deepEqual(levelsAfter([[101, 1]], [[0]]), [])
  })
})
