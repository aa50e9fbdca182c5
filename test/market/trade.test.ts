import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { ABSENT, ASKS, BIDS, type Board, copyBoard, emptyBoard, F, statusNumber } from '../../market/board.ts'
import type { Tick } from '../../market/tick.ts'
import { deriveTrade, exactTurnover } from '../../market/trade.ts'
import { asTradingDate, PRICE_SCALE, TURNOVER_SCALE } from '../../market/units.ts'

/** Returns a board in continuous trading: quotes of 1,000 and 1,001 yen, a volume of 500 shares. */
function tradingBoard(): Board {
  const board = emptyBoard('7203')
  const { values } = board
  values[F.status] = statusNumber('20')
  values[F.volume] = 500
  values[F.turnover] = 500_000 * TURNOVER_SCALE
  values[F.last] = 1_000 * PRICE_SCALE
  values[ASKS] = 1_001 * PRICE_SCALE
  values[BIDS] = 1_000 * PRICE_SCALE
  values[F.askSign] = 1
  values[F.bidSign] = 1
  return board
}

/** Returns the board after a trade. */
function after(before: Board, yen: number, quantity: number): Board {
  const board = copyBoard(before)
  const { values } = board
  values[F.last] = yen * PRICE_SCALE
  values[F.volume] = values[F.volume]! + quantity
  values[F.turnover] = values[F.turnover]! + yen * quantity * TURNOVER_SCALE
  return board
}

test('a trade is the growth of the volume at the last price, on the side that took the quote', () => {
  const before = tradingBoard()
  const price = (yen: number): number => yen * PRICE_SCALE
  assert.deepEqual(deriveTrade(before, after(before, 1_001, 300)), {
    price: price(1_001),
    quantity: 300,
    side: 'buy',
  })
  assert.deepEqual(deriveTrade(before, after(before, 1_000, 200)), {
    price: price(1_000),
    quantity: 200,
    side: 'sell',
  })
})

test('an unchanged volume gives no trade, even if the price was sent again', () => {
  const before = tradingBoard()
  assert.equal(deriveTrade(before, copyBoard(before)), undefined)
})

test('one share is a trade, and a smaller volume is none', () => {
  const before = tradingBoard()
  assert.equal(deriveTrade(before, after(before, 1_001, 1))?.quantity, 1)
  assert.equal(deriveTrade(before, after(before, 1_001, -1)), undefined)
})

test('the first board of an issue gives no trade', () => {
  assert.equal(deriveTrade(emptyBoard('7203'), tradingBoard()), undefined)
})

test('a trade of an auction has no side', () => {
  const itayose = tradingBoard()
  itayose.values[F.status] = statusNumber('B')
  assert.equal(deriveTrade(itayose, after(itayose, 1_001, 100))?.side, undefined)
  for (const sign of [3, 4, 5, 6, 7]) {
    for (const field of [F.askSign, F.bidSign]) {
      const quoted = tradingBoard()
      quoted.values[field] = sign
      const trade = deriveTrade(quoted, after(quoted, 1_001, 100))
      assert.deepEqual(trade, { price: 1_001 * PRICE_SCALE, quantity: 100 }, `sign ${sign}`)
    }
  }
  const caution = tradingBoard()
  caution.values[F.askSign] = caution.values[F.bidSign] = 2
  assert.equal(deriveTrade(caution, after(caution, 1_001, 100))?.side, 'buy')
})

test('several prices in one message give one trade without a side, at the last price, with the mean price', () => {
  const before = tradingBoard()
  const swept = after(after(before, 1_001, 100), 1_002, 400)
  assert.deepEqual(deriveTrade(before, swept), {
    price: 1_002 * PRICE_SCALE,
    quantity: 500,
    average: (1_001 * 100 + 1_002 * 400) * (PRICE_SCALE / 500),
  })
})

/** Returns the trade of 100 shares at 1,001 yen, with the turnover (sen) of the board before and after it. */
function withTurnovers(earlier: number, later: number, quantity = 100) {
  const before = tradingBoard()
  before.values[F.turnover] = earlier
  const board = after(before, 1_001, quantity)
  board.values[F.turnover] = later
  return deriveTrade(before, board)
}

test('a trade has no mean price if a turnover is unknown or falls', () => {
  const usual = { price: 1_001 * PRICE_SCALE, quantity: 100, side: 'buy' }
  assert.deepEqual(withTurnovers(ABSENT, 9_000_000), usual)
  assert.deepEqual(withTurnovers(9_000_000, ABSENT), usual)
  assert.deepEqual(withTurnovers(ABSENT, ABSENT), usual)
  assert.deepEqual(withTurnovers(9_000_000, 8_999_999), usual)
})

test('the mean price is the growth of the turnover by share, rounded, up to the largest price', () => {
  // 99,000 yen for 100 shares are 990 yen a share.
  assert.equal(withTurnovers(100, 100 + 99_000 * TURNOVER_SCALE)?.average, 990 * PRICE_SCALE)
  assert.equal(withTurnovers(100, 100 + 3, 200)?.average, 2)
  assert.equal(withTurnovers(100, 100 + 1)?.average, 1)
  assert.equal(withTurnovers(100, 100)?.average, 0)
  assert.equal(withTurnovers(0, 1e13, 1)?.average, 1e15)
  assert.equal(withTurnovers(0, 1e13 + 1, 1)?.average, undefined)
})

