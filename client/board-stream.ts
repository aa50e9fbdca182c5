/**
 * Boards as an async iterable. While the consumer is busy, the events of an issue are joined into one event, which has the
 * latest board and all trades. So the memory has a bound, and no trade is lost below {@link MAX_TRADES_WAITING}.
 */
import { type BoardEvent, joinEvents } from './board-events.ts'
import { type EventQueue, iterateEvents, type Sink } from './event-queue.ts'
import type { Refusal } from './requests.ts'
import type { SubscribeOptions } from './wanted-views.ts'

/** Trades of all issues that wait for the consumer: minutes of 200 busy issues, some 15 MB. */
const MAX_TRADES_WAITING = 100_000

/** The server refused issues. A `for await` over their boards throws it. */
export class IssuesRefused extends Error {
  override readonly name = 'IssuesRefused'
  /** Why the server refused them. */
  readonly code: Refusal['code']
  /** The refused issues. */
  readonly issues: readonly string[]

  constructor({ code, issues }: Refusal) {
    super(`${code}: ${issues.join(', ')}`)
    this.code = code
    this.issues = issues
  }
}

export interface BoardSource {
  subscribe(issue: string, listener: (event: BoardEvent) => void, options?: SubscribeOptions): () => void
  onRefused(listener: (refusal: Refusal) => void): () => void
  /** Calls the listener when the client is closed; at once if it is. */
  onClosed(listener: () => void): () => void
}

/** Returns the boards of issues. Each iteration has its own subscriptions, from its start to its end. */
export function boardStream(
  source: BoardSource,
  issues: readonly string[],
  options: SubscribeOptions = {},
): AsyncIterable<BoardEvent> {
  const own = new Set(issues)
  const open = (sink: Sink<BoardEvent>): (() => void) => openBoards(source, own, options, sink)
  return { [Symbol.asyncIterator]: () => iterateEvents(createQueue(), open) }
}

/** Subscribes to issues. Returns a function that ends the subscriptions; a refused issue and a closed client end them too. */
function openBoards(
  source: BoardSource,
  issues: ReadonlySet<string>,
  options: SubscribeOptions,
  sink: Sink<BoardEvent>,
): () => void {
  const ends: (() => void)[] = []
  let isEnded = false

  function end(error?: Error): void {
    if (isEnded) return
    isEnded = true
    for (const off of ends.splice(0)) off()
    sink.end(error)
  }

  function refused(refusal: Refusal): void {
    const own = refusal.issues.filter(issue => issues.has(issue))
    if (own.length > 0) end(new IssuesRefused({ code: refusal.code, issues: own }))
  }

  try {
    ends.push(source.onRefused(refused))
    for (const issue of issues) ends.push(source.subscribe(issue, sink.event, options))
  } catch (error) {
    end()
    throw error
  }
  const offClosed = source.onClosed(() => end())
  if (isEnded) offClosed()
  else ends.push(offClosed)
  return () => end()
}

/** The latest event of each issue, joined with the events before it that were not taken. The longest waiting comes first. */
function createQueue(): EventQueue<BoardEvent> {
  const waiting = new Map<string, BoardEvent>()
  let trades = 0
  return {
    add(event) {
      const before = waiting.get(event.issue)
      const joined = before === undefined ? event : joinEvents(before, event)
      trades += event.trades.length
      if (trades <= MAX_TRADES_WAITING) {
        waiting.set(event.issue, joined)
        return
      }
      trades -= joined.trades.length
      waiting.set(event.issue, { ...joined, trades: [], lost: true })
    },
    take() {
      for (const [issue, event] of waiting) {
        waiting.delete(issue)
        trades -= event.trades.length
        return event
      }
      return undefined
    },
    clear() {
      waiting.clear()
      trades = 0
    },
  }
}
