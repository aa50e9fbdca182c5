/** Collects the events of a client in the order of arrival. */
import type { BoardEvent, Itastream } from '../../client/itastream.ts'
import { LINE_NUMBERS } from '../../market/lane.ts'
import { microsecondsOf } from './iso-time.ts'

/** The newest board of a live line is at most so old, µs: a busy machine may need seconds. */
const CURRENT_MICROSECONDS = 3_000_000

export interface Collected {
  /** Every update of every issue, in the order of arrival. */
  readonly events: BoardEvent[]
  /** Issues whose sequence did not increase, with the sequences. */
  readonly backwards: string[]
}

/** Subscribes to `issues` and collects events until the client is closed. */
export function collectBoards(client: Itastream, issues: readonly string[]): Collected {
  const collected: Collected = { events: [], backwards: [] }
  const sequences = new Map<string, number>()
  const basePrices = new Map<string, number | undefined>()
  client.on('board', event => {
    const { issue, board, trades } = event
    const before = sequences.get(issue) ?? 0
    const basePrice = client.basePrice(issue)
    // Trades that were missing, and a base price, come with a board that the app has.
    const isRepeated = trades.length > 0 || basePrice !== basePrices.get(issue)
    const isLater = board.sequence > before || (board.sequence === before && isRepeated)
    if (!isLater) collected.backwards.push(`${issue}: ${before} → ${board.sequence}`)
    sequences.set(issue, board.sequence)
    basePrices.set(issue, basePrice)
    collected.events.push(event)
  })
  for (const issue of issues) client.subscribe(issue, () => {})
  return collected
}

/** Returns whether each line has sent a current board, from a time (µs of the day) on. */
export function areCurrent({ events }: Collected, from: number, now: number): boolean {
  return LINE_NUMBERS.every(line => {
    const newest = events.findLast(({ board }) => board.line === line)
    const time = newest === undefined ? 0 : microsecondsOf(newest.board.time)
    return time >= Math.max(from, now - CURRENT_MICROSECONDS)
  })
}
