/** A WebSocket that reconnects: it checks its connection, and opens a new one after a growing random wait. */
import { BEARER_PREFIX, SUBPROTOCOL } from '../market/protocol.ts'
import { createInbox, type Inbox } from './inbox.ts'
import { type Backoff, backoffDelay } from './reconnect-wait.ts'

export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'closed'

/** Durations in milliseconds. */
export interface Timing {
  readonly backoff: Backoff
  /** Longest time to get a token and to open a connection. */
  readonly connectTimeout: number
  /** Time between pings. API Gateway closes a connection that is idle for 10 minutes. */
  readonly pingInterval: number
  /** Longest time from a ping to any message. After it the connection counts as dead. */
  readonly pongTimeout: number
  /** Longest wait for an answer to a request. After it the request is sent again. */
  readonly answerTimeout: number
  /** Pause before a request that did not help is sent again. */
  readonly retryPause: number
  /** Pause before the REST API is asked again for trades that are not stored yet, and the longest time to wait for them. */
  readonly history: { readonly pause: number; readonly limit: number }
}

export const DEFAULT_TIMING: Timing = {
  backoff: { base: 500, cap: 30_000 },
  connectTimeout: 10_000,
  pingInterval: 4 * 60_000,
  pongTimeout: 10_000,
  answerTimeout: 10_000,
  retryPause: 1_000,
  history: { pause: 10_000, limit: 5 * 60_000 },
}

export interface SocketOptions {
  /** Returns the address of a new connection. */
  readonly url: () => string
  readonly token: () => Promise<string>
  readonly timing: Timing
  readonly onState: (state: ConnectionState, reason: string) => void
  /** Gets the messages in order, inflated. */
  readonly onMessage: (text: string) => void
}

export interface Socket {
  readonly state: ConnectionState
  /** Sends a message. Without a connection it does nothing: a new connection starts with new requests. */
  send(message: object): void
  /** Sends a ping now. Call it after sleep or a change of network. */
  check(): void
  /**
   * Marks the connection as working, so that the next reconnect starts with a short wait. An open connection is not
   * enough: a server that accepts and then closes must not get connections in a tight loop.
   */
  confirm(): void
  /** Closes this connection and opens a new one. */
  restart(reason: string): void
  close(): void
}

export function openSocket({ url, token, timing, onState, onMessage }: SocketOptions): Socket {
  let state: ConnectionState = 'connecting'
  let failures = 0
  let current: WebSocket | undefined
  let inbox: Inbox | undefined
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
    timers.connect = setTimeout(() => lose(own, 'connecting took too long'), timing.connectTimeout)
    try {
      const bearer = BEARER_PREFIX + (await token())
      if (own !== attempt) return
      const socket = new WebSocket(url(), [SUBPROTOCOL, bearer])
      current = socket
      const messages = createInbox({
        deliver: onMessage,
        onOverflow: () => lose(own, 'more messages than this runtime can decompress'),
      })
      inbox = messages
      socket.onopen = () => {
        if (own === attempt) opened()
      }
      socket.onmessage = ({ data }) => {
        if (own === attempt) received(messages, String(data))
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

  function received(messages: Inbox, text: string): void {
    clearTimeout(timers.pong)
    timers.pong = undefined
    messages.add(text)
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

  /** Ends an attempt or a connection and schedules the next attempt. Does nothing if it has ended already. */
  function lose(own: number, reason: string): void {
    if (own !== attempt) return
    attempt++
    stopTimers()
    timers.pong = undefined
    inbox?.close()
    current?.close()
    current = undefined
    become('reconnecting', reason)
    // The listener may have called close().
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
      inbox?.close()
      current?.close(1000)
      become('closed', 'closed by the app')
    },
  }
}
