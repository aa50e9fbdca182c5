/** The events that the boards table has not taken yet. A newer state replaces an older state of the same thing. */
import type { MarketEvent } from '../../market/market-event.ts'
import type { Arrival } from './line-states.ts'

/** An event that is stored whole. Parts of an issue master are collected first (master-writer.ts). */
export type StoredEvent = Exclude<MarketEvent, { type: 'issues' }>

export interface DueEvent {
  readonly event: StoredEvent
  readonly arrival: Arrival
  /** A write of the event has failed. */
  hasFailed: boolean
}

export interface DueEvents {
  /** Adds an event, unless a newer state of the same phase or line is due. */
  add(event: StoredEvent, arrival: Arrival): void
  /** Removes an event, unless a newer event has replaced it. */
  remove(due: DueEvent): void
  /** Returns the events in the order in which they came. */
  all(): DueEvent[]
  /** Returns whether a phase or the state of a line is due. */
  hasStatus(): boolean
}

/** @param newsKept due news; the oldest is dropped. */
export function createDueEvents(newsKept: number): DueEvents {
  const due = new Map<string, DueEvent>()

  const dropOldNews = (): void => {
    const news = [...due.keys()].filter(isNews)
    for (const key of news.slice(0, -newsKept)) due.delete(key)
  }

  return {
    add(event, arrival) {
      const key = keyOf(event)
      const before = due.get(key)
      if (before !== undefined && isOlder({ event, arrival }, before)) return
      const isSame = before !== undefined && JSON.stringify(before.event) === JSON.stringify(event)
      due.set(key, { event, arrival, hasFailed: isSame && before.hasFailed })
      dropOldNews()
    },
    remove(entry) {
      const key = keyOf(entry.event)
      if (due.get(key) === entry) due.delete(key)
    },
    all: () => [...due.values()],
    hasStatus: () => [...due.keys()].some(key => !isNews(key)),
  }
}

const NEWS_KEY = 'news#'

function isNews(key: string): boolean {
  return key.startsWith(NEWS_KEY)
}

function keyOf(event: StoredEvent): string {
  switch (event.type) {
    case 'phase':
      return 'phase'
    case 'line':
      return `line#${event.line}`
    case 'news':
      return `${NEWS_KEY}${event.time}#${event.headline}`
  }
}

/** Returns whether an event has the older state of the same thing. The time of a line's state is that of its task. */
function isOlder(a: Pick<DueEvent, 'event' | 'arrival'>, b: DueEvent): boolean {
  if (a.event.type === 'line' && a.arrival.epoch !== b.arrival.epoch) return a.arrival.epoch < b.arrival.epoch
  return startOf(a.event) < startOf(b.event)
}

/** Returns when the state of an event began, ISO 8601. */
function startOf(event: StoredEvent): string {
  return event.type === 'line' ? event.since : event.time
}
