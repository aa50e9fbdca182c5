/** Collects what is wrong with a template, so that a start reports all of it at once. */
export interface Problems {
  /** What `read` returns, or `undefined` if it throws, which is noted. */
  attempt<T>(read: () => T): T | undefined
  note(message: string): void
  /** @throws Error with every problem, if there was one. */
  throwIfAny(what: string): void
}

export function createProblems(): Problems {
  const messages: string[] = []
  return {
    attempt(read) {
      try {
        return read()
      } catch (error) {
        messages.push(error instanceof Error ? error.message : String(error))
        return undefined
      }
    },
    note: message => void messages.push(message),
    throwIfAny(what) {
      if (messages.length > 0) throw new Error(`${what}:\n${messages.map(m => `  ${m}`).join('\n')}`)
    },
  }
}
