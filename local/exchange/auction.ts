/** The itayose (板寄せ, opening or closing auction): all waiting orders trade at one price, where the most units trade. */
import { addOrder, type Book, takeOrders } from './order-book.ts'

export interface Auction {
  readonly rung: number
  /** Trading units that change hands at that price. */
  readonly units: number
}

/**
 * Finds the rung from `low` to `high` at which the most units trade. Ties: the rung with the fewest unmatched units, then
 * the rung nearest to `reference`, then the lower rung.
 * @returns undefined if no buy order meets a sell order.
 */
export function findAuction(book: Book, reference: number, low: number, high: number): Auction | undefined {
  const { sells, buys } = book
  // Below all limit sells only market sells can trade; above all limit buys only market buys.
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
 * Takes an auction's units out of the book: market orders first, then the best prices. Orders of the larger side that
 * remain and would accept this price become limit orders at it.
 */
export function executeAuction(book: Book, { rung, units }: Auction): void {
  let buy = units - takeMarket(book, 'marketBuy', units)
  while (buy > 0) buy -= takeOrders(book, 'buy', book.bestBuy, buy)
  let sell = units - takeMarket(book, 'marketSell', units)
  while (sell > 0) sell -= takeOrders(book, 'sell', book.bestSell, sell)
  settleAt(book, rung)
}

/** Turns orders that would pay more, or accept less, than the price of `rung` into limit orders at that price. */
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
