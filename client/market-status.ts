/**
 * The latest phase and line states. The server may read the status for an answer, then send an event, and then send the
 * answer. In this case the event is the latest.
 */
import type { AppEvent } from '../market/protocol.ts'

export interface Status {
  /** Whether a state in an answer is later than the known state. If so, it becomes the known state. */
  isNew(event: AppEvent): boolean
  /** Whether an event is not older than the known state. If so, it becomes the known state. News are always current. */
  isCurrent(event: AppEvent): boolean
}

export function createStatus(): Status {
  const times = new Map<string, string>()

  function take(event: AppEvent, isLater: (time: string, latest: string) => boolean): boolean {
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
