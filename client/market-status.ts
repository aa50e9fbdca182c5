/**
 * The latest phase and line states, and the news of the last time. The server may read the status for an answer, then send
 * an event, and then send the answer. In this case the event is the latest. A new environment of the server may send news
 * again.
 */
import type { AppEvent } from '../market/protocol.ts'

/** News that the client remembers. A new environment of the server repeats seconds of the stream. */
const NEWS_KEPT = 200

export interface Status {
  /** Whether a state in an answer is later than the known state. If so, it becomes the known state. */
  isNew(event: AppEvent): boolean
  /** Whether an event is not older than the known state. If so, it becomes the known state. News is current once. */
  isCurrent(event: AppEvent): boolean
}

export function createStatus(): Status {
  const times = new Map<string, string>()
  const news = new Set<string>()

  /** Returns whether news is new, and remembers it. */
  function takeNews(key: string): boolean {
    if (news.has(key)) return false
    news.add(key)
    for (const oldest of news) {
      if (news.size <= NEWS_KEPT) break
      news.delete(oldest)
    }
    return true
  }

  function take(event: AppEvent, isLater: (time: string, latest: string) => boolean): boolean {
    if (event.type === 'news') return takeNews(JSON.stringify([event.time, event.headline]))
    if (event.type !== 'line' && event.type !== 'phase') return true
    const [name, time] = event.type === 'line' ? [`line ${event.line}`, event.since] : ['phase', event.time]
    const latest = times.get(name)
    // ISO 8601 times with the same offset are in order as text.
    if (latest !== undefined && !isLater(time, latest)) return false
    times.set(name, time)
    return true
  }

  return {
    isNew: event => take(event, (time, latest) => time > latest),
    isCurrent: event => take(event, (time, latest) => time >= latest),
  }
}