test('the turnover before the first trade is 0 if the board has neither turnover nor volume', () => {
  const first = (earlier: number, volume: number) => {
    const before = tradingBoard()
    before.values[F.turnover] = earlier
    before.values[F.volume] = volume
    const board = copyBoard(before)
    board.values[F.last] = 1_001 * PRICE_SCALE
    board.values[F.volume] = 100
    board.values[F.turnover] = 99_000 * TURNOVER_SCALE
    return deriveTrade(before, board)?.average
  }
  assert.equal(first(ABSENT, ABSENT), 990 * PRICE_SCALE)
  assert.equal(first(ABSENT, 0), undefined)
  assert.equal(first(1_000 * TURNOVER_SCALE, ABSENT), 980 * PRICE_SCALE)
})

test('the first trade of the day is the whole volume if an earlier board is known', () => {
  const before = tradingBoard()
  before.values[F.status] = statusNumber('B')
  for (const field of [F.volume, F.turnover, F.last]) before.values[field] = ABSENT
  const opened = copyBoard(before)
  opened.values[F.last] = 1_001 * PRICE_SCALE
  opened.values[F.volume] = 12_000
  opened.values[F.turnover] = 1_001 * 12_000 * TURNOVER_SCALE
  assert.deepEqual(deriveTrade(before, opened), { price: 1_001 * PRICE_SCALE, quantity: 12_000 })
})

test('a trade between the quotes, or without quotes, has no side', () => {
  const before = tradingBoard()
  before.values[BIDS] = 999 * PRICE_SCALE
  assert.equal(deriveTrade(before, after(before, 1_000, 100))?.side, undefined)
  const blank = emptyBoard('7203')
  blank.values[F.volume] = 0
  blank.values[F.turnover] = 0
  assert.deepEqual(deriveTrade(blank, after(blank, 1_000, 100)), {
    price: 1_000 * PRICE_SCALE,
    quantity: 100,
  })
})

suite('the exact turnover of a trade at several prices', () => {
  const tick = (board: Board, day = 20261120): Tick => ({
    tradingDate: asTradingDate(day),
    line: 1,
    sequence: 1,
    time: 0,
    board,
  })
  const withTrade = (before: Board, board: Board): Tick => {
    const trade = deriveTrade(before, board)
    return { ...tick(board), ...(trade && { trade }) }
  }
  const before = tradingBoard()
  const swept = withTrade(before, after(after(before, 1_001, 100), 1_002, 400))

  test('is the growth of the turnover', () => {
    assert.equal(exactTurnover(swept, tick(before)), (1_001 * 100 + 1_002 * 400) * TURNOVER_SCALE)
  })

  test('is unknown without the board before the trade', () => {
    assert.equal(exactTurnover(swept, undefined), undefined)
    assert.equal(exactTurnover(swept, tick(before, 20261119)), undefined)
    // Shares were traded between the two boards.
    assert.equal(exactTurnover(swept, tick(after(before, 1_001, 100))), undefined)
    assert.equal(exactTurnover(swept, swept), undefined)
    const blank = copyBoard(before)
    blank.values[F.turnover] = ABSENT
    assert.equal(exactTurnover(swept, tick(blank)), undefined)
  })

  test('is absent for a trade at one price, and without a trade', () => {
    assert.equal(exactTurnover(withTrade(before, after(before, 1_001, 100)), tick(before)), undefined)
    assert.equal(exactTurnover(tick(before), tick(before)), undefined)
  })

  test('adds up, with price × quantity of the other trades, to the growth of the turnover', () => {
    const price = fc.integer({ min: 1, max: 500_000 }).map(tenths => tenths / 10)
    const execution = fc.record({ price, quantity: fc.integer({ min: 1, max: 3_000_000 }) })
    const messages = fc.array(fc.array(execution, { maxLength: 5 }), { maxLength: 20 })
    fc.assert(
      fc.property(messages, messages => {
        let last = tick(tradingBoard())
        const first = last
        let worth = 0
        for (const executions of messages) {
          const board = copyBoard(last.board)
          for (const { price, quantity } of executions) {
            board.values[F.last] = Math.round(price * PRICE_SCALE)
            board.values[F.volume]! += quantity
            board.values[F.turnover]! += Math.round(price * TURNOVER_SCALE) * quantity
          }
          const next = withTrade(last.board, board)
          const { trade } = next
          if (trade !== undefined) {
            const { price, quantity } = trade
            worth += exactTurnover(next, last) ?? (price * quantity * TURNOVER_SCALE) / PRICE_SCALE
          }
          last = next
        }
        assert.equal(worth, last.board.values[F.turnover]! - first.board.values[F.turnover]!)
      }),
    )
  })
})
