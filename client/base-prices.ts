/**
 * The base prices (基準値段) of issues. A new list of issues may change them. So they are unknown from the event `issues` until the
 * client has subscribed again.
 */
import type { Millis, Yen } from '../market/units.ts'

/** Seconds for which the server may use the list before (docs/protocol.md). */
const LIST_AGE = 60
/** Seconds in which the apps subscribe again: all get the event at the same moment. */
const SPREAD = 60

export interface BasePricesOptions {
  /** Pause of a second, shorter in tests, ms. */
  readonly second: Millis
  /** Subscribes to all issues again. */
  readonly subscribeAgain: () => void
}

export interface BasePrices {
  get(issue: string): Yen | undefined
  /** Takes the prices of an answer. Returns the issues whose price is new. */
  take(prices: Readonly<Record<string, Yen>>): string[]
  /** There is a new list of issues. */
  listChanged(): void
  close(): void
}

export function createBasePrices({ second, subscribeAgain }: BasePricesOptions): BasePrices {
  const prices = new Map<string, Yen>()
  let timer: ReturnType<typeof setTimeout> | undefined

  function renew(): void {
    timer = undefined
    subscribeAgain()
  }

  return {
    get: issue => prices.get(issue),
    take(taken) {
      // They may be of the list before.
      if (timer !== undefined) return []
      const changed = Object.entries(taken).filter(([issue, price]) => prices.get(issue) !== price)
      for (const [issue, price] of changed) prices.set(issue, price)
      return changed.map(([issue]) => issue)
    },
    listChanged() {
      // A system may not publish base prices.
      if (prices.size === 0 && timer === undefined) return
      prices.clear()
      clearTimeout(timer)
      timer = setTimeout(renew, (LIST_AGE + Math.random() * SPREAD) * second)
    },
    close: () => clearTimeout(timer),
  }
}
