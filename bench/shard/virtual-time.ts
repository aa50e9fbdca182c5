/** Virtual time for a benchmark: timers, `Date` and `performance.now` move only when the benchmark moves them. */
import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'

export interface VirtualTime extends Disposable {
  /** Milliseconds since the start. */
  now(): number
  /** Moves to a time, a millisecond after the other, and lets promises settle in each of them. */
  moveTo(time: number): Promise<void>
}

/** @param start epoch ms. */
export function startVirtualTime(start: number): VirtualTime {
  let now = 0
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: start })
  const clock = mock.method(performance, 'now', () => now)
  return {
    now: () => now,
    async moveTo(time) {
      while (now + 1 <= time) {
        now++
        mock.timers.tick(1)
        await setImmediate()
      }
    },
    [Symbol.dispose]() {
      clock.mock.restore()
      mock.timers.reset()
    },
  }
}
