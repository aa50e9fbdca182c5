/**
 * A line without frames. After a connect the line sends its trading date and the counter of its latest message,
 * `20261120 7031\n`. The reader answers with the first counter that it wants, `1\n`, and gets messages back to back as
 * long as the connection is open.
 */
import { connect, type Socket } from 'node:net'
import { counterOf, HEADER_BYTES, messageLength } from '../../../ingest-task/flex/message-header.ts'
import type { Config } from '../../../ingest-task/ingest-config.ts'
import type { Line, LineEvents, OpenLine, ResumePoint } from '../../../ingest-task/line-seam.ts'
import { backoff } from '../../../ingest-task/retry-backoff.ts'
import type { LineState } from '../../../market/market-event.ts'
import { asTradingDate, type EpochMicros, type TradingDate } from '../../../market/units.ts'

/** Date, blank, counter, line feed. */
const GREETING = /^(\d{8}) (\d{1,8})\n/
const MAX_GREETING_BYTES = 18
/** Longest wait between two attempts to connect, milliseconds. */
const BACKOFF_CAP = 5000
/** Figures of things that this line does not have. */
const NONE = { gaps: 0, repeats: 0, resends: 0, refused: 0, snapshots: 0, pausedMilliseconds: 0 }

export function lineOpener(config: Config): OpenLine {
  return (events, resume) => new RawLine(config, events, resume)
}

class RawLine implements Line {
  readonly #config: Config
  readonly #events: LineEvents
  readonly #resume: ResumePoint | undefined
  #tradingDate = asTradingDate(0)
  /** Counter of the latest message delivered. */
  #position = 0
  /** Counter of the latest message at the time of the connect. Up to there the line is recovering. */
  #latest = 0
  #status: { readonly state: LineState; readonly since: EpochMicros }
  #socket: Socket
  #retry: NodeJS.Timeout | undefined
  #isPaused = false
  #isClosing = false
  /** Attempts to connect since the latest message. */
  #attempts = 0
  readonly #counts = { bytes: 0, frames: 0, connects: 0 }
  readonly #errors = { closed: 0 }

  constructor(config: Config, events: LineEvents, resume: ResumePoint | undefined) {
    this.#config = config
    this.#events = events
    this.#resume = resume
    this.#status = { state: 'stale', since: config.clock.now() }
    events.deliver({ kind: 'state', ...this.#status })
    this.#socket = this.#connect()
  }

  get stats() {
    return { ...this.#status, ...NONE, ...this.#counts, wins: {}, errors: this.#errors }
  }

  pause(): void {
    this.#isPaused = true
    this.#socket.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#socket.resume()
  }

  async close(): Promise<void> {
    this.#isClosing = true
    clearTimeout(this.#retry)
    this.#socket.destroy()
    this.#report('stale')
  }

  #report(state: LineState): void {
    if (state === this.#status.state) return
    this.#status = { state, since: this.#config.clock.now() }
    this.#events.deliver({ kind: 'state', ...this.#status })
  }

  #connect(): Socket {
    this.#counts.connects++
    const socket = connect(this.#config.addresses[0])
    if (this.#isPaused) socket.pause()
    let isGreeted = false
    let rest: Buffer = Buffer.alloc(0)
    socket.on('data', chunk => {
      this.#counts.bytes += chunk.length
      this.#counts.frames++
      rest = Buffer.concat([rest, chunk])
      try {
        if (!isGreeted) {
          const length = this.#takeGreeting(rest, socket)
          if (length === 0) return
          isGreeted = true
          rest = rest.subarray(length)
        }
        rest = this.#takeMessages(rest)
      } catch (error) {
        // After the reconnect, bad messages are requested again.
        socket.destroy(error as Error)
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => this.#retryLater(socket.errored?.message ?? 'the line has hung up'))
    return socket
  }

  #retryLater(message: string): void {
    this.#report('stale')
    if (this.#isClosing) return
    this.#errors.closed++
    const wait = backoff(++this.#attempts, BACKOFF_CAP)
    this.#events.failed({ connection: 'A', kind: 'closed', message }, wait)
    this.#retry = setTimeout(() => {
      this.#socket = this.#connect()
    }, wait)
  }

  /** Takes the greeting, and returns its length; 0 while it is not complete. */
  #takeGreeting(bytes: Buffer, socket: Socket): number {
    const [greeting, date, counter] = GREETING.exec(bytes.toString('latin1', 0, MAX_GREETING_BYTES)) ?? []
    if (greeting === undefined && bytes.length >= MAX_GREETING_BYTES) throw new Error('expected a greeting')
    if (greeting === undefined) return 0
    this.#open(asTradingDate(Number(date)), Number(counter))
    socket.write(`${this.#position + 1}\n`)
    return greeting.length
  }

  /** Goes on where this process, or the process before it, has stopped. */
  #open(date: TradingDate, latest: number): void {
    this.#events.connected('A')
    if (date !== this.#tradingDate) {
      const resume = this.#tradingDate === 0 && this.#resume?.tradingDate === date ? this.#resume : undefined
      this.#tradingDate = date
      this.#position = resume !== undefined && resume.position <= latest ? resume.position : 0
      this.#events.deliver({ kind: 'opened', tradingDate: date, position: this.#position })
    }
    this.#latest = latest
    this.#report(this.#position < latest ? 'recovering' : 'live')
  }

  /** Delivers all whole messages, and returns the rest. */
  #takeMessages(bytes: Buffer): Buffer {
    let end = 0
    let counter = this.#position
    while (bytes.length - end >= HEADER_BYTES) {
      const length = messageLength(bytes, end)
      if (length > bytes.length - end) break
      counter = counterOf(bytes, end, this.#config.line)
      end += length
    }
    if (end === 0) return bytes
    const messages = bytes.subarray(0, end)
    if (!this.#events.deliver({ kind: 'messages', bytes: messages, snapshot: false, position: counter })) {
      throw new Error(`unreadable messages after ${this.#position}`)
    }
    this.#position = counter
    this.#attempts = 0
    if (counter >= this.#latest) this.#report('live')
    return bytes.subarray(end)
  }
}
