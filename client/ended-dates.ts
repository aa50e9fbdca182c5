/** Knows which trading dates have ended, from the phases of the market. No trade of an ended date follows. */
import type { PhaseEvent } from '../market/market-event.ts'
import { dayBefore } from './iso-dates.ts'

/** The phase `closed` is the first of each date too. It starts at midnight then. */
const MIDNIGHT = 'T00:00:00'

const DATE_LENGTH = 10

export interface EndedDates {
  /** The latest date that has ended, YYYY-MM-DD. Empty: none is known. */
  readonly latest: string
  phase(event: PhaseEvent): void
}

export function createEndedDates(): EndedDates {
  let latest = ''
  return {
    get latest() {
      return latest
    },
    phase({ phase, time }) {
      const date = time.slice(0, DATE_LENGTH)
      const hasEnded = phase === 'closed' && !time.startsWith(MIDNIGHT, DATE_LENGTH)
      const ended = hasEnded ? date : dayBefore(date)
      if (ended > latest) latest = ended
    },
  }
}
