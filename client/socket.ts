/** One WebSocket from its first attempt to its end: it gets a token, connects, checks the connection, and inflates messages. */
import { BEARER_PREFIX, SUBPROTOCOL } from '../market/protocol.ts'
import { createInbox, type Inbox } from './inbox.ts'
import type { Timing } from './timing.ts'

export interface SocketOptions {
  /** Returns the address of the connection. */
  readonly address: () => string
  readonly token: () => Promise<string>
  readonly timing: Pick<Timing, 'connectTimeout' | 'pingInterval' | 'pongTimeout'>
  readonly onOpen: () => void
  /** Gets the messages in order, inflated. */
  readonly onText: (text: string) => void
  /** The connection has ended, or could not be opened. Nothing follows. */
  readonly onEnd: (reason: string) => void
}

export interface Socket {
  /** Sends a message. Without an open connection it does nothing: a new connection starts with new requests. */
  send(message: object): void
  /** Sends a ping now. Call it after sleep or a change of network. */
  check(): void
  /** Ends the connection for a reason, which `onEnd` gets. */
  end(reason: string): void
  /** Ends the connection. `onEnd` is not called. */
  close(): void
}

/** Returns what an error of the app or of the runtime reports. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export function openSocket({ address, token, timing, onOpen, onText, onEnd }: SocketOptions): Socket {
  let state: 'opening' | 'open' | 'ended' = 'opening'
  let socket: WebSocket | undefined
  let inbox: Inbox | undefined
  let pingTimer: ReturnType<typeof setTimeout> | undefined
  let pongTimer: ReturnType<typeof setTimeout> | undefined
  const connectTimer = setTimeout(() => end('connecting took too long'), timing.connectTimeout)

  async function open(): Promise<void> {
    let bearer: string
    try {
      bearer = BEARER_PREFIX + (await token())
    } catch (error) {
      end(`no token: ${reasonOf(error)}`)
      return
    }
    if (state === 'ended') return
    try {
      connect(bearer)
    } catch (error) {
      end(`cannot connect: ${reasonOf(error)}`)
    }
  }

  function connect(bearer: string): void {
    socket = new WebSocket(address(), [SUBPROTOCOL, bearer])
    inbox = createInbox({
      deliver: onText,
      onOverflow: () => end('more messages than this runtime can decompress'),
    })
    socket.onopen = opened
    socket.onmessage = ({ data }) => received(String(data))
    socket.onclose = ({ code, reason }) => end(`closed with ${code}${reason ? `: ${reason}` : ''}`)
  }

  function opened(): void {
    if (state !== 'opening') return
    state = 'open'
    clearTimeout(connectTimer)
    schedulePing()
    onOpen()
  }

  function received(text: string): void {
    if (state === 'ended') return
    clearTimeout(pongTimer)
    pongTimer = undefined
    inbox?.add(text)
  }

  function schedulePing(): void {
    clearTimeout(pingTimer)
    pingTimer = setTimeout(check, timing.pingInterval)
  }

  function check(): void {
    if (state !== 'open') return
    schedulePing()
    pongTimer ??= setTimeout(() => end('no answer to a ping'), timing.pongTimeout)
    send({ action: 'ping' })
  }

  function send(message: object): void {
    if (state === 'open') socket?.send(JSON.stringify(message))
  }

  function stop(): boolean {
    if (state === 'ended') return false
    state = 'ended'
    for (const timer of [connectTimer, pingTimer, pongTimer]) clearTimeout(timer)
    inbox?.close()
    return true
  }

  function end(reason: string): void {
    if (!stop()) return
    socket?.close()
    onEnd(reason)
  }

  // Not at once: the owner has no socket yet, and the callbacks need it.
  queueMicrotask(() => void open())
  return {
    send,
    check,
    end,
    close() {
      if (stop()) socket?.close(1000)
    },
  }
}
