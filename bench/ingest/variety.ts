/** Describes how varied the input is. The size of encoded ticks depends on it. */
import type { Exchange } from '../../local/exchange/exchange.ts'
import { ABSENT, ASKS, BIDS, type Board, LEVELS } from '../../market/board.ts'
import { nextPriceUp } from '../../market/tick-size.ts'
import { figure } from '../../tools/table.ts'
import { type Message, SETTLED } from '../opening.ts'

/** The board of every twentieth message is examined. */
const BOARD_ONE_IN = 20
const HEADER_BYTES = 41
const SEPARATOR = 0x13
const Q = 'Q'.charCodeAt(0)
const V = 'V'.charCodeAt(0)
const L = 'L'.charCodeAt(0)
/** QM and QO carry quantities without a price. All other Q tags are levels. */
const NO_LEVELS = ['M', 'O'].map(name => name.charCodeAt(0))

export interface Variety {
  add(message: Message): void
  notes(): string[]
}

export function createVariety({ issues }: Pick<Exchange, 'issues'>): Variety {
  const masters = new Map(issues.map(master => [master.code, master]))
  const messagesByIssue = new Map<string, number>()
  /** Number of levels by their trading units. */
  const units = new Map<number, number>()
  /** Number of messages by the number of their levels. */
  const levels = new Array<number>(LEVELS + 1).fill(0)
  const counts = { messages: 0, trades: 0, sides: 0, gappedSides: 0, steps: 0, gaps: 0, levels: 0 }

  const addSide = ({ issue, values }: Board, first: number): void => {
    const { unit, topix500 } = masters.get(issue)!
    let isGapped = false
    let before = ABSENT
    for (let at = first; at < first + 2 * LEVELS; at += 2) {
      const price = values[at]!
      if (price === ABSENT) break
      const quantity = values[at + 1]! / unit
      units.set(quantity, (units.get(quantity) ?? 0) + 1)
      counts.levels++
      if (before !== ABSENT) {
        counts.steps++
        if (nextPriceUp(Math.min(before, price), topix500) < Math.max(before, price)) {
          counts.gaps++
          isGapped = true
        }
      }
      before = price
    }
    if (before === ABSENT) return
    counts.sides++
    if (isGapped) counts.gappedSides++
  }

  const addTags = (bytes: Uint8Array): void => {
    let carried = 0
    let isTrade = false
    // After the last separator indexOf returns −1, which ends the loop.
    for (let at = HEADER_BYTES; at > 0; at = bytes.indexOf(SEPARATOR, at) + 1) {
      if (bytes[at] === Q && !NO_LEVELS.includes(bytes[at + 1]!)) carried++
      else if (bytes[at] === V && bytes[at + 1] === L) isTrade = true
    }
    levels[carried]!++
    if (isTrade) counts.trades++
  }

  /** Returns the trading units that `part` of all levels do not exceed. */
  const quantile = (part: number): number => {
    let left = part * counts.levels
    for (const [quantity, count] of [...units].sort(([a], [b]) => a - b)) {
      left -= count
      if (left <= 0) return quantity
    }
    return 0
  }

  return {
    add(message) {
      if (message.time < SETTLED) return
      counts.messages++
      messagesByIssue.set(message.issue, (messagesByIssue.get(message.issue) ?? 0) + 1)
      addTags(message.bytes)
      if (counts.messages % BOARD_ONE_IN !== 0) return
      addSide(message.board, ASKS)
      addSide(message.board, BIDS)
    },
    notes() {
      const { messages, trades, sides, gappedSides, steps, gaps } = counts
      const busiest = [...messagesByIssue.values()].sort((a, b) => b - a)
      const top = (part: number): number =>
        busiest.slice(0, Math.ceil(part * busiest.length)).reduce((sum, count) => sum + count, 0)
      const several = levels.slice(2, LEVELS).reduce((sum, count) => sum + count, 0)
      return [
        `Levels: ${percent(gappedSides, sides)} of the sides of a board leave out prices, at ${percent(gaps, steps)} of their steps.`,
        `Quantities at a level, in trading units: 1 in ${percent(units.get(1) ?? 0, counts.levels)}, median ${quantile(0.5)}, ` +
          `99% up to ${quantile(0.99)}; ${units.size} different ones.`,
        `Messages by issue: the busiest 1% have ${percent(top(0.01), messages)} of them, 10% have ${percent(top(0.1), messages)}, ` +
          `the one in the middle ${busiest[busiest.length >> 1] ?? 0}.`,
        `Messages by what they carry: a trade ${percent(trades, messages)}; no level ${percent(levels[0]!, messages)}, ` +
          `one ${percent(levels[1]!, messages)}, two to nine ${percent(several, messages)}, all ten ${percent(levels[LEVELS]!, messages)}.`,
      ]
    },
  }
}

function percent(part: number, whole: number): string {
  return `${figure((100 * part) / Math.max(1, whole))}%`
}
