/** The itayose (板寄せ): all orders that wait meet at one price, the one at which most can change hands. */
import { addOrder, type Book, takeOrders } from './order-book.ts'

export interface Auction {
  readonly rung: number
  /** Units that change hands there. */
  readonly units: number
}

/**
 * The rung from `low` to `high` at which most units can change hands; among such rungs the one that leaves the fewest
 * unmatched, then the one nearest to `reference`, then the lower.
 * @returns nothing where no order meets another.
 */
export function findAuction(book: Book, reference: number, low: number, high: number): Auction | undefined {
  const { sells, buys } = book
  // Below all limit sells only market sells can match, above all limit buys only market buys.
  const from = book.marketSell > 0 ? low : Math.max(low, Math.min(book.bestSell, reference))
  const to = book.marketBuy > 0 ? high : Math.min(high, Math.max(book.bestBuy, reference))
  let supply = book.marketSell
  let demand = book.marketBuy + book.totalBuy
  for (let rung = 0; rung < from; rung++) {
    supply += sells[rung]!
    demand -= buys[rung]!
  }
  let best = -1
  let most = 0
  let least = 0
  for (let rung = from; rung <= to; rung++) {
    supply += sells[rung]!
    const units = Math.min(supply, demand)
    const unmatched = Math.abs(supply - demand)
    const isBetter =
      units !== most
        ? units > most
        : unmatched !== least
          ? unmatched < least
          : Math.abs(rung - reference) < Math.abs(best - reference)
    if (units > 0 && isBetter) {
      best = rung
      most = units
      least = unmatched
    }
    demand -= buys[rung]!
  }
  return best < 0 ? undefined : { rung: best, units: most }
}

/**
 * Takes an auction's units out of the book: market orders first, then the best prices. What is left on the side that
 * had more and would still trade at this price stays as limit orders at it.
 */
export function executeAuction(book: Book, { rung, units }: Auction): void {
  let buy = units - takeMarket(book, 'marketBuy', units)
  while (buy > 0) buy -= takeOrders(book, 'buy', book.bestBuy, buy)
  let sell = units - takeMarket(book, 'marketSell', units)
  while (sell > 0) sell -= takeOrders(book, 'sell', book.bestSell, sell)
  settleAt(book, rung)
}

/** Orders that would pay more, or ask for less, than the price of `rung` become limit orders there. */
export function settleAt(book: Book, rung: number): void {
  let buy = takeMarket(book, 'marketBuy', book.marketBuy)
  while (book.bestBuy > rung) buy += takeOrders(book, 'buy', book.bestBuy, book.buys[book.bestBuy]!)
  let sell = takeMarket(book, 'marketSell', book.marketSell)
  while (book.bestSell < rung) sell += takeOrders(book, 'sell', book.bestSell, book.sells[book.bestSell]!)
  if (buy > 0) addOrder(book, 'buy', rung, buy)
  if (sell > 0) addOrder(book, 'sell', rung, sell)
}

function takeMarket(book: Book, queue: 'marketSell' | 'marketBuy', units: number): number {
  const taken = Math.min(units, book[queue])
  book[queue] -= taken
  return taken
}
