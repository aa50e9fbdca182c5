/** A time limit that does not mistake a busy process for a silent service. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Millis } from '../market/units.ts'

/** Length of one wait (ms). After each wait the event loop reads the answers that have arrived. */
const WAIT_MS = 10

export interface Patience {
  /** Resolves when the time is over. */
  readonly over: Promise<void>
  /** Ends the time early. */
  end(): void
}

/**
 * Starts a time limit of short waits. A single timer would fire after a long computation before the answers that came
 * meanwhile are read.
 * @param time rounded up to a multiple of 10 ms. It becomes longer while computations block the process.
 */
export function startPatience(time: Millis): Patience {
  let isOver = false
  const run = async (): Promise<void> => {
    for (let waited = 0; waited < time && !isOver; waited += WAIT_MS) await sleep(WAIT_MS)
  }
  return {
    over: run(),
    end() {
      isOver = true
    },
  }
}
