/**
 * The latest known phase and line states. An answer to a subscription may have been read before an event and arrive
 * after it: then the event is right.
 */
import type { AppEvent } from '../market/protocol.ts'

export interface Status {
  /** Whether a state in an answer says something that no event has said. It is then the latest. */
  isNew(event: AppEvent): boolean
  /** Whether an event is not older than what is known. It is then the latest; what is no state always is. */
  isCurrent(event: AppEvent): boolean
}

export function createStatus(): Status {
  const times = new Map<string, string>()

  function take(event: AppEvent, isLater: (time: string, known: string) => boolean): boolean {
    if (event.type !== 'line' && event.type !== 'phase') return true
    const [name, time] = event.type === 'line' ? [`line ${event.line}`, event.since] : ['phase', event.time]
    const known = times.get(name)
    // ISO 8601 times with one offset order as text.
    if (known !== undefined && !isLater(time, known)) return false
    times.set(name, time)
    return true
  }

  return {
    isNew: event => take(event, (time, known) => time > known),
    isCurrent: event => take(event, (time, known) => time >= known),
  }
}
