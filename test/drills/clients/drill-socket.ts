/** The WebSocket of the clients of a drill: the drill can reach it, to pause, destroy and misuse it. */
import { type RawData, WebSocket } from 'ws'
import { DEFAULT_TIMING } from '../../../client/timing.ts'
import { BEARER_PREFIX, type ClientMessage, type MissedTrades } from '../../../market/protocol.ts'

/** Answers with whole boards. The server writes `type` first. */
const ANSWERS = [
  ['subscribed', Buffer.from('{"type":"subscribed"')],
  ['snapshot', Buffer.from('{"type":"snapshot"')],
] as const
type Answer = (typeof ANSWERS)[number][0]

/** The client library asks twice for the trades of an outage, and then gives them up (client/trade-recovery.ts). */
const GIVEN_UP_MS = 2 * DEFAULT_TIMING.answerTimeout

export interface SocketOwner {
  /** User agent of its sockets. */
  readonly name: string
  /** Takes a new socket. */
  use(socket: DrillSocket): void
}

export class DrillSocket extends WebSocket {
  /** Whether the server has answered a subscription. */
  isServed = false
  /** Issues whose missed trades the client has asked for, without an answer, and when (ms of `performance.now()`). */
  readonly #asked = new Map<string, number>()
  /** Called before the client library reads an answer with whole boards. */
  onAnswer: (answer: Answer) => void = () => {}

  /** @param userAgent tells the gateway of the drill which client opens the socket. */
  constructor(url: string, protocols: string[], userAgent: string) {
    super(url, protocols, { perMessageDeflate: false, headers: { 'user-agent': userAgent } })
    // The client library sees the end of the connection by its close event.
    this.on('error', () => {})
    this.on('message', (data: RawData) => {
      if (!Buffer.isBuffer(data)) return
      if (this.#asked.size > 0 && data.includes('"missed"')) this.#noteMissed(JSON.parse(String(data)))
      const answer = ANSWERS.find(([, start]) => data.subarray(0, start.length).equals(start))?.[0]
      if (answer === undefined) return
      if (answer === 'subscribed') this.isServed = true
      this.onAnswer(answer)
    })
  }

  /** Whether the client has the trades of its outage, or has given them up. Until then they come later than their boards. */
  get isCaughtUp(): boolean {
    return this.#givenUp().length === this.#asked.size
  }

  /** Returns the number of issues whose missed trades the client has given up since the last call: no answer came. */
  takeUnanswered(): number {
    const issues = this.#givenUp()
    for (const issue of issues) this.#asked.delete(issue)
    return issues.length
  }

  #givenUp(): string[] {
    const now = performance.now()
    return [...this.#asked].filter(([, askedAt]) => now - askedAt > GIVEN_UP_MS).map(([issue]) => issue)
  }

  override send(data: string | Uint8Array): void {
    if (typeof data === 'string' && data.includes('"since"')) this.#noteAsked(JSON.parse(data))
    super.send(data)
  }

  #noteAsked(message: ClientMessage): void {
    if (!('since' in message)) return
    for (const issue of Object.keys(message.since?.sequences ?? {})) this.#asked.set(issue, performance.now())
  }

  #noteMissed({ missed = [] }: { readonly missed?: readonly MissedTrades[] }): void {
    for (const { issue } of missed) this.#asked.delete(issue)
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
