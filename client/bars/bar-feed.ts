/**
 * The bars of an issue for an app: it reads the history, subscribes to the issue, and reads the history again when trades
 * are missing or a bar must be finished. An issue that trades reads nothing but the start.
 */
import type { MissedTrades } from '../../market/protocol.ts'
import type { EpochMicros, Millis } from '../../market/units.ts'
import type { BoardEvent } from '../board-events.ts'
import type { TradePlace } from '../trade-wishes.ts'
import type { BarEvent } from './bar-event.ts'
import type { BarSource } from './bar-source.ts'
import { HistoryRefused } from './bars-request.ts'
import { momentOfIso } from './iso-parts.ts'

export interface BarFeedParts {
  readonly source: BarSource
  readonly subscribe: (listener: (event: BoardEvent) => void) => () => void
  /** Wishes the trades after a place. Returns a function that ends it. */
  readonly wishTrades: (place: TradePlace, listener: (missed: MissedTrades) => void) => () => void
  readonly emit: (event: BarEvent) => void
  /** Reports that the bars of the first answer of the history were emitted. */
  readonly onLoaded: () => void
  /** Reports a refusal. The feed has ended. */
  readonly onError: (error: Error) => void
  /** Pause of a second, shorter in tests, ms. */
  readonly second: Millis
}

/** Seconds before the first answer of the history is requested again. Each further pause is twice as long. */
const FIRST_PAUSE = 2
/** Seconds between two reads of the history while trades are missing. The history is one to three minutes behind. */
const READ_PAUSE = 25
/** Seconds after the end of a bar until its ticks are stored, usually. */
const STORED_AFTER = 90

/** Starts a feed. Returns a function that ends it. */
export function openBarFeed({
  source,
  subscribe,
  wishTrades,
  emit,
  onLoaded,
  onError,
  second,
}: BarFeedParts): () => void {
  let unsubscribe: (() => void) | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let waitsFor: 'missing' | 'close' | undefined
  let failures = 0
  let isReading = false
  let isLoaded = false
  let isClosed = false
  /** The latest moment of the market that is known. */
  let now: EpochMicros | undefined

  const emitAll = (events: readonly BarEvent[]): void => {
    for (const event of events) if (!isClosed) emit(event)
  }

  function close(): void {
    isClosed = true
    clearTimeout(timer)
    unsubscribe?.()
  }

  async function read(): Promise<void> {
    isReading = true
    try {
      const { asOf, events } = await source.read()
      if (isClosed) return
      failures = 0
      now = now === undefined || asOf > now ? asOf : now
      emitAll(events)
      if (!isLoaded && !isClosed) onLoaded()
      isLoaded = true
    } catch (error) {
      if (isClosed) return
      failures++
      if (error instanceof HistoryRefused) fail(error)
    } finally {
      isReading = false
    }
    waitsFor = undefined
    if (now !== undefined) begin()
    plan()
  }

  /** Subscribes after the first answer of the history. */
  function begin(): void {
    if (isClosed || unsubscribe !== undefined) return
    try {
      const ends = [subscribe(take)]
      const place = source.place()
      if (place !== undefined) ends.push(wishTrades(place, takeMissed))
      unsubscribe = () => {
        for (const end of ends) end()
      }
      // A listener may have closed the feed.
      if (isClosed) unsubscribe()
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  function fail(error: Error): void {
    close()
    onError(error)
  }

  function take(event: BoardEvent): void {
    if (isClosed) return
    const moment = momentOfIso(event.board.time)
    now = now === undefined || moment > now ? moment : now
    emitAll(source.take(event))
    plan()
  }

  function takeMissed(missed: MissedTrades): void {
    if (isClosed) return
    emitAll(source.takeMissed(missed))
    plan()
  }

  /** Plans the next read of the history, if one is needed. */
  function plan(): void {
    if (isClosed || isReading) return
    const closesAt = source.closesAt()
    const reason =
      unsubscribe === undefined || source.isMissing() ? 'missing' : closesAt && ('close' as const)
    if (reason === 'missing' && waitsFor === 'missing') return
    clearTimeout(timer)
    waitsFor = reason
    if (reason === undefined) return
    // All apps miss the trades that a line has lost: they do not ask at the same moment.
    timer = setTimeout(() => void read(), pauseOf(closesAt) * second * (0.5 + Math.random()))
  }

  /** Returns the usual pause before the next read, seconds. */
  function pauseOf(closesAt: EpochMicros | undefined): number {
    if (failures > 0) return Math.min(FIRST_PAUSE * 2 ** (failures - 1), READ_PAUSE)
    if (waitsFor === 'missing' || closesAt === undefined || now === undefined) return READ_PAUSE
    const rest = (closesAt - now) / 1_000_000
    return rest > 0 ? rest + STORED_AFTER : READ_PAUSE
  }

  void read()
  return close
}
