/** Looks again and again whether what was asked for comes. */
import type { Timing } from './connection.ts'
import { LineError } from './frame.ts'
import type { Resends } from './resends.ts'
import type { Snapshots } from './snapshots.ts'

export interface WatchOptions {
  readonly timing: Timing
  readonly resends: Resends
  readonly snapshots: Snapshots
  /** Reading is paused. */
  paused(): boolean
  /** Connections that can be asked. */
  open(): readonly number[]
  /** A connection owes an answer for too long. */
  late(connection: number, reason: LineError): void
  /** Frames are known that nobody comes nearer to. */
  stuck(): void
}

/** @returns ends the watch. */
export function startWatch(options: WatchOptions): () => void {
  const { timing, resends, snapshots } = options
  const { answerTimeout } = timing
  let lookedAt = performance.now()

  const look = (): void => {
    const now = performance.now()
    const stalled = now - lookedAt > answerTimeout / 2
    lookedAt = now
    if (stalled || options.paused()) {
      // Nothing was read for a while: nobody is to blame for what has not come.
      resends.excuse(now)
      snapshots.excuse(now)
      return
    }
    const { whole } = snapshots
    const stuck = resends.stuck(whole ? options.open() : [], now)
    const late = whole ? resends.overdue(now) : snapshots.overdue(now, answerTimeout)
    if (late !== undefined) {
      const expected = `expected ${whole ? 'frames sent again' : 'a snapshot'} within ${answerTimeout} ms`
      options.late(late, new LineError('unanswered', `${expected}, got none`))
    } else if (stuck) options.stuck()
  }

  const timer = setInterval(look, timing.heartbeat)
  return () => clearInterval(timer)
}
