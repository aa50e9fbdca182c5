/** Runs work for many items in a few slots. An item that takes long leaves its slot to the next item. */
import type { Millis } from '../market/units.ts'
import { createTimeLimit } from './time-limit.ts'

export interface Slots {
  readonly slots: number
  /** Most items at once: those in slots, and those that have left their slots. */
  readonly most: number
  /** Time after which an item leaves its slot (ms). */
  readonly patience: Millis
}

/**
 * Starts `work` for each item, in order. Resolves after the end of all.
 * @param work must not reject.
 */
export function eachInSlots<T>(
  items: readonly T[],
  { slots, most, patience }: Slots,
  work: (item: T) => Promise<void>,
): Promise<void> {
  return new Promise(resolve => {
    let next = 0
    let inSlots = 0
    let running = 0
    const limit = createTimeLimit<{ isSlow: boolean }>(patience, run => {
      run.isSlow = true
      inSlots--
      fill()
    })
    const start = async (item: T): Promise<void> => {
      const run = { isSlow: false }
      inSlots++
      running++
      limit.start(run)
      await work(item)
      limit.end(run)
      running--
      if (!run.isSlow) inSlots--
      fill()
    }
    const fill = (): void => {
      while (inSlots < slots && running < most && next < items.length) void start(items[next++]!)
      if (running === 0) resolve()
    }
    fill()
  })
}
