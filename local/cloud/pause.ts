/** A pause that an abort ends. */

/** Longest time of a Node.js timer: 31 bits of milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Resolves after the milliseconds, or when `signal` is aborted. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, Math.min(milliseconds, LONGEST_TIMER_MS))
    signal.addEventListener('abort', done)
  })
}
