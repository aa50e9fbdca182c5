/** Measures how long something has run, all times together. */
export class Stopwatch {
  #startedAt: number | undefined
  #sum = 0

  get isRunning(): boolean {
    return this.#startedAt !== undefined
  }

  /** The current run included. */
  get milliseconds(): number {
    return Math.round(this.#sum + this.#current())
  }

  start(): void {
    this.#startedAt ??= performance.now()
  }

  stop(): void {
    this.#sum += this.#current()
    this.#startedAt = undefined
  }

  #current(): number {
    return this.#startedAt === undefined ? 0 : performance.now() - this.#startedAt
  }
}
