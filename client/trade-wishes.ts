/**
 * Wishes for the trades after a place, in addition to those that listeners of boards get: live bars continue the history, which
 * ends a minute or two ago. The server sends what it has with the next post (`missed`). No I/O.
 */
import type { MissedTrades } from '../market/protocol.ts'

/** A place in the trades of an issue: a trading date, YYYY-MM-DD, and a sequence. */
export interface TradePlace {
  readonly date: string
  readonly sequence: number
}

export interface TradeWishes {
  /**
   * Wishes the trades of a subscribed issue after a place. `listener` gets all missed trades of the issue from now on.
   * @returns a function that ends it.
   */
  add(issue: string, place: TradePlace, listener: (missed: MissedTrades) => void): () => void
  /** Whether a request should ask for the trades of an issue. */
  needsServer(issue: string): boolean
  /** Returns the place from which a request asks. @param own the place up to which listeners of boards have every trade. */
  position(issue: string, own: TradePlace | undefined): TradePlace | undefined
  /** A request has asked for the trades of these issues. */
  asked(issues: Iterable<string>): void
  answered(missed: MissedTrades): void
}

interface Wish {
  readonly place: TradePlace
  readonly listener: (missed: MissedTrades) => void
  isAsked: boolean
  isAnswered: boolean
}

/** @param onNeeds an issue may need a request. */
export function createTradeWishes(onNeeds: () => void): TradeWishes {
  const all = new Map<string, Set<Wish>>()
  const wishesOf = (issue: string): Wish[] => [...(all.get(issue) ?? [])]
  return {
    add(issue, place, listener) {
      const wish: Wish = { place, listener, isAsked: false, isAnswered: false }
      const wishes = all.get(issue) ?? new Set()
      all.set(issue, wishes.add(wish))
      onNeeds()
      return () => {
        wishes.delete(wish)
        if (wishes.size === 0 && all.get(issue) === wishes) all.delete(issue)
      }
    },
    needsServer: issue => wishesOf(issue).some(({ isAsked }) => !isAsked),
    position(issue, own) {
      const places = wishesOf(issue).flatMap(({ isAnswered, place }) => (isAnswered ? [] : [place]))
      return places.reduce((first, place) => (first && isBefore(first, place) ? first : place), own)
    },
    asked(issues) {
      for (const issue of issues) for (const wish of wishesOf(issue)) wish.isAsked = true
    },
    answered(missed) {
      for (const wish of wishesOf(missed.issue)) {
        if (wish.isAsked) wish.isAnswered = true
        wish.listener(missed)
      }
    },
  }
}

function isBefore(a: TradePlace, b: TradePlace): boolean {
  return a.date === b.date ? a.sequence < b.sequence : a.date < b.date
}
