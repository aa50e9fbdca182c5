/** The JSON messages in docs/protocol.md, by what tells them apart. */
import type { Schema } from './message-schemas.ts'

export interface ProtocolExamples {
  /** By action, in the order of the document. */
  readonly app: ReadonlyMap<string, readonly Schema[]>
  /** By type. */
  readonly server: ReadonlyMap<string, readonly Schema[]>
}

/** A code block whose language is followed by its sender. */
const MESSAGE = /^```json (app|server)\n(.*?)^```/gms

/** @param markdown the text of docs/protocol.md. */
export function protocolExamples(markdown: string): ProtocolExamples {
  const app = new Map<string, Schema[]>()
  const server = new Map<string, Schema[]>()
  for (const [, sender, text = ''] of markdown.matchAll(MESSAGE)) {
    const message = JSON.parse(text) as Schema
    const [messages, kind] = sender === 'app' ? [app, message.action] : [server, message.type]
    const key = String(kind)
    messages.set(key, [...(messages.get(key) ?? []), message])
  }
  return { app, server }
}
