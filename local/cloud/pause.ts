/** A timer of Node.js holds 31 bits of milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Waits that long, or until `signal` is aborted. */
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
