/** An app without a client: a WebSocket, its messages, and how it was closed. */
import type { ClientMessage, ServerMessage } from '../../market/protocol.ts'

export interface PlainApp {
  readonly received: readonly ServerMessage[]
  /** The close code; undefined while the connection is open. */
  readonly closedWith: number | undefined
  send(message: ClientMessage): void
  close(): void
}

/** Opens a connection. @throws Error if it does not open. */
export async function openPlainApp(url: string, token: string): Promise<PlainApp> {
  const socket = new WebSocket(url, ['itastream.v1', `bearer.${token}`])
  const received: ServerMessage[] = []
  let closedWith: number | undefined
  socket.onmessage = ({ data }) => void received.push(JSON.parse(String(data)) as ServerMessage)
  socket.onclose = ({ code }) => {
    closedWith = code
  }
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = () => reject(new Error(`expected a connection to ${url}`))
  })
  return {
    received,
    get closedWith() {
      return closedWith
    },
    send: message => socket.send(JSON.stringify(message)),
    close: () => socket.close(),
  }
}
