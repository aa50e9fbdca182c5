/** Listeners by event name. `Events` maps the name to the type of its events. */
export interface Emitter<Events> {
  /** Adds a listener. Returns a function that removes it. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void
}

export function createEmitter<Events>(): Emitter<Events> {
  // Without a prototype: a name such as `constructor` has no listeners either.
  const listeners: { [Name in keyof Events]?: Set<(event: Events[Name]) => void> } = Object.create(null)
  return {
    on(name, listener) {
      // A new wrapper for each call, so that a listener added twice has to be removed twice.
      const own = (event: Parameters<typeof listener>[0]): void => listener(event)
      const set = listeners[name] ?? new Set()
      listeners[name] = set.add(own)
      return () => void set.delete(own)
    },
    emit(name, event) {
      for (const listener of [...(listeners[name] ?? [])]) {
        try {
          listener(event)
        } catch (error) {
          // An error of a listener must not keep the event from other listeners. The app still sees the error.
          queueMicrotask(() => {
            throw error
          })
        }
      }
    },
  }
}
