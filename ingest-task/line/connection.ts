/** One connection of a line: login, heartbeats both ways, and an end that is noticed however it comes. */
import type { Socket } from 'node:net'
import type { Millis } from '../../market/units.ts'
import type { Address } from '../ingest-config.ts'
import { decodeRows, TextError } from '../quick/text.ts'
import { decodeLoginAnswer, encodeLogin, type Login, type LoginAnswer, type Refusal } from './control.ts'
import { controlFrame, type Frame, FrameReader, LineError } from './frame.ts'
import { openSocket } from './line-socket.ts'

/** Milliseconds. */
export interface Timing {
  /** Between two heartbeats that are sent. */
  readonly heartbeat: number
  /** A connection without a frame for so long has ended, although it looks open. */
  readonly receiveTimeout: Millis
  /** A frame that one connection has lost is requested after so long; the other connection may bring it before. */
  readonly fillTimeout: Millis
  /** A connection that leaves a request without an answer for so long is ended. */
  readonly answerTimeout: Millis
  /** Longest wait between two attempts to connect. */
  readonly backoffCap: number
}

export interface ConnectionEvents {
  /** The login was accepted; the line has sent frames up to `sequence` so far. */
  opened(answer: LoginAnswer, sequence: number): void
  /** @throws LineError when the connection cannot be used any further. */
  frame(frame: Frame): void
  /** So many bytes came. */
  bytes(count: number): void
  /** Comes once, last. */
  closed(reason: LineError): void
}

/** Bytes read from the socket at once: some tens of frames. */
const READ_BYTES = 256 * 1024
/** Milliseconds to wait for the other end to hang up after a logout. */
const LOGOUT_TIMEOUT = 500

export class Connection {
  readonly #timing: Timing
  readonly #events: ConnectionEvents
  readonly #reader = new FrameReader()
  readonly #address: Address
  readonly #socket: Socket
  readonly #heartbeat: NodeJS.Timeout
  #state: 'connecting' | 'login' | 'open' | 'leaving' | 'ended' = 'connecting'
  /** When the latest frame came, real time, ms. */
  #heardAt = performance.now()

  /** Connects and logs in at once. */
  constructor(address: Address, login: Login, timing: Timing, events: ConnectionEvents) {
    this.#address = address
    this.#timing = timing
    this.#events = events
    this.#heartbeat = setInterval(() => this.#beat(), timing.heartbeat)
    // One buffer for all that comes: a frame that is kept for later must be copied.
    const buffer = Buffer.alloc(READ_BYTES)
    const callback = (length: number): boolean => {
      this.#read(buffer.subarray(0, length))
      return true
    }
    this.#socket = openSocket(
      address,
      { buffer, callback },
      {
        ready: () => {
          this.#state = 'login'
          this.send(controlFrame('login', 0, encodeLogin(login)))
        },
        failed: reason => this.end(reason),
      },
    )
    this.#socket.on('close', () => this.end(new LineError('closed', this.#hangUpText())))
  }

  send(frame: Buffer): void {
    this.#socket.write(frame)
  }

  /** Stops reading, so that the line has to wait. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#heardAt = performance.now()
    this.#socket.resume()
  }

  /** Ends the connection with a reason. Does nothing after the end. */
  end(reason: LineError): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    clearInterval(this.#heartbeat)
    this.#socket.destroy()
    this.#events.closed(reason)
  }

  /** Logs out and waits at most half a second for the other end to hang up. */
  async logout(): Promise<void> {
    if (this.#state === 'ended') return
    if (this.#state === 'connecting' || this.#state === 'login') {
      this.end(new LineError('logout', 'given up before the login'))
      return
    }
    this.#state = 'leaving'
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, LOGOUT_TIMEOUT)
      this.#socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      this.#socket.resume()
      this.#socket.end(controlFrame('logout', 0))
    })
    this.end(new LineError('logout', 'logged out'))
  }

  #beat(): void {
    if (this.#state === 'open') this.send(controlFrame('heartbeat', 0))
    // After a pause of this whole process, frames that arrived meanwhile are read before the immediate runs.
    if (this.#isSilent()) setImmediate(() => this.#endIfSilent())
  }

  #isSilent(): boolean {
    return !this.#socket.isPaused() && performance.now() - this.#heardAt > this.#timing.receiveTimeout
  }

  #endIfSilent(): void {
    if (!this.#isSilent()) return
    const expected = this.#state === 'connecting' ? this.#connectionText() : 'a frame'
    this.end(
      new LineError('silent', `expected ${expected} within ${this.#timing.receiveTimeout} ms, got nothing`),
    )
  }

  #connectionText(): string {
    const { host, port, tls } = this.#address
    return `a connection ${tls === undefined ? 'to' : 'with TLS to'} ${host}:${port}`
  }

  /** A line that expects TLS hangs up on a login without it. */
  #hangUpText(): string {
    if (this.#state !== 'login') return 'the line has hung up'
    const hint = this.#address.tls === undefined ? '; it may expect TLS (LINE_TLS)' : ''
    return `the line has hung up without an answer to the login${hint}`
  }

  #read(chunk: Buffer): void {
    this.#events.bytes(chunk.length)
    try {
      for (const frame of this.#reader.read(chunk)) {
        // Only a whole frame counts: a line that stops in the middle of a frame is as dead as a silent one.
        this.#heardAt = performance.now()
        this.#take(frame)
        if (this.#isEnded()) return
      }
    } catch (error) {
      this.end(asLineError(error))
    }
  }

  #take(frame: Frame): void {
    if (this.#state === 'leaving') return
    if (frame.type === 'logout') throw new LineError('logout', 'the line has logged out')
    if (this.#state === 'open') this.#events.frame(frame)
    else this.#takeLoginAnswer(frame)
  }

  #takeLoginAnswer(frame: Frame): void {
    if (frame.type === 'login-refused') {
      const [[reason = '', text = ''] = []] = decodeRows(frame.payload, 2)
      const message = `login refused: ${reason}: ${text}`
      if (reason === ('credentials' satisfies Refusal)) throw new LineError('credentials', message)
      throw new LineError('refused', message)
    }
    if (frame.type !== 'login-accepted') {
      throw new LineError('login', `expected an answer to the login, got a ${frame.type} frame`)
    }
    const answer = decodeLoginAnswer(frame.payload)
    this.#state = 'open'
    this.#events.opened(answer, frame.sequence)
  }

  #isEnded(): boolean {
    return this.#state === 'ended'
  }
}

/** Passes errors of this program on: they are no fault of the line. */
function asLineError(error: unknown): LineError {
  if (error instanceof LineError) return error
  if (error instanceof TextError) return new LineError(error.kind, error.message, { cause: error })
  throw error
}
