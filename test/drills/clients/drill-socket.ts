/** The WebSocket of the clients of a drill: the drill can reach it, to pause, destroy and misuse it. */
import { type RawData, WebSocket } from 'ws'
import { BEARER_PREFIX } from '../../../market/protocol.ts'

/** The start of the answer to a subscription. The server writes `type` first. */
const SUBSCRIBED = Buffer.from('{"type":"subscribed"')

export class DrillSocket extends WebSocket {
  /** Whether the server has answered a subscription. */
  isServed = false

  constructor(url: string, protocols: string[]) {
    super(url, protocols, { perMessageDeflate: false })
    // The client library sees the end of the connection by its close event.
    this.on('error', () => {})
    this.on('message', (data: RawData) => {
      if (Buffer.isBuffer(data) && data.subarray(0, SUBSCRIBED.length).equals(SUBSCRIBED))
        this.isServed = true
    })
  }
}

/**
 * Lets the client library of this process open sockets of the drill.
 * @param onSocket receives each new socket, and the token of its client.
 */
export function installDrillSockets(onSocket: (token: string, socket: DrillSocket) => void): void {
  class InstalledSocket extends DrillSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols)
      const bearer = protocols.find(protocol => protocol.startsWith(BEARER_PREFIX)) ?? ''
      onSocket(bearer.slice(BEARER_PREFIX.length), this)
    }
  }
  Object.assign(globalThis, { WebSocket: InstalledSocket })
}
