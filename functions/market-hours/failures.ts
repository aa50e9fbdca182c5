/** What a run of market-hours could not read or change. A failure of one resource stops no other. */

export interface Failure {
  /** The resource: `tasks line 1`, `archive`, … */
  readonly what: string
  readonly error: string
}

/** Collects failures. */
export class Failures {
  readonly #list: Failure[] = []

  get list(): readonly Failure[] {
    return [...this.#list]
  }

  add(what: string, error: unknown): void {
    this.#list.push({ what, error: textOf(error) })
  }

  /** Returns the result of `work`; `fallback`, and notes a failure of `what`, if it throws. */
  async settle<T, F = T>(what: string, work: Promise<T>, fallback: F): Promise<T | F> {
    try {
      return await work
    } catch (error) {
      this.add(what, error)
      return fallback
    }
  }
}

/** Returns the name and the message of an error. */
export function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
