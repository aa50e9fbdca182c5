/** Stores events in the boards table, and finds out which of them are new for apps. */
import { createErrands } from '../../lambda/errands.ts'
import type { Clock } from '../../market/clock.ts'
import type { EventOf } from '../../market/market-event.ts'
import { momentToIso } from '../../market/moment.ts'
import type { AppEvent } from '../../market/protocol.ts'
import { addMillis, nowMillis } from '../../market/units.ts'
import type { NewsItem, PhaseItem } from '../../tables/boards/board-items.ts'
import { NEWS_ID, PHASE_ID } from '../../tables/boards/boards-keys.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import { copyPhase } from '../../tables/boards/status-copy.ts'
import { type Condition, getItem, putIf, unchanged } from '../../tables/dynamodb.ts'
import { retryUntil, TryAgain } from '../../tables/retry.ts'
import { createDueEvents, type DueEvent, type StoredEvent } from './due-events.ts'
import { type Arrival, createLineStates } from './line-states.ts'
import { createMasterWriter } from './master-writer.ts'
import type { ArrivedEvent } from './read-records.ts'

/** News in the table; an older event is dropped. */
const NEWS_KEPT = 20
/** Time to add an event to the news (ms), while other environments add theirs. */
const NEWS_LIMIT_MS = 2_000
/**
 * Events that apps got, as far as they are remembered. An event may come twice, from two lines or from two tasks of a line.
 * The table then shows that it is a repeat, but it may be silent.
 */
const SENT_KEPT = 100
/** Writes in flight: more than there are due events, even if a silent table keeps some of earlier rounds. */
const ERRANDS = 64

export interface EventStore {
  /**
   * Stores the events of a round, and those that the table did not take in earlier rounds. Resolves when all are stored
   * or when `over` resolves; the writes then go on, and what the table refuses is written again in the next round.
   * @returns the events that apps are to be sent, events of silent lines among them. Apps do not wait for a table that
   * does not answer in time. Most events are repeats, which apps have: every line sends the phase, and a task reports
   * the state of its line again and again.
   */
  store(events: readonly ArrivedEvent[], over: Promise<void>): Promise<AppEvent[]>
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
  const errands = createErrands<DueEvent | 'silent lines'>(ERRANDS)
  /** Events that the table has taken as new since the last round. `order`: place among the due events. */
  const ready: { readonly event: AppEvent; readonly order: number }[] = []
  /** JSON of events that apps got, the latest last. */
  const sent = new Set<string>()

  /** The last write of news: all news replace the same item, so each waits for the write before it. */
  let newsBefore: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = newsBefore.then(work)
    newsBefore = done.catch(() => {})
    return done
  }

  /** JSON of the phase in the copy of the status, as far as this environment knows. */
  let copied: string | undefined
  const putPhase = async (phase: EventOf<'phase'>): Promise<boolean> => {
    const item: PhaseItem = { id: PHASE_ID, since: phase.time, event: JSON.stringify(phase) }
    const isNew = await putIf(boards, item, isLaterThanStored(item))
    if (copied !== item.event) await copyPhase(boards, item)
    copied = item.event
    return isNew
  }

  const write = async ({ event, arrival }: DueEvent): Promise<StoredEvent | undefined> => {
    switch (event.type) {
      case 'phase':
        return (await putPhase(event)) ? event : undefined
      case 'line':
        return lines.report(event, arrival)
      case 'news':
        return (await inTurn(() => addNews(boards, event))) ? event : undefined
    }
  }

  const storeDue = async (entry: DueEvent, order: number): Promise<void> => {
    try {
      const event = await write(entry)
      due.remove(entry)
      if (event !== undefined && !sent.has(JSON.stringify(event))) ready.push({ event, order })
    } catch (error) {
      if (!entry.hasFailed) warn('an event could not be stored', error)
      entry.hasFailed = true
    }
  }

  const findSilent = async (): Promise<void> => {
    try {
      for (const event of await lines.findSilent()) ready.push({ event, order: Number.POSITIVE_INFINITY })
    } catch (error) {
      warn('the states of the lines could not be read', error)
    }
  }

  /** Returns the due events that apps do not have. From now on apps have them. */
  const takeUnstored = (): StoredEvent[] =>
    due.all().flatMap(({ event }) => {
      const text = JSON.stringify(event)
      if (sent.has(text) || (event.type === 'line' && lines.isRepeat(event))) return []
      noteSent(text)
      return [event]
    })

  const noteSent = (text: string): void => {
    sent.add(text)
    for (const old of [...sent].slice(0, -SENT_KEPT)) sent.delete(old)
  }

  return {
    async store(events, over) {
      const moment = { at: nowMillis(), time: momentToIso(clock.now()) }
      for (const { event, epoch } of events) {
        const arrival: Arrival = { ...moment, epoch }
        if (event.type === 'line') lines.noteArrival(event, arrival)
        if (event.type === 'issues') masters.take(event)
        else due.add(event, arrival)
      }
      masters.start()
      for (const [order, entry] of due.all().entries()) errands.start(entry, () => storeDue(entry, order))
      errands.start('silent lines', findSilent)
      await Promise.race([Promise.all([masters.settled(), errands.settled()]), over])
      const stored = ready.splice(0).sort((a, b) => a.order - b.order)
      // A line may return to a state that apps got earlier.
      for (const { event } of stored) if (event.type !== 'line') noteSent(JSON.stringify(event))
      return [...masters.takeEvents(), ...stored.map(({ event }) => event), ...takeUnstored()]
    },
    isStatusDue: due.hasStatus,
  }
}

/** Returns the condition that the table has neither this phase nor a later one. */
function isLaterThanStored({ since, event }: PhaseItem): Condition {
  return {
    expression: 'attribute_not_exists(id) OR since < :since OR (since = :since AND event <> :event)',
    values: { ':since': since, ':event': event },
  }
}

/** Adds an event to the news unless the list has it or has only later events. Returns whether it was added. */
function addNews(boards: BoardsTable, event: EventOf<'news'>): Promise<boolean> {
  const deadline = addMillis(nowMillis(), NEWS_LIMIT_MS)
  const expected = `${NEWS_ID} in ${boards.table} replaced`
  return retryUntil({ deadline, expected, isRetryable: () => false }, async () => {
    const before = (await getItem<NewsItem>(boards, { id: NEWS_ID }))?.events
    const stored = JSON.parse(before ?? '[]') as EventOf<'news'>[]
    if (stored.some(({ time, headline }) => time === event.time && headline === event.headline)) return false
    const later = stored.filter(({ time }) => time > event.time)
    const latest = [...later, event, ...stored.slice(later.length)].slice(0, NEWS_KEPT)
    if (!latest.includes(event)) return false
    const item: NewsItem = { id: NEWS_ID, events: JSON.stringify(latest) }
    const isReplaced = await putIf(boards, item, unchanged('events', before))
    return isReplaced || new TryAgain('a concurrent change')
  })
}
