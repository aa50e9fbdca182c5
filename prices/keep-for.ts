/** Keeps what was read for some time, so that many requests read it once. */
import { type EpochMillis, type Millis, nowMillis } from '../market/units.ts'

/** Returns a function that calls `read` again only after `age` (real ms), or after `read` failed. */
export function keepFor<T>(age: Millis, read: () => Promise<T>): () => Promise<T> {
  let kept: { readonly at: EpochMillis; readonly value: Promise<T> } | undefined
  return () => {
    const now = nowMillis()
    if (kept !== undefined && now - kept.at < age) return kept.value
    const entry = { at: now, value: read() }
    entry.value.catch(() => {
      if (kept === entry) kept = undefined
    })
    kept = entry
    return entry.value
  }
}
