/** The bytes of a post, from the ticks that its updates merge. */
import { type BilledView, POST_FRAME_BYTES, UPDATE_BYTES } from './measured.ts'

/** Returns the bytes of a post of `updates` updates that merge `ticks` ticks in all. */
export function postBytes(view: BilledView, updates: number, ticks: number): number {
  return POST_FRAME_BYTES + updates * updateBytes(view, ticks / updates)
}

/** Returns the bytes of an update that merges so many ticks, interpolated between measured points. */
export function updateBytes(view: BilledView, ticks: number): number {
  const points = UPDATE_BYTES[view]
  let [before, bytes] = points[0]
  for (const [merged, upTo] of points) {
    if (ticks <= merged) {
      return merged === before ? upTo : bytes + ((upTo - bytes) * (ticks - before)) / (merged - before)
    }
    ;[before, bytes] = [merged, upTo]
  }
  return bytes
}
