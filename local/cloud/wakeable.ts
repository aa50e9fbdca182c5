/** A wait that can be ended from outside, for loops that run for hours: nothing piles up however often it is used. */
export interface Wakeable {
  /** Until woken, aborted, or for that long. A wake that came before ends it at once. */
  wait(milliseconds?: number): Promise<void>
  wake(): void
}

/** @param signal ends every wait once it is aborted. */
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
