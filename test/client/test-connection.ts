/** A connection of the test gateway: what the app holds, and how messages reach it. */
import type { WebSocket } from 'ws'
import type { ServerMessage } from '../../market/protocol.ts'
import type { View } from '../../market/view.ts'
import { deflated } from '../../posts/deflate-message.ts'

/** What happens to one message: it arrives, is lost, arrives twice, or arrives after the next message. */
export type Fault = 'none' | 'lost' | 'doubled' | 'late'

export class TestConnection {
  readonly socket: WebSocket
  /** Last sequence sent, by issue. */
  readonly sent = new Map<string, number>()
  /** The view of each issue. */
  readonly views = new Map<string, View>()
  /** What the app asked for and did not get yet: by issue, the sequence up to which it has every trade. */
  readonly since = new Map<string, number>()
  /** Issues whose next update is a whole board. */
  readonly whole = new Set<string>()
  readonly #isDeflated: boolean
  #late: string[] = []

  /** @param isDeflated whether updates are compressed. */
  constructor(socket: WebSocket, isDeflated: boolean) {
    this.socket = socket
    this.#isDeflated = isDeflated
  }

  /** Sends a message with a fault. Returns whether it is compressed. */
  post(message: ServerMessage, fault: Fault): boolean {
    const json = JSON.stringify(message)
    const text = this.#isDeflated && message.type === 'updates' ? deflated(json) : json
    if (fault === 'late') this.#late.push(text)
    else {
      const late = this.#late
      this.#late = []
      const copies = { none: [text], lost: [], doubled: [text, text] }[fault]
      for (const copy of [...copies, ...late]) this.socket.send(copy)
    }
    return text !== json
  }
}
