/** One reader of a line, as the feed server sees it. */
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
import type { Feed } from './line-feed.ts'

/** Milliseconds between heartbeats. */
const HEARTBEAT = 1000
/** A reader from which nothing has come for so long is gone, milliseconds. */
const RECEIVE_TIMEOUT = 5000
/** A reader that does not hang up in so long after the goodbye is cut, milliseconds. */
const LOGOUT_TIMEOUT = 500
/** Bytes that may wait for a slow reader before it is cut. */
const MAX_BACKLOG = 32 * 1024 * 1024
/** Frames in one resend request. */
const MAX_RANGE = 1024

export interface Client {
  /** Sends a frame of the line, once the reader has logged in. */
  send(frame: Buffer): void
  /** Says goodbye and hangs up. */
  logout(): void
}

export interface ClientOptions {
  readonly feed: Feed
  /** What a login must say. */
  readonly login: Login
  readonly tradingDate: TradingDate
  /** Of the line: its start. */
  readonly session: number
  /** Why this reader cannot be let in whatever it says. */
  readonly refusal?: Refusal
  closed(client: Client): void
}

export function serveClient(socket: Socket, options: ClientOptions): Client {
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
      // Whoever sends what cannot be read is cut, as the real line would do.
      socket.destroy()
    }
  })
  // What went wrong matters to nobody here: the reader is gone, and 'close' follows.
  socket.on('error', () => {})
  socket.on('close', () => {
    clearInterval(pulse)
    options.closed(client)
  })

  const client: Client = {
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
  if (frame.type !== 'login' || login.user !== expected.user || !same(login.password, expected.password)) {
    return 'credentials'
  }
  return login.line === expected.line ? undefined : 'line'
}

/** Takes the same time wherever the two differ. */
function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
