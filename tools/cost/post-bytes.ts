/** The bytes of a post, from the ticks that its updates merge: as JSON, and as they are sent. */
import { type Encoding, POST_BYTES } from '../../market/protocol.ts'
import { type BilledView, DEFLATED_BYTES, POST_FRAME_BYTES, UPDATE_BYTES } from './measured.ts'

/** Returns the bytes of a post of `updates` updates that merge `ticks` ticks in all. */
export function postBytes(view: BilledView, updates: number, ticks: number): number {
  return POST_FRAME_BYTES + updates * updateBytes(view, ticks / updates)
}

/** Returns the messages of a post with so many bytes of JSON. They are joined before they are compressed (posts/push.ts). */
export function messagesOf(bytes: number): number {
  return Math.ceil(bytes / POST_BYTES)
}

/** Returns the bytes that are sent for a post of so many bytes of JSON. */
export function sentBytes(view: BilledView, encoding: Encoding, bytes: number): number {
  if (encoding === 'json' || bytes === 0) return bytes
  const messages = messagesOf(bytes)
  return messages * deflatedBytes(view, bytes / messages)
}

/** Returns the bytes of a compressed message, interpolated between measured points; below the first one as JSON has. */
function deflatedBytes(view: BilledView, bytes: number): number {
  let [before, deflated] = [0, 0]
  for (const [json, upTo] of DEFLATED_BYTES[view]) {
    if (bytes <= json)
      return Math.min(bytes, deflated + ((upTo - deflated) * (bytes - before)) / (json - before))
    ;[before, deflated] = [json, upTo]
  }
  return (bytes * deflated) / before
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
