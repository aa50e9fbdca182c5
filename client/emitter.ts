/** Listeners by event name. `Events` maps a name to what its listeners are given. */
export interface Emitter<Events> {
  /** @returns a function that takes the listener off again. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void
}

export function createEmitter<Events>(): Emitter<Events> {
  const listeners: { [Name in keyof Events]?: Set<(event: Events[Name]) => void> } = {}
  return {
    on(name, listener) {
      // A wrapper of its own for each call, so that a listener given twice is also taken off twice.
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
          // An app's mistake is the app's to see; it must not keep the others from their event.
          queueMicrotask(() => {
            throw error
          })
        }
      }
    },
  }
}
