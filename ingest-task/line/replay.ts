/**
 * A line that has begun to number anew tells its day from the start. Messages find their place by their counter, and
 * those that came before are dropped. News and phases have none: by their time, they are not told again.
 */
import type { Clock } from '../../market/clock.ts'
import { momentOf } from '../../market/moment.ts'
import type { LineContent } from '../line-seam.ts'

export interface Replay {
  /** The line begins a session of this trading date; `again`: with much that has come already. */
  begin(tradingDate: number, again: boolean): void
  deliver(content: LineContent): boolean
}

/** @param told the market moment of the newest content that is known to be told, epoch µs. */
export function createReplay(clock: Clock, told: number, deliver: (content: LineContent) => boolean): Replay {
  let newest = told
  let newsAfter = 0
  let phaseFrom = 0
  let midnight = 0

  return {
    begin(tradingDate, again) {
      midnight = momentOf(tradingDate, 0)
      newsAfter = again ? newest : 0
    },
    deliver(content) {
      if (content.kind === 'news' && midnight + content.time <= newsAfter) return true
      if (content.kind === 'phase') {
        const from = midnight + content.time
        // The phase itself may come again: better twice than not at all.
        if (from < phaseFrom) return true
        phaseFrom = from
      }
      newest = clock.now()
      return deliver(content)
    },
  }
}
