/** The archived ticks of one line, in the order in which the line sent them. */
import type { Tick } from '../../market/tick.ts'
import type { DayMicros } from '../../market/units.ts'
import { createHeap } from './heap.ts'
import type { TapeCursor, TapeReader } from './tape-reader.ts'

export interface LineTrack {
  /** The last tick of each issue before the start of the replay, by rising sequence. */
  readonly before: readonly Tick[]
  /** The last sequence of the line before the start of the replay. */
  readonly counter: number
  /** When the next tick is due, µs of the day; infinite after the last tick. */
  readonly nextTime: DayMicros
  /** Returns the next tick by sequence. */
  next(): Tick | undefined
}

/**
 * Opens the track of a line. If the first message of the line is not in the archive, its first tick counts as before the
 * start.
 * @param from start of the replay, µs of the day. Ticks up to the line's last tick before it are not replayed.
 */
export function openLineTrack(tape: TapeReader, line: number, from: DayMicros): LineTrack {
  const cursors = tape.index.tracks.filter(track => track.line === line).map(track => tape.cursor(track))
  const first = Math.min(...cursors.map(nextSequence))
  const skipped = first > 1 && first < Number.POSITIVE_INFINITY ? first : 0
  const counter = Math.max(skipped, ...cursors.map(cursor => cursor.sequenceBefore(from)))
  const before: Tick[] = []
  const heap = createHeap<TapeCursor>(nextSequence)
  for (const cursor of cursors) {
    const last = cursor.skipTo(counter)
    if (last !== undefined) before.push(last)
    if (cursor.peek() !== undefined) heap.add(cursor)
  }
  /** The latest time so far. A line sends in the order of sequences, so a tick with an earlier time was sent after it. */
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
      else heap.firstChanged()
      return tick
    },
  }
}

function nextSequence(cursor: TapeCursor): number {
  return cursor.peek()?.sequence ?? Number.POSITIVE_INFINITY
}
