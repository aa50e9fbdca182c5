/** The tasks that the exchange has planned, by time. Tasks of equal time keep the order in which they were planned. */
import type { DayMicros } from '../../market/units.ts'

export interface Planned<Task> {
  readonly time: DayMicros
  readonly task: Task
}

export interface Schedule<Task> {
  /** Time of the next task (µs of the day); Infinity if there is none. */
  readonly nextTime: DayMicros
  plan(time: DayMicros, task: Task): void
  /** Removes and returns the next task. @throws RangeError if there is none. */
  take(): Planned<Task>
}

/** A binary heap. */
export function createSchedule<Task>(): Schedule<Task> {
  const heap: { time: DayMicros; order: number; task: Task }[] = []
  let planned = 0
  const isBefore = (a: number, b: number): boolean => {
    const one = heap[a]!
    const other = heap[b]!
    return one.time < other.time || (one.time === other.time && one.order < other.order)
  }
  const swap = (a: number, b: number): void => {
    const item = heap[a]!
    heap[a] = heap[b]!
    heap[b] = item
  }
  return {
    get nextTime() {
      return heap[0]?.time ?? Number.POSITIVE_INFINITY
    },
    plan(time, task) {
      heap.push({ time, order: planned++, task })
      for (let child = heap.length - 1; child > 0; ) {
        const parent = (child - 1) >> 1
        if (!isBefore(child, parent)) break
        swap(child, parent)
        child = parent
      }
    },
    take() {
      const first = heap[0]
      if (first === undefined)
        throw new RangeError('day schedule: expected a planned task, got an empty schedule')
      const last = heap.pop()!
      if (heap.length > 0) heap[0] = last
      for (let parent = 0; ; ) {
        let child = 2 * parent + 1
        if (child >= heap.length) break
        if (child + 1 < heap.length && isBefore(child + 1, child)) child++
        if (!isBefore(child, parent)) break
        swap(child, parent)
        parent = child
      }
      return first
    },
  }
}
