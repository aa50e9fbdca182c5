/** Stores events in the boards table, and finds out which of them are new for apps. */
import type { Clock } from '../../market/clock.ts'
import type { EventOf, MarketEvent } from '../../market/market-event.ts'
import { momentToIso } from '../../market/moment.ts'
import type { AppEvent } from '../../market/protocol.ts'
import { addMillis, nowMillis } from '../../market/units.ts'
import { NEWS_ID, type NewsItem, PHASE_ID, type PhaseItem } from '../../tables/boards/board-items.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import { type Condition, getItem, putIf, unchanged } from '../../tables/dynamodb.ts'
import { retryUntil, TryAgain } from '../../tables/retry.ts'
import { createDueEvents, type DueEvent, type StoredEvent } from './due-events.ts'
import { type Arrival, createLineStates } from './line-states.ts'
import { createMasterWriter } from './master-writer.ts'

/** News in the table; an older event is dropped. */
const NEWS_KEPT = 20
/** Time to add an event to the news (ms), while other environments add theirs. */
const NEWS_LIMIT_MS = 2_000
/** Events that apps got although the table had not taken them: remembered, so that apps get each event once. */
const SENT_KEPT = 100

export interface EventStore {
  /**
   * Stores the events of a round, and those that the table did not take in earlier rounds. Resolves soon after `signal`
   * is aborted; what is not stored then stays due.
   * @returns the events that apps are to be sent, events of silent lines among them. Apps do not wait for a table that
   * does not answer in time. Most events are repeats, which apps have: every line sends the phase, and a task reports
   * the state of its line again and again.
   */
  store(events: readonly MarketEvent[], signal: AbortSignal): Promise<AppEvent[]>
  /** Returns whether a phase or the state of a line is due: then the status in the table may be old. */
  isStatusDue(): boolean
}

/** @param warn reports a problem that must not stop the round. */
export function createEventStore(
  boards: BoardsTable,
  clock: Clock,
  warn: (message: string, error: unknown) => void,
): EventStore {
  const lines = createLineStates(boards)
  const masters = createMasterWriter(boards, warn)
  const due = createDueEvents(NEWS_KEPT)
  /** JSON of events that apps got unstored, the latest last. */
  const sent = new Set<string>()

  const write = async (
    { event, arrival }: DueEvent,
    signal: AbortSignal,
  ): Promise<StoredEvent | undefined> => {
    switch (event.type) {
      case 'phase':
        return (await putPhase(boards, event, signal)) ? event : undefined
      case 'line':
        return lines.report(event, arrival, signal)
      case 'news':
        return (await addNews(boards, event, signal)) ? event : undefined
    }
  }

  const settle = async (entry: DueEvent, signal: AbortSignal): Promise<StoredEvent | undefined> => {
    const { event } = entry
    try {
      const news = await write(entry, signal)
      due.remove(entry)
      return news === undefined || sent.has(JSON.stringify(news)) ? undefined : news
    } catch (error) {
      if (!entry.hasFailed) warn('an event could not be stored', error)
      entry.hasFailed = true
      const hasApps = sent.has(JSON.stringify(event)) || (event.type === 'line' && lines.isRepeat(event))
      if (hasApps) return undefined
      sent.add(JSON.stringify(event))
      for (const text of [...sent].slice(0, -SENT_KEPT)) sent.delete(text)
      return event
    }
  }

  const findSilent = async (signal: AbortSignal): Promise<AppEvent[]> => {
    try {
      return await lines.findSilent(signal)
    } catch (error) {
      warn('the states of the lines could not be read', error)
      return []
    }
  }

  return {
    async store(events, signal) {
      const arrival: Arrival = { at: nowMillis(), time: momentToIso(clock.now()) }
      for (const event of events) {
        if (event.type === 'line') lines.noteArrival(event, arrival)
        if (event.type === 'issues') masters.take(event)
        else due.add(event, arrival)
      }
      const [lists, news] = await Promise.all([
        masters.store(signal),
        Promise.all(due.all().map(entry => settle(entry, signal))),
      ])
      const silent = await findSilent(signal)
      return [...lists, ...news.filter(event => event !== undefined), ...silent]
    },
    isStatusDue: due.hasStatus,
  }
}

/** Stores a phase unless the table has it or a later phase. Returns whether it was stored. */
function putPhase(boards: BoardsTable, phase: EventOf<'phase'>, signal: AbortSignal): Promise<boolean> {
  const item: PhaseItem = { id: PHASE_ID, since: phase.time, event: JSON.stringify(phase) }
  const condition: Condition = {
    expression: 'attribute_not_exists(id) OR since < :since OR (since = :since AND event <> :event)',
    values: { ':since': item.since, ':event': item.event },
  }
  return putIf(boards, item, condition, signal)
}

/** Adds an event to the news unless the list has it or has only later events. Returns whether it was added. */
function addNews(boards: BoardsTable, event: EventOf<'news'>, signal: AbortSignal): Promise<boolean> {
  const deadline = addMillis(nowMillis(), NEWS_LIMIT_MS)
  const expected = `${NEWS_ID} in ${boards.table} replaced`
  return retryUntil({ deadline, expected, isRetryable: () => false, signal }, async () => {
    const before = (await getItem<NewsItem>(boards, { id: NEWS_ID }, signal))?.events
    const stored = JSON.parse(before ?? '[]') as EventOf<'news'>[]
    if (stored.some(({ time, headline }) => time === event.time && headline === event.headline)) return false
    const latest = [event, ...stored].sort((a, b) => (a.time < b.time ? 1 : -1)).slice(0, NEWS_KEPT)
    if (!latest.includes(event)) return false
    const item: NewsItem = { id: NEWS_ID, events: JSON.stringify(latest) }
    const isReplaced = await putIf(boards, item, unchanged('events', before), signal)
    return isReplaced || new TryAgain('a concurrent change')
  })
}
