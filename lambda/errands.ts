/** Jobs that may go on after the work that started them: one at a time for each key. */

export interface Errands<Key> {
  /**
   * Starts a job unless a job of the same key is running, or too many jobs are.
   * @param job handles its own errors: it never rejects.
   */
  start(key: Key, job: () => Promise<void>): void
  /** Resolves when no job is running. */
  settled(): Promise<void>
}

/** @param limit jobs at the same time. */
export function createErrands<Key>(limit: number): Errands<Key> {
  const running = new Map<Key, Promise<void>>()
  return {
    start(key, job) {
      if (running.has(key) || running.size >= limit) return
      running.set(
        key,
        job().finally(() => void running.delete(key)),
      )
    },
    async settled() {
      while (running.size > 0) await Promise.all(running.values())
    },
  }
}
