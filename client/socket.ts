/** A WebSocket that comes back: one connection at a time, watched, and opened again after a growing random wait. */
import { BEARER_PREFIX, SUBPROTOCOL } from '../market/protocol.ts'
import { type Backoff, backoffDelay } from './reconnect-wait.ts'

export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'closed'

/** All in milliseconds. */
export interface Timing {
  readonly backoff: Backoff
  /** A token and an open connection must be there by then. */
  readonly connectTimeout: number
  /** Between pings. API Gateway cuts a connection that was idle for 10 minutes. */
  readonly pingInterval: number
  /** Something must come back by then after a ping, or the connection is dead. */
  readonly pongTimeout: number
  /** An answer to a request is waited for as long, then it is asked again. */
  readonly answerTimeout: number
  /** Before a request that did not help is made again. */
  readonly retryPause: number
}

export const DEFAULT_TIMING: Timing = {
  backoff: { base: 500, cap: 30_000 },
  connectTimeout: 10_000,
  pingInterval: 4 * 60_000,
  pongTimeout: 10_000,
  answerTimeout: 10_000,
  retryPause: 1_000,
}

export interface SocketOptions {
  readonly url: string
  readonly token: () => Promise<string>
  readonly timing: Timing
  readonly onState: (state: ConnectionState, reason: string) => void
  readonly onMessage: (text: string) => void
}

export interface Socket {
  readonly state: ConnectionState
  /** Sends if connected; otherwise nothing happens, because all is asked anew after a reconnect. */
  send(message: object): void
  /** Pings now: for an app that comes back from sleep or from another network. */
  check(): void
  /**
   * The server does its work: the next wait starts short again. Not known at open, because a server that accepts and
   * then closes or refuses must not be asked in a tight loop.
   */
  confirm(): void
  /** Leaves this connection for a new one. */
  restart(reason: string): void
  close(): void
}

export function openSocket({ url, token, timing, onState, onMessage }: SocketOptions): Socket {
  let state: ConnectionState = 'connecting'
  let failures = 0
  let current: WebSocket | undefined
  let attempt = 0
  const timers: Record<'connect' | 'ping' | 'pong', ReturnType<typeof setTimeout> | undefined> = {
    connect: undefined,
    ping: undefined,
    pong: undefined,
  }

  function stopTimers(): void {
    for (const timer of Object.values(timers)) clearTimeout(timer)
  }

  function become(next: ConnectionState, reason: string): void {
    if (next === state) return
    state = next
    onState(next, reason)
  }

  async function open(): Promise<void> {
    const own = ++attempt
    timers.connect = setTimeout(() => lose(own, 'no connection in time'), timing.connectTimeout)
    try {
      const bearer = BEARER_PREFIX + (await token())
      if (own !== attempt) return
      const socket = new WebSocket(url, [SUBPROTOCOL, bearer])
      current = socket
      socket.onopen = () => {
        if (own === attempt) opened()
      }
      socket.onmessage = ({ data }) => {
        if (own === attempt) received(String(data))
      }
      socket.onclose = ({ code, reason }) => lose(own, `closed with ${code}${reason ? `: ${reason}` : ''}`)
    } catch (error) {
      lose(own, `no token: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  function opened(): void {
    clearTimeout(timers.connect)
    schedulePing()
    become('connected', 'open')
  }

  function received(text: string): void {
    clearTimeout(timers.pong)
    timers.pong = undefined
    onMessage(text)
  }

  function schedulePing(): void {
    clearTimeout(timers.ping)
    timers.ping = setTimeout(check, timing.pingInterval)
  }

  function check(): void {
    if (state !== 'connected') return
    const own = attempt
    schedulePing()
    timers.pong ??= setTimeout(() => lose(own, 'no answer to a ping'), timing.pongTimeout)
    send({ action: 'ping' })
  }

  function send(message: object): void {
    if (state === 'connected') current?.send(JSON.stringify(message))
  }

  /** Ends an attempt or a connection, once, and plans the next. */
  function lose(own: number, reason: string): void {
    if (own !== attempt) return
    attempt++
    stopTimers()
    timers.pong = undefined
    current?.close()
    current = undefined
    become('reconnecting', reason)
    // A listener may have closed for good.
    if (state !== 'reconnecting') return
    timers.connect = setTimeout(open, backoffDelay(timing.backoff, failures++, Math.random()))
  }

  void open()
  return {
    get state() {
      return state
    },
    send,
    check,
    confirm() {
      failures = 0
    },
    restart: reason => lose(attempt, reason),
    close() {
      attempt++
      stopTimers()
      current?.close(1000)
      become('closed', 'closed by the app')
    },
  }
}
