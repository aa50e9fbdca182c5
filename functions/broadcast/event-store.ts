/** Stores events in the boards table, and finds out which of them are new for apps. */
import type { Clock } from '../../market/clock.ts'
import type { EventOf, MarketEvent } from '../../market/market-event.ts'
import type { AppEvent } from '../../market/protocol.ts'
import { addMillis, nowMillis } from '../../market/units.ts'
import { NEWS_ID, type NewsItem, PHASE_ID, type PhaseItem } from '../../tables/boards/board-items.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import { getItem, putIf, unchanged } from '../../tables/dynamodb.ts'
import { retryUntil, TryAgain } from '../../tables/retry.ts'
import { createLineStates } from './line-states.ts'
import { storeMaster } from './master-writer.ts'

/** News in the table; an older event is dropped. */
const NEWS_KEPT = 20
/** Time to add an event to the news (ms), while other environments add theirs. */
const NEWS_LIMIT_MS = 2_000

export interface EventStore {
  /**
   * Stores an event.
   * @returns the event that apps are to be sent; undefined if they have it already or have a newer event. Most events
   * are repeats: every line sends the phase, and a task reports the state of its line again and again.
   */
  store(event: MarketEvent): Promise<AppEvent | undefined>
  /** Returns events for lines that have gone silent: apps are to be sent them. */
  silentLines(): Promise<AppEvent[]>
  /** Returns the event that apps are to be sent although the table did not take `event`, if any. */
  unstored(event: MarketEvent): AppEvent | undefined
}

export function createEventStore(boards: BoardsTable, clock: Clock): EventStore {
  const lines = createLineStates(boards, clock)
  return {
    async store(event) {
      switch (event.type) {
        case 'issues':
          return storeMaster(boards, event)
        case 'phase':
          return (await putPhase(boards, event)) ? event : undefined
        case 'line':
          return lines.report(event)
        case 'news':
          return (await addNews(boards, event)) ? event : undefined
      }
    },
    silentLines: lines.findSilent,
    unstored(event) {
      if (event.type === 'issues' || (event.type === 'line' && lines.isRepeat(event))) return undefined
      return event
    },
  }
}

/** Stores a phase unless the table has it or a later phase. Returns whether it was stored. */
function putPhase(boards: BoardsTable, phase: EventOf<'phase'>): Promise<boolean> {
  const item: PhaseItem = { id: PHASE_ID, since: phase.time, event: JSON.stringify(phase) }
  return putIf(boards, item, {
    expression: 'attribute_not_exists(id) OR since < :since OR (since = :since AND event <> :event)',
    values: { ':since': item.since, ':event': item.event },
  })
}

/** Adds an event to the news unless the list has it or has only later events. Returns whether it was added. */
function addNews(boards: BoardsTable, event: EventOf<'news'>): Promise<boolean> {
  const deadline = addMillis(nowMillis(), NEWS_LIMIT_MS)
  const expected = `${NEWS_ID} in ${boards.table} replaced`
  return retryUntil({ deadline, expected, isRetryable: () => false }, async () => {
    const before = (await getItem<NewsItem>(boards, { id: NEWS_ID }))?.events
    const stored = JSON.parse(before ?? '[]') as EventOf<'news'>[]
    if (stored.some(({ time, headline }) => time === event.time && headline === event.headline)) return false
    const latest = [event, ...stored].sort((a, b) => (a.time < b.time ? 1 : -1)).slice(0, NEWS_KEPT)
    if (!latest.includes(event)) return false
    const item: NewsItem = { id: NEWS_ID, events: JSON.stringify(latest) }
    const isReplaced = await putIf(boards, item, unchanged('events', before))
    return isReplaced || new TryAgain('a concurrent change')
  })
}
