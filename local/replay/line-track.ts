/** What one line said on the day, in the order of its counter. */
import type { Tick } from '../../market/tick.ts'
import type { DayMicros } from '../../market/units.ts'
import { createHeap } from './heap.ts'
import type { Cursor, Tape } from './tape.ts'

export interface LineTrack {
  /** The last tick of each issue before the play begins, by rising sequence. */
  readonly before: readonly Tick[]
  /** The counter of the line before the play begins. */
  readonly counter: number
  /** When the next tick is said, microseconds of the day; infinite when there is none. */
  readonly nextTime: number
  next(): Tick | undefined
}

/**
 * @param from microsecond of the day at which the play begins. What comes behind it in the counter of the line is
 * played, what comes before is not. A line whose first message is not archived begins after its first tick.
 */
export function openLineTrack(tape: Tape, line: number, from: DayMicros): LineTrack {
  const cursors = tape.index.tracks.filter(track => track.line === line).map(track => tape.cursor(track))
  const first = Math.min(...cursors.map(sequenceOf))
  const begun = first > 1 && first < Number.POSITIVE_INFINITY ? first : 0
  const counter = Math.max(begun, ...cursors.map(cursor => cursor.sequenceBefore(from)))
  const before: Tick[] = []
  const heap = createHeap<Cursor>(sequenceOf)
  for (const cursor of cursors) {
    const last = cursor.skipTo(counter)
    if (last !== undefined) before.push(last)
    if (cursor.peek() !== undefined) heap.add(cursor)
  }
  /** A tick that looks earlier than one before it on the line was said after that. */
  let time = from
  return {
    before: before.sort((a, b) => a.sequence - b.sequence),
    counter,
    get nextTime() {
      const tick = heap.first?.peek()
      return tick === undefined ? Number.POSITIVE_INFINITY : Math.max(time, tick.time)
    },
    next() {
      const cursor = heap.first
      const tick = cursor?.next()
      if (tick === undefined) return undefined
      time = Math.max(time, tick.time)
      if (cursor?.peek() === undefined) heap.removeFirst()
      else heap.moved()
      return tick
    },
  }
}

function sequenceOf(cursor: Cursor): number {
  return cursor.peek()?.sequence ?? Number.POSITIVE_INFINITY
}
