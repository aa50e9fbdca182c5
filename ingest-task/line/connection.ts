/** One TCP connection of a line: login, heartbeats both ways, and an end that is noticed whichever way it comes. */
import { connect } from 'node:net'
import type { Address } from '../ingest-config.ts'
import { decodeRows, TextError } from '../quick/text.ts'
import { decodeLoginAnswer, encodeLogin, type Login, type LoginAnswer } from './control.ts'
import { controlFrame, type Frame, FrameReader, LineError } from './frame.ts'

/** Milliseconds. */
export interface Timing {
  /** A heartbeat goes out this often. */
  readonly heartbeat: number
  /** A connection on which no frame has come for so long is dead, although it looks open. */
  readonly receiveTimeout: number
  /** What one connection has lost, the other may still bring by itself within this time. */
  readonly fillTimeout: number
  /** A request that has brought nothing for so long will not be answered. */
  readonly answerTimeout: number
  /** Longest wait between two tries to connect. */
  readonly backoffCap: number
}

export interface ConnectionEvents {
  /** The login was accepted; the line has sent frames up to `sequence` so far. */
  opened(answer: LoginAnswer, sequence: number): void
  /** @throws LineError when the connection cannot be used any further. */
  frame(frame: Frame): void
  bytes(count: number): void
  /** Comes once, last. */
  closed(reason: LineError): void
}

export interface Connection {
  send(frame: Buffer): void
  pause(): void
  resume(): void
  /** Ends the connection with a reason. */
  fail(reason: LineError): void
  /** Says goodbye and waits for the other end to hang up, but not for long. */
  logout(): Promise<void>
}

/** Bytes read from the socket at once: some tens of frames. */
const READ_BYTES = 256 * 1024
/** Milliseconds an orderly end may take. */
const LOGOUT_TIMEOUT = 500

export function openConnection(
  address: Address,
  login: Login,
  timing: Timing,
  events: ConnectionEvents,
): Connection {
  const { host, port } = address
  const reader = new FrameReader()
  let open = false
  let ended = false
  let leaving = false
  let heardAt = performance.now()

  const end = (reason: LineError): void => {
    if (ended) return
    ended = true
    clearInterval(pulse)
    socket.destroy()
    events.closed(reason)
  }

  const silent = (): boolean => !socket.isPaused() && performance.now() - heardAt > timing.receiveTimeout

  const pulse = setInterval(() => {
    if (open) socket.write(controlFrame('heartbeat', 0))
    // After a pause of this whole process, what has arrived meanwhile is read before the immediate runs.
    if (silent()) {
      setImmediate(() => {
        if (silent()) {
          end(new LineError('silent', `expected a frame within ${timing.receiveTimeout} ms, got nothing`))
        }
      })
    }
  }, timing.heartbeat)

  const takeLoginAnswer = (frame: Frame): void => {
    if (frame.type === 'login-refused') {
      const [[reason = '', text = ''] = []] = decodeRows(frame.payload, 2)
      throw new LineError('refused', `login refused: ${reason}: ${text}`)
    }
    if (frame.type !== 'login-accepted') {
      throw new LineError('login', `expected an answer to the login, got a ${frame.type} frame`)
    }
    open = true
    events.opened(decodeLoginAnswer(frame.payload), frame.sequence)
  }

  const take = (frame: Frame): void => {
    if (leaving) return
    if (frame.type === 'logout') throw new LineError('logout', 'the line has logged out')
    if (open) events.frame(frame)
    else takeLoginAnswer(frame)
  }

  const read = (chunk: Buffer): void => {
    events.bytes(chunk.length)
    try {
      for (const frame of reader.read(chunk)) {
        // Bytes alone prove nothing: a line that hangs in the middle of a frame is as dead as a silent one.
        heardAt = performance.now()
        take(frame)
        if (ended) return
      }
    } catch (error) {
      end(asLineError(error))
    }
  }

  // One buffer for all that comes: whoever keeps a frame for later makes a copy.
  const buffer = Buffer.alloc(READ_BYTES)
  const socket = connect({
    host,
    port,
    noDelay: true,
    onread: {
      buffer,
      callback(length) {
        read(buffer.subarray(0, length))
        return true
      },
    },
  })
  socket.on('connect', () => socket.write(controlFrame('login', 0, encodeLogin(login))))
  socket.on('error', error => end(new LineError('socket', error.message, { cause: error })))
  socket.on('close', () => end(new LineError('closed', 'the line has hung up')))

  return {
    send: frame => void socket.write(frame),
    pause: () => void socket.pause(),
    resume() {
      heardAt = performance.now()
      socket.resume()
    },
    fail: end,
    async logout() {
      if (ended) return
      if (!open) return end(new LineError('logout', 'given up before the login'))
      leaving = true
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, LOGOUT_TIMEOUT)
        socket.once('close', () => {
          clearTimeout(timer)
          resolve()
        })
        socket.resume()
        socket.end(controlFrame('logout', 0))
      })
      end(new LineError('logout', 'logged out'))
    },
  }
}

/** Errors of other kinds are faults of this program and must not be taken for faults of the line. */
function asLineError(error: unknown): LineError {
  if (error instanceof LineError) return error
  if (error instanceof TextError) return new LineError(error.kind, error.message, { cause: error })
  throw error
}
