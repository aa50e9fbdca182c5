import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { executeAuction, findAuction, settleAt } from '../../../local/exchange/auction.ts'
import { addMarketOrder, addOrder, type Book, createBook } from '../../../local/exchange/order-book.ts'
import type { Side } from '../../../market/tick.ts'
import { PRICE_SCALE } from '../../../market/units.ts'

/** An issue with a base price of 1 yen has a short ladder: 1 to 31 yen. */
const RUNGS = 31
const side = fc.constantFrom<Side>('buy', 'sell')
const rung = fc.integer({ min: 0, max: RUNGS - 1 })
const units = fc.integer({ min: 1, max: 9 })
const orders = fc.record({
  limits: fc.array(fc.tuple(side, rung, units), { maxLength: 30 }),
  markets: fc.array(fc.tuple(side, units), { maxLength: 3 }),
})

function bookOf({ limits, markets }: { limits: [Side, number, number][]; markets: [Side, number][] }): Book {
  const book = createBook(PRICE_SCALE, false)
  assert.equal(book.prices.length, RUNGS)
  for (const [on, at, count] of limits) addOrder(book, on, at, count)
  for (const [on, count] of markets) addMarketOrder(book, on, count)
  return book
}

const sum = (level: Int32Array): number => level.reduce((total, count) => total + count, 0)

/** Returns the units that both sides would trade at a rung, computed independently. */
function crossingAt(book: Book, at: number): { units: number; unmatched: number } {
  const supply = book.marketSell + sum(book.sells.subarray(0, at + 1))
  const demand = book.marketBuy + sum(book.buys.subarray(at))
  return { units: Math.min(supply, demand), unmatched: Math.abs(supply - demand) }
}

test('the auction finds the rung with the most trades, the fewest left over, the nearest to the reference', () => {
  fc.assert(
    fc.property(orders, rung, rung, rung, (placed, reference, a, b) => {
      const book = bookOf(placed)
      const [low, high] = a < b ? [a, b] : [b, a]
      const rungs = Array.from({ length: high - low + 1 }, (_, i) => low + i)
      const best = rungs
        .map(at => ({ at, distance: Math.abs(at - reference), ...crossingAt(book, at) }))
        .sort(
          (x, y) => y.units - x.units || x.unmatched - y.unmatched || x.distance - y.distance || x.at - y.at,
        )[0]!
      const expected = best.units === 0 ? undefined : { rung: best.at, units: best.units }
      assert.deepEqual(findAuction(book, reference, low, high), expected)
    }),
    { numRuns: 1_000 },
  )
})

test('an auction takes its units from both sides, and the rest of the book does not cross', () => {
  fc.assert(
    fc.property(orders, rung, (placed, reference) => {
      const book = bookOf(placed)
      const waiting = {
        buy: book.totalBuy + book.marketBuy,
        sell: book.totalSell + book.marketSell,
      }
      const auction = findAuction(book, reference, 0, RUNGS - 1)
      if (auction === undefined) settleAt(book, reference)
      else executeAuction(book, auction)
      const traded = auction?.units ?? 0
      assert.ok(book.bestBuy < book.bestSell, 'not crossed')
      assert.deepEqual([book.marketBuy, book.marketSell], [0, 0], 'no market order is left')
      assert.equal(book.totalBuy, waiting.buy - traded)
      assert.equal(book.totalSell, waiting.sell - traded)
      assert.deepEqual([sum(book.buys), sum(book.sells)], [book.totalBuy, book.totalSell])
      assert.equal(
        book.bestBuy,
        book.buys.findLastIndex(count => count > 0),
      )
      const lowest = book.sells.findIndex(count => count > 0)
      assert.equal(book.bestSell, lowest < 0 ? RUNGS : lowest)
    }),
  )
})

test('market orders trade before limit orders, and better prices before worse ones', () => {
  const book = bookOf({
    limits: [
      ['buy', 12, 5],
      ['buy', 10, 5],
      ['sell', 9, 2],
      ['sell', 10, 6],
    ],
    markets: [['buy', 1]],
  })
  const auction = findAuction(book, 10, 0, RUNGS - 1)
  assert.deepEqual(auction, { rung: 10, units: 8 })
  executeAuction(book, auction!)
  assert.deepEqual([book.buys[12], book.buys[10], book.totalSell], [0, 3, 0])
})
