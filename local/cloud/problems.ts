/** Collects the problems of a template, so that the boot reports all of them together. */
export interface Problems {
  /** Returns what `read` returns. When `read` throws, notes the message and returns `undefined`. */
  attempt<T>(read: () => T): T | undefined
  note(message: string): void
  /** @throws Error with `heading` and every problem, if there is one. */
  throwIfAny(heading: string): void
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
    throwIfAny(heading) {
      if (messages.length > 0) throw new Error(`${heading}:\n${messages.map(m => `  ${m}`).join('\n')}`)
    },
  }
}
