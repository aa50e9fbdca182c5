/**
 * Events that an async iterator takes one by one. Written without an async generator, which Hermes (React Native) lacks.
 * While the consumer is busy, only the latest event of a key waits, so the memory has a bound.
 */

type Result<Event> = IteratorResult<Event, undefined>

interface Waiter<Event> {
  readonly resolve: (result: Result<Event>) => void
  readonly reject: (error: Error) => void
}

/** Where events go. */
export interface Sink<Event> {
  /** An event replaces a waiting event with the same key. */
  event(key: string, event: Event): void
  /** The events end after those that wait, with or without an error. */
  end(error?: Error): void
}

/**
 * Returns an iterator of the events that `open` puts into its sink.
 * @param open returns a function that stops the events. The iterator calls it at its end.
 */
export function iterateEvents<Event>(
  open: (sink: Sink<Event>) => () => void,
): AsyncIterator<Event, undefined> {
  const waiting = new Map<string, Event>()
  const waiters: Waiter<Event>[] = []
  let failure: Error | undefined
  let isEnded = false

  /** Gives waiting consumers what there is: events, then the error, then the end. */
  function settle(): void {
    for (let waiter = waiters[0]; waiter !== undefined; waiter = waiters[0]) {
      const [next] = waiting
      if (next !== undefined) {
        waiting.delete(next[0])
        waiter.resolve({ done: false, value: next[1] })
      } else if (failure !== undefined) {
        waiter.reject(failure)
        failure = undefined
      } else if (isEnded) waiter.resolve({ done: true, value: undefined })
      else return
      waiters.shift()
    }
  }

  const stop = open({
    event(key, event) {
      if (isEnded) return
      waiting.set(key, event)
      settle()
    },
    end(error) {
      if (isEnded) return
      isEnded = true
      failure = error
      settle()
    },
  })

  return {
    next: () =>
      new Promise((resolve, reject) => {
        waiters.push({ resolve, reject })
        settle()
      }),
    async return() {
      waiting.clear()
      isEnded = true
      stop()
      settle()
      return { done: true, value: undefined }
    },
  }
}
