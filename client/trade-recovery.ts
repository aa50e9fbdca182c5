/**
 * Fetches trades that the app lacks. A hole in the trades of an issue is filled by the first of these that works:
 *
 * 1. The server sends what the app missed. Each subscription and snapshot asks for it (`since`, market/protocol.ts).
 * 2. The REST API has the trades of the day, some minutes late (history-reader.ts).
 * 3. Otherwise the trades are lost, and the next event of the issue has the mark `lost`.
 *
 * The server has no trades of an earlier trading date. They are read from the REST API at once.
 */
import type { MissedTrades } from '../market/protocol.ts'
import type { Millis } from '../market/units.ts'
import type { Book } from './board-book.ts'
import type { ReadHistory } from './history-reader.ts'
import type { Hole } from './trade-tape.ts'

/** How often the server is asked for the same trades. A function of the server that is replaced may forget a request. */
const MAX_ASKS = 2

export interface RecoveryOptions {
  readonly book: Pick<Book, 'hole' | 'position' | 'begin' | 'giveUp' | 'addMissed' | 'addTrades'>
  /** Reads the trades of a hole; `undefined` if the REST API cannot give them. Absent: the app has no REST address. */
  readonly readHistory: ReadHistory | undefined
  /** The longest wait for the answer to a request, ms. */
  readonly answerTimeout: Millis
  /** Trades have come, or were given up: the issue may have an event. */
  readonly onProgress: (issue: string) => void
  /** Issues may need requests. */
  readonly onNeeds: () => void
}

export interface Recovery {
  /** Whether the trades of an issue have a hole for which the server should be asked. */
  needsServer(issue: string): boolean
  /** A request has asked for the trades of these issues. */
  asked(issues: Iterable<string>): void
  /** Adds trades that the server sent. */
  answered(missed: MissedTrades): void
  /** Looks for a hole after a change of the trades of an issue. */
  check(issue: string): void
  /** There is no connection. What was asked will not be answered. */
  disconnected(): void
  /** The app does not want an issue any more. */
  drop(issue: string): void
  close(): void
}

/** What was done about the trades of an issue. */
interface Effort {
  asks: number
  /** When the last request was sent, ms of `performance.now()`. */
  askedAt: number
  /** The server does not have the trades. */
  isRefused: boolean
  isReading: boolean
}

export function createRecovery({
  book,
  readHistory,
  answerTimeout,
  onProgress,
  onNeeds,
}: RecoveryOptions): Recovery {
  const efforts = new Map<string, Effort>()
  let timer: ReturnType<typeof setTimeout> | undefined

  function effortOf(issue: string): Effort {
    const effort = efforts.get(issue) ?? { asks: 0, askedAt: 0, isRefused: false, isReading: false }
    efforts.set(issue, effort)
    return effort
  }

  const isWaiting = ({ asks, askedAt }: Effort): boolean =>
    asks > 0 && performance.now() - askedAt < answerTimeout

  async function read(issue: string, hole: Hole, effort: Effort): Promise<void> {
    effort.isReading = true
    // The app may drop the issue in the meantime, and subscribe again.
    const isWanted = (): boolean => efforts.get(issue) === effort
    const piece = await readHistory?.(issue, hole, isWanted).catch(() => undefined)
    if (!isWanted()) return
    // The server may have been asked for the trades of the latest date meanwhile.
    if (hole.isPast) effort.isReading = false
    else efforts.delete(issue)
    // The API refuses a range without an end once a later date has begun.
    const isOutdated = !hole.isPast && book.hole(issue)?.isPast === true
    if (piece !== undefined) book.addTrades(issue, piece)
    else if (!isOutdated) book.giveUp(issue)
    onProgress(issue)
    check(issue)
  }

  function check(issue: string): void {
    const hole = book.hole(issue)
    const effort = effortOf(issue)
    if (hole === undefined) {
      if (!isWaiting(effort)) efforts.delete(issue)
      return
    }
    schedule()
    if (effort.isReading) return
    if (hole.isPast || effort.isRefused) void read(issue, hole, effort)
    else if (isWaiting(effort)) return
    else if (effort.asks >= MAX_ASKS) void read(issue, hole, effort)
    else onNeeds()
  }

  /** Looks again when the answers to the latest requests are late: a quiet issue has no update that would do it. */
  function schedule(): void {
    timer ??= setTimeout(() => {
      timer = undefined
      for (const issue of [...efforts.keys()]) check(issue)
    }, answerTimeout)
  }

  return {
    needsServer(issue) {
      if (book.hole(issue)?.isPast !== false) return false
      const effort = effortOf(issue)
      return !effort.isReading && !effort.isRefused && effort.asks < MAX_ASKS && !isWaiting(effort)
    },
    asked(issues) {
      for (const issue of issues) {
        book.begin(issue)
        const effort = effortOf(issue)
        effort.asks++
        effort.askedAt = performance.now()
      }
    },
    answered(missed) {
      const { issue, date, follows } = missed
      const position = book.position(issue)
      book.addMissed(missed)
      const effort = efforts.get(issue)
      if (effort === undefined || position === undefined) return
      if (follows > (position.date === date ? position.sequence : 0)) effort.isRefused = true
      // More entries of the issue may follow.
      else effort.askedAt = performance.now()
    },
    check,
    disconnected() {
      for (const effort of efforts.values()) effort.asks = 0
    },
    drop: issue => void efforts.delete(issue),
    close() {
      clearTimeout(timer)
      efforts.clear()
    },
  }
}
