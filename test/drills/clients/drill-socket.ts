/** The WebSocket of the clients of a drill: the drill can reach it, to pause, destroy and misuse it. */
import { type RawData, WebSocket } from 'ws'
import { BEARER_PREFIX } from '../../../market/protocol.ts'

/** Answers with whole boards. The server writes `type` first. */
const ANSWERS = [
  ['subscribed', Buffer.from('{"type":"subscribed"')],
  ['snapshot', Buffer.from('{"type":"snapshot"')],
] as const
type Answer = (typeof ANSWERS)[number][0]

export interface SocketOwner {
  /** User agent of its sockets. */
  readonly name: string
  /** Takes a new socket. */
  use(socket: DrillSocket): void
}

export class DrillSocket extends WebSocket {
  /** Whether the server has answered a subscription. */
  isServed = false
  /** Called before the client library reads an answer with whole boards. */
  onAnswer: (answer: Answer) => void = () => {}

  /** @param userAgent tells the gateway of the drill which client opens the socket. */
  constructor(url: string, protocols: string[], userAgent: string) {
    super(url, protocols, { perMessageDeflate: false, headers: { 'user-agent': userAgent } })
    // The client library sees the end of the connection by its close event.
    this.on('error', () => {})
    this.on('message', (data: RawData) => {
      if (!Buffer.isBuffer(data)) return
      const answer = ANSWERS.find(([, start]) => data.subarray(0, start.length).equals(start))?.[0]
      if (answer === undefined) return
      if (answer === 'subscribed') this.isServed = true
      this.onAnswer(answer)
    })
  }
}

/**
 * Lets the client library of this process open sockets of the drill.
 * @param ownerOf returns the client of a token.
 */
export function installDrillSockets(ownerOf: (token: string) => SocketOwner | undefined): void {
  class InstalledSocket extends DrillSocket {
    constructor(url: string, protocols: string[]) {
      const bearer = protocols.find(protocol => protocol.startsWith(BEARER_PREFIX)) ?? ''
      const owner = ownerOf(bearer.slice(BEARER_PREFIX.length))
      super(url, protocols, owner?.name ?? '')
      owner?.use(this)
    }
  }
  Object.assign(globalThis, { WebSocket: InstalledSocket })
}
