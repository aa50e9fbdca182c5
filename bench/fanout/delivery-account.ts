/**
 * Accounts for every update to every app: each trade must arrive exactly once, and no difference may follow an update that
 * the app does not have. Each distinct text is read once, however many apps get it.
 */
import type { Update } from '../../market/protocol.ts'
import type { App } from './fanout-apps.ts'
import type { FanoutMarket } from './fanout-market.ts'

/** What the text of an update says. */
interface ReadUpdate {
  readonly issue: string
  /** Undefined for a whole board. */
  readonly follows: number | undefined
  readonly sequence: number
  /** Sequences of its trades, in order. */
  readonly trades: readonly number[]
}

export interface DeliveryAccount {
  /** Notes an update that an app got. */
  note(connection: string, text: string): void
  /** Forgets the texts that were read. Texts of a round rarely repeat in the next. */
  forgetTexts(): void
  /** Returns the sums over all apps. @throws Error if an app does not have the last tick of one of its issues. */
  finish(): DeliverySums
}

export interface DeliverySums {
  /** Updates that apps got. */
  readonly updates: number
  /** Trades after the first board of each app and issue, and those of them that arrived. */
  readonly trades: number
  readonly delivered: number
  /** Trades that arrived again. */
  readonly repeated: number
}

export function createDeliveryAccount(market: FanoutMarket, apps: readonly App[]): DeliveryAccount {
  /** By app and issue: the sequence of the board that the app has. */
  const boards = new Map(apps.map(({ connection }) => [connection, new Map<string, number>()]))
  let read = new Map<string, ReadUpdate>()
  let [updates, trades, delivered, repeated] = [0, 0, 0, 0]

  const readText = (text: string): ReadUpdate => {
    const known = read.get(text)
    if (known !== undefined) return known
    const update = readUpdate(text)
    checkTrades(market, update)
    read.set(text, update)
    return update
  }

  return {
    note(connection, text) {
      const update = readText(text)
      const { issue, follows, sequence } = update
      const held = boards.get(connection)!
      const had = held.get(issue)
      updates++
      if (had === undefined || (follows !== undefined && follows > had)) {
        if (follows !== undefined)
          throw new Error(`${connection}: expected an update that follows ${had}, got ${follows} of ${issue}`)
      } else {
        trades += countWithin(market.trades.get(issue) ?? [], had, sequence)
        const before = firstAfter(update.trades, had)
        delivered += update.trades.length - before
        repeated += before
      }
      held.set(issue, Math.max(had ?? sequence, sequence))
    },
    forgetTexts() {
      read = new Map()
    },
    finish() {
      for (const { connection, issues, view } of apps) {
        // Later ticks may have changed only what a view of quotes does not show.
        if (view !== 'board') continue
        for (const issue of issues) {
          const expected = market.latest.get(issue)!.sequence
          const got = boards.get(connection)!.get(issue)
          if (got !== expected)
            throw new Error(`${connection}: expected board ${expected} of ${issue}, got ${got}`)
        }
      }
      return { updates, trades, delivered, repeated }
    },
  }
}

function readUpdate(text: string): ReadUpdate {
  const update = JSON.parse(text) as Update
  const trades = (update.trades ?? []).map(([, , , sequence]) => sequence)
  if ('board' in update) {
    const { issue, sequence } = update.board
    return { issue, follows: undefined, sequence, trades }
  }
  const { issue, follows, sequence } = update
  return { issue, follows, sequence, trades }
}

/** @throws Error if an update has a trade twice, or a trade that the market did not have. */
function checkTrades(market: FanoutMarket, { issue, trades }: ReadUpdate): void {
  const all = market.trades.get(issue) ?? []
  for (const [index, sequence] of trades.entries()) {
    const isNew = index === 0 || sequence > trades[index - 1]!
    if (!isNew || countWithin(all, sequence - 1, sequence) !== 1)
      throw new Error(`${issue}: expected each trade once, got ${trades}`)
  }
}

/** Returns how many of the ordered numbers are above `low`, and at most `high`. */
function countWithin(numbers: readonly number[], low: number, high: number): number {
  return firstAfter(numbers, high) - firstAfter(numbers, low)
}

/** Returns the index of the first of the ordered numbers above `limit`. */
function firstAfter(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (numbers[middle]! > limit) high = middle
    else low = middle + 1
  }
  return low
}
