/** Whether reading is paused, and how long it has been, all pauses together. */
export interface Pause {
  readonly on: boolean
  readonly milliseconds: number
  /** Whether that changed anything. */
  start(): boolean
  /** Whether that changed anything. */
  end(): boolean
}

export function createPause(): Pause {
  let since: number | undefined
  let sum = 0
  const current = (): number => (since === undefined ? 0 : performance.now() - since)

  return {
    get on() {
      return since !== undefined
    },
    get milliseconds() {
      return Math.round(sum + current())
    },
    start() {
      if (since !== undefined) return false
      since = performance.now()
      return true
    },
    end() {
      if (since === undefined) return false
      sum += current()
      since = undefined
      return true
    },
  }
}
