/** The trades of the journal by their places, which grow by one with each trade. The oldest are dropped in blocks. */
import type { TickTrade } from '../../market/issue-update.ts'
import { BLOCK_TRADES, NO_PLACE, TradeBlock, type TradeLink } from './trade-block.ts'

/**
 * Most blocks. They have 1.64 million trades of 53 bytes: 87 MB of the 1,769 MB of the function (cdk/broadcast.ts). At 30,000
 * ticks/s, 17 % of which have a trade, they reach back five minutes.
 */
export const MAX_BLOCKS = 400

export class TradeStore {
  readonly #blocks: TradeBlock[] = []
  readonly #free: TradeBlock[] = []
  /** Number of the first block. */
  #firstBlock = 0
  #first = 0
  #next = 0

  /** The place of the next trade. */
  get next(): number {
    return this.#next
  }

  /** Adds a trade. Returns its place. */
  add(trade: TickTrade, link: TradeLink): number {
    const place = this.#next
    if (place === (this.#firstBlock + this.#blocks.length) * BLOCK_TRADES) this.#openBlock()
    this.#blockOf(place).set(place % BLOCK_TRADES, trade, link)
    this.#next++
    return place
  }

  isKept(place: number): boolean {
    return place !== NO_PLACE && place >= this.#first
  }

  /** Drops the trades before a place. */
  drop(place: number): void {
    this.#first = Math.max(this.#first, place)
    while ((this.#firstBlock + 1) * BLOCK_TRADES <= this.#first) {
      this.#free.push(this.#blocks.shift()!)
      this.#firstBlock++
    }
  }

  /** Returns the sequence of a kept trade. */
  sequence(place: number): number {
    return this.#blockOf(place).sequence(place % BLOCK_TRADES)
  }

  /** Returns the link of a kept trade. */
  link(place: number): TradeLink {
    return this.#blockOf(place).link(place % BLOCK_TRADES)
  }

  /** Returns the place of the trade of the issue before a kept trade. */
  before(place: number): number {
    return this.#blockOf(place).place(place % BLOCK_TRADES)
  }

  trade(place: number): TickTrade {
    return this.#blockOf(place).trade(place % BLOCK_TRADES)
  }

  #blockOf(place: number): TradeBlock {
    return this.#blocks[Math.floor(place / BLOCK_TRADES) - this.#firstBlock]!
  }

  #openBlock(): void {
    if (this.#blocks.length >= MAX_BLOCKS) this.drop((this.#firstBlock + 1) * BLOCK_TRADES)
    this.#blocks.push(this.#free.pop() ?? new TradeBlock())
  }
}
