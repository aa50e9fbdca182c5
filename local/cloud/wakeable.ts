/** A wait that another part of the program can end. A loop may use it for hours: it keeps one listener in all. */
export interface Wakeable {
  /** Resolves on a wake, on an abort, or after the milliseconds. A wake since the last wait ends the wait at once. */
  wait(milliseconds?: number): Promise<void>
  wake(): void
}

/** @param signal ends every wait when it is aborted. */
export function createWakeable(signal: AbortSignal): Wakeable {
  let woken = false
  let resume: (() => void) | undefined
  const wake = (): void => {
    woken = true
    resume?.()
  }
  signal.addEventListener('abort', wake, { once: true })
  return {
    wake,
    async wait(milliseconds) {
      if (!woken && !signal.aborted) {
        await new Promise<void>(resolve => {
          const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds)
          resume = () => {
            clearTimeout(timer)
            resolve()
          }
        })
        resume = undefined
      }
      woken = false
    },
  }
}
