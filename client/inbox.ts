/** The messages of one connection, in order: inflating takes time, so messages wait for the message before them. */
import { inflate } from './compression.ts'

/** The most characters that wait: minutes of updates of busy boards. An app that is slower gets whole boards again. */
export const MAX_WAITING_CHARACTERS = 4 * 1024 * 1024

export interface InboxOptions {
  /** Gets each message as JSON, in order. A text that cannot be inflated comes as it is. */
  readonly deliver: (text: string) => void
  /** More than {@link MAX_WAITING_CHARACTERS} wait. They are dropped, and nothing is delivered any more. */
  readonly onOverflow: () => void
}

export interface Inbox {
  add(text: string): void
  /** Drops what waits. Nothing is delivered any more. */
  close(): void
}

export function createInbox({ deliver, onOverflow }: InboxOptions): Inbox {
  let waiting: string[] = []
  let characters = 0
  let isWorking = false
  let isClosed = false

  function close(): void {
    isClosed = true
    waiting = []
  }

  function deliverSafely(text: string): void {
    if (isClosed) return
    try {
      deliver(text)
    } catch (error) {
      // A fault of one message must not hold the later ones. The app still sees the error.
      queueMicrotask(() => {
        throw error
      })
    }
  }

  async function work(): Promise<void> {
    isWorking = true
    for (let text = waiting.shift(); text !== undefined; text = waiting.shift()) {
      const readable = isJson(text) ? text : await inflate(text).catch(() => text)
      characters -= text.length
      deliverSafely(readable)
    }
    isWorking = false
  }

  return {
    close,
    add(text) {
      if (isClosed) return
      if (!isWorking && isJson(text)) return deliver(text)
      characters += text.length
      if (characters > MAX_WAITING_CHARACTERS) {
        close()
        onOverflow()
        return
      }
      waiting.push(text)
      if (!isWorking) void work()
    },
  }
}

/** Whether a text is JSON of an object with members. A compressed text has no quote. */
function isJson(text: string): boolean {
  return text.startsWith('{"')
}
