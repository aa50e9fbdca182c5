/** Checks every message of a whole day against the rules of the exchange. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { openExchange } from '../../../local/exchange/exchange.ts'
import { dayHoursOf, HOUR, isContinuous, SECOND } from '../../../local/exchange/hours.ts'
import { ABSENT, ASKS, BIDS, type Board, copyBoard, F, LEVELS, statusCode } from '../../../market/board.ts'
import type { IssueMaster } from '../../../market/market-event.ts'
import { priceLimits } from '../../../market/price-limit.ts'
import type { Trade } from '../../../market/tick.ts'
import { deriveTrade } from '../../../market/trade.ts'
import { asTradingDate } from '../../../market/units.ts'
import { isOnTick } from '../../market/is-on-tick.ts'

const GENERAL = 1
const AFTER_CLOSE = 6

interface Seen {
  readonly statuses: Set<string>
  readonly signs: Set<number>
  messages: number
  limitPrices: number
  sidelessTrades: number
  openings: number
}

function checkLevels(
  board: Board,
  { topix500 }: IssueMaster,
  limits: { lower: number; upper: number },
): void {
  const { values } = board
  for (const [side, direction] of [
    [ASKS, 1],
    [BIDS, -1],
  ] as const) {
    let previous = ABSENT
    let isEnded = false
    for (let level = 0; level < LEVELS; level++) {
      const price = values[side + 2 * level]!
      const quantity = values[side + 2 * level + 1]!
      if (price === ABSENT) {
        assert.equal(quantity, ABSENT)
        isEnded = true
        continue
      }
      assert.ok(!isEnded, 'no level behind a blank one')
      assert.ok(quantity > 0)
      assert.ok(isOnTick(price, topix500) && price >= limits.lower && price <= limits.upper, `price ${price}`)
      if (previous !== ABSENT)
        assert.ok((price - previous) * direction > 0, 'levels move away from the spread')
      previous = price
    }
  }
}

function checkQuotes({ values }: Board): void {
  const ask = values[ASKS]!
  const bid = values[BIDS]!
  assert.equal(values[F.askSign] === ABSENT, ask === ABSENT)
  assert.equal(values[F.bidSign] === ABSENT, bid === ABSENT)
  if (ask === ABSENT || bid === ABSENT) return
  const meet = [values[F.askSign]!, values[F.bidSign]!].every(
    sign => sign === GENERAL || sign === AFTER_CLOSE,
  )
  if (meet) assert.ok(ask > bid, `ask ${ask}, bid ${bid}`)
  else assert.ok(ask >= bid, `gathered: ask ${ask}, bid ${bid}`)
}

function checkDay(before: Board, after: Board, limits: { lower: number; upper: number }): void {
  const { values } = after
  const old = before.values
  assert.ok(values[F.statusTime]! >= old[F.statusTime]!, 'times do not go back')
  assert.equal(values[F.updateNumber], old[F.updateNumber]! + 1)
  for (const total of [F.volume, F.turnover]) assert.ok(values[total]! >= old[total]!, 'totals do not fall')
  if (values[F.last] === ABSENT) {
    assert.equal(values[F.volume], 0)
    return
  }
  assert.ok(values[F.high]! >= values[F.last]! && values[F.last]! >= values[F.low]!)
  assert.ok(values[F.high]! >= values[F.open]! && values[F.open]! >= values[F.low]!)
  assert.ok(values[F.high]! <= limits.upper && values[F.low]! >= limits.lower)
  assert.ok(values[F.vwap]! >= values[F.low]! && values[F.vwap]! <= values[F.high]!)
  assert.equal(values[F.highStop] === 1, values[F.high] === limits.upper)
  assert.equal(values[F.lowStop] === 1, values[F.low] === limits.lower)
  assert.equal(values[F.volumeTime], values[F.lastTime]! - (values[F.lastTime]! % SECOND))
}

for (const tradingDate of [20241101, 20261120]) {
  describe(`the trading day ${tradingDate}`, () => {
    const hours = dayHoursOf(asTradingDate(tradingDate))
    const exchange = openExchange({
      seed: 11,
      issues: 60,
      rate: 5,
      tradingDate: asTradingDate(tradingDate),
      from: 7 * HOUR,
    })
    const seen: Seen = {
      statuses: new Set(),
      signs: new Set(),
      messages: 0,
      limitPrices: 0,
      sidelessTrades: 0,
      openings: 0,
    }

    before(() => {
      const masters = new Map(exchange.issues.map(issue => [issue.code, issue]))
      const earlier = new Map<string, Board>()
      for (const event of exchange.advance(24 * HOUR)) {
        if (event.kind !== 'message') continue
        const { board, issue, time, trade } = event
        const master = masters.get(issue)!
        const limits = priceLimits(master.basePrice, master.topix500)
        seen.messages++
        try {
          checkLevels(board, master, limits)
          checkQuotes(board)
          const known = earlier.get(issue)
          if (known !== undefined) {
            checkDay(known, board, limits)
            checkTrade(known, board, trade, time)
          } else assert.equal(trade, undefined)
        } catch (error) {
          throw new Error(`${issue} at ${time}, ${statusCode(board.values[F.status]!)}`, { cause: error })
        }
        note(board, trade)
        earlier.set(issue, copyBoard(board))
      }
    })

    function checkTrade(known: Board, board: Board, trade: Trade | undefined, time: number): void {
      assert.deepEqual(trade, deriveTrade(known, board))
      if (trade === undefined) return
      assert.equal(board.values[F.lastTime], time)
      const isAuction = time >= hours.close && time < hours.close + 10 * SECOND
      assert.ok(isContinuous(hours, time) || isAuction, 'trades come in the sessions and at the close')
      if (known.values[F.volume] === 0) seen.openings++
      if (trade.side === undefined) seen.sidelessTrades++
    }

    function note({ values }: Board, trade: Trade | undefined): void {
      seen.statuses.add(statusCode(values[F.status]!))
      seen.signs.add(values[F.askSign]!).add(values[F.bidSign]!)
      if (trade !== undefined && (values[F.highStop] === 1 || values[F.lowStop] === 1)) seen.limitPrices++
    }

    test('every message follows the rules for boards, prices, totals and trades', () => {
      assert.ok(seen.messages > 50_000, `${seen.messages} messages`)
    })

    test('the day shows halts, resumptions, itayose and trading', () => {
      assert.deepEqual([...seen.statuses].sort(), ['20', 'A0', 'A1', 'B'])
    })

    test('the day shows general, special, before-open, after-close and sequential quotes', () => {
      assert.deepEqual(
        [...seen.signs].sort((a, b) => a - b),
        [ABSENT, 1, 3, 4, 6, 7],
      )
    })

    test('issues open by auction, trade at the daily limit, and end with a closing price', () => {
      assert.ok(seen.openings > 50 && seen.sidelessTrades > seen.openings)
      assert.ok(seen.limitPrices > 0)
      const closed = exchange.issues.filter(({ code }) => exchange.board(code)!.values[F.closing] === 1)
      assert.ok(closed.length > 50)
    })
  })
}
