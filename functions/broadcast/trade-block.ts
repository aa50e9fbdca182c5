/** A block of the trade journal: columns of numbers, so that a trade takes few bytes and no object. */
import type { TickTrade } from '../../market/issue-update.ts'
import type { Side, Trade } from '../../market/tick.ts'

/** Trades in a block. */
export const BLOCK_TRADES = 4_096
/** Bytes of a trade in the columns below. */
export const TRADE_BYTES = 53

/** The column of a number that a trade does not have. */
const NONE = Number.NaN
const SIDES: readonly (Side | undefined)[] = [undefined, 'buy', 'sell']

/** The neighbour of a trade in its issue. */
export interface TradeLink {
  /** Place of the trade before it in the journal; {@link NO_PLACE} for none. */
  readonly place: number
  /** Between this sequence and the trade the issue has no other trade. */
  readonly follows: number
}

/** Above every place: a day has some ten million trades. */
export const NO_PLACE = 2 ** 32 - 1

export class TradeBlock {
  readonly #sequences = new Uint32Array(BLOCK_TRADES)
  readonly #follows = new Uint32Array(BLOCK_TRADES)
  readonly #places = new Uint32Array(BLOCK_TRADES)
  readonly #sides = new Uint8Array(BLOCK_TRADES)
  readonly #times = new Float64Array(BLOCK_TRADES)
  readonly #prices = new Float64Array(BLOCK_TRADES)
  readonly #quantities = new Float64Array(BLOCK_TRADES)
  readonly #averages = new Float64Array(BLOCK_TRADES)
  readonly #turnovers = new Float64Array(BLOCK_TRADES)

  set(index: number, { sequence, time, trade, turnover = NONE }: TickTrade, link: TradeLink): void {
    const { price, quantity, side, average = NONE } = trade
    this.#sequences[index] = sequence
    this.#follows[index] = link.follows
    this.#places[index] = link.place
    this.#sides[index] = SIDES.indexOf(side)
    this.#times[index] = time
    this.#prices[index] = price
    this.#quantities[index] = quantity
    this.#averages[index] = average
    this.#turnovers[index] = turnover
  }

  sequence(index: number): number {
    return this.#sequences[index]!
  }

  link(index: number): TradeLink {
    return { place: this.#places[index]!, follows: this.#follows[index]! }
  }

  place(index: number): number {
    return this.#places[index]!
  }

  trade(index: number): TickTrade {
    const [side, average, turnover] = [
      SIDES[this.#sides[index]!],
      this.#averages[index]!,
      this.#turnovers[index]!,
    ]
    const trade: Trade = {
      price: this.#prices[index]!,
      quantity: this.#quantities[index]!,
      ...(side === undefined ? {} : { side }),
      ...(Number.isNaN(average) ? {} : { average }),
    }
    const known = Number.isNaN(turnover) ? {} : { turnover }
    return { sequence: this.#sequences[index]!, time: this.#times[index]!, trade, ...known }
  }
}
