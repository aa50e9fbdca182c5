/** One connection of a reader to the feed server. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import {
  decodeLogin,
  decodeRange,
  encodeLoginAnswer,
  type Login,
  REFUSALS,
  type Refusal,
} from '../../ingest-task/line/control.ts'
import { controlFrame, type Frame, FrameReader } from '../../ingest-task/line/frame.ts'
import { encodeRows } from '../../ingest-task/quick/text.ts'
import type { TradingDate } from '../../market/units.ts'
import type { LineFeed } from './line-feed.ts'

/** Milliseconds between heartbeats. */
const HEARTBEAT = 1000
/** A connection without a frame of the reader for so long is cut, milliseconds. */
const RECEIVE_TIMEOUT = 5000
/** Time for the reader to hang up after a logout, milliseconds. */
const LOGOUT_TIMEOUT = 500
/** Bytes that may wait for a slow reader. Above, the connection is cut. */
const MAX_BACKLOG = 32 * 1024 * 1024
/** Most frames of one request to send frames again. */
const MAX_RANGE = 1024

export interface LineClient {
  /** Whether the login was accepted. */
  readonly isLoggedIn: boolean
  /** Sends a frame of the line. Does nothing before the login. */
  send(frame: Buffer): void
  /** Logs out and hangs up. */
  logout(): void
}

export interface ClientOptions {
  readonly feed: LineFeed
  /** The login that is accepted. */
  readonly login: Login
  readonly tradingDate: TradingDate
  /** The session of the line: its start, milliseconds since midnight. */
  readonly session: number
  /** Why every login is refused. */
  readonly refusal?: Refusal
  closed(client: LineClient): void
}

export function serveClient(socket: Socket, options: ClientOptions): LineClient {
  const { feed } = options
  const reader = new FrameReader()
  let open = false
  let heardAt = performance.now()

  const send = (frame: Buffer): void => {
    if (!socket.writable) return
    socket.write(frame)
    if (socket.writableLength > MAX_BACKLOG) socket.destroy()
  }

  const takeLogin = (frame: Frame): void => {
    const refusal = options.refusal ?? refusalOf(frame, options.login)
    if (refusal !== undefined) {
      socket.end(controlFrame('login-refused', 0, encodeRows([[refusal, REFUSALS[refusal]]])))
      return
    }
    open = true
    send(controlFrame('login-accepted', feed.last, encodeLoginAnswer(options)))
  }

  const resend = (frame: Frame): void => {
    const { from, to } = decodeRange(frame.payload)
    const frames = to - from < MAX_RANGE ? feed.range(from, to) : undefined
    if (frames === undefined) send(controlFrame('resend-refused', feed.last, frame.payload))
    else for (const kept of frames) send(kept)
  }

  const take = (frame: Frame): void => {
    if (!open) takeLogin(frame)
    else if (frame.type === 'resend-request') resend(frame)
    else if (frame.type === 'snapshot-request') for (const part of feed.snapshot()) send(part)
    else if (frame.type === 'logout') socket.end(controlFrame('logout', feed.last))
  }

  const pulse = setInterval(() => {
    if (performance.now() - heardAt > RECEIVE_TIMEOUT) socket.destroy()
    else if (open) send(controlFrame('heartbeat', feed.last))
  }, HEARTBEAT)

  socket.setNoDelay()
  socket.on('data', chunk => {
    heardAt = performance.now()
    try {
      for (const frame of reader.read(chunk)) if (!socket.destroyed) take(frame)
    } catch {
      // Like the real line, cut a reader that sends unreadable bytes.
      socket.destroy()
    }
  })
  // 'close' follows, which is enough to know here.
  socket.on('error', () => {})
  socket.on('close', () => {
    clearInterval(pulse)
    options.closed(client)
  })

  const client: LineClient = {
    get isLoggedIn() {
      return open
    },
    send(frame) {
      if (open) send(frame)
    },
    logout() {
      socket.end(controlFrame('logout', feed.last))
      setTimeout(() => socket.destroy(), LOGOUT_TIMEOUT).unref()
    },
  }
  return client
}

function refusalOf(frame: Frame, expected: Login): Refusal | undefined {
  const login = decodeLogin(frame.payload)
  if (frame.type !== 'login' || login.user !== expected.user || !isEqual(login.password, expected.password)) {
    return 'credentials'
  }
  return login.line === expected.line ? undefined : 'line'
}

/** Compares two texts in a time that does not depend on them. */
function isEqual(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
