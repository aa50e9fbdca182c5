/** Records the messages of all WebSockets of this process, in both directions. */
import { readCompressed } from '../compressed-text.ts'
import type { Sender } from '../docs/asyncapi/message-conformance.ts'

export interface RecordedMessage {
  readonly sender: Sender
  readonly message: Readonly<Record<string, unknown>>
}

/** Records from now on. @returns the messages, and a function that ends the recording. */
export function recordMessages(): { readonly messages: RecordedMessage[]; readonly end: () => void } {
  const messages: RecordedMessage[] = []
  const note = (sender: Sender, text: string): void => {
    messages.push({ sender, message: JSON.parse(text) as RecordedMessage['message'] })
  }
  const Plain = globalThis.WebSocket
  globalThis.WebSocket = class extends Plain {
    constructor(...options: ConstructorParameters<typeof Plain>) {
      super(...options)
      this.addEventListener('message', ({ data }) => {
        const text = String(data)
        note('server', text.startsWith('{"') ? text : readCompressed(text))
      })
    }
    override send(data: Parameters<WebSocket['send']>[0]): void {
      note('app', String(data))
      super.send(data)
    }
  }
  return {
    messages,
    end() {
      globalThis.WebSocket = Plain
    },
  }
}
