/**
 * Events that an async iterator takes one by one. Written without an async generator, which Hermes (React Native) lacks.
 */

type Result<Event> = IteratorResult<Event, undefined>

interface Waiter<Event> {
  readonly resolve: (result: Result<Event>) => void
  readonly reject: (error: Error) => void
}

/** The events that wait while the consumer is busy. The queue decides what many of them become, so it bounds the memory. */
export interface EventQueue<Event> {
  add(event: Event): void
  /** Returns the next event, and removes it. */
  take(): Event | undefined
  clear(): void
}

/** Where events go. */
export interface Sink<Event> {
  event(event: Event): void
  /** The events end after those that wait, with or without an error. */
  end(error?: Error): void
}

/**
 * Returns an iterator of the events that `open` puts into its sink.
 * @param open returns a function that stops the events. The iterator calls it at its end.
 */
export function iterateEvents<Event>(
  queue: EventQueue<Event>,
  open: (sink: Sink<Event>) => () => void,
): AsyncIterator<Event, undefined> {
  const waiters: Waiter<Event>[] = []
  let failure: Error | undefined
  let isEnded = false

  /** Gives waiting consumers what there is: events, then the error, then the end. */
  function settle(): void {
    for (let waiter = waiters[0]; waiter !== undefined; waiter = waiters[0]) {
      const event = queue.take()
      if (event !== undefined) waiter.resolve({ done: false, value: event })
      else if (failure !== undefined) {
        waiter.reject(failure)
        failure = undefined
      } else if (isEnded) waiter.resolve({ done: true, value: undefined })
      else return
      waiters.shift()
    }
  }

  const stop = open({
    event(event) {
      if (isEnded) return
      queue.add(event)
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
      queue.clear()
      isEnded = true
      stop()
      settle()
      return { done: true, value: undefined }
    },
  }
}

/** A queue in which an event replaces a waiting event with the same key, in its place. */
export function latestByKey<Event>(keyOf: (event: Event) => string): EventQueue<Event> {
  const waiting = new Map<string, Event>()
  return {
    add: event => void waiting.set(keyOf(event), event),
    take() {
      for (const [key, event] of waiting) {
        waiting.delete(key)
        return event
      }
      return undefined
    },
    clear: () => waiting.clear(),
  }
}
