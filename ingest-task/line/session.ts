/**
 * A line for as long as the process lives: connects again and again, fills gaps, and always says how things stand.
 */
import type { Clock } from '../../market/clock.ts'
import type { LineState } from '../../market/event.ts'
import { backoff } from '../backoff.ts'
import { type Connection, type ConnectionEvents, openConnection, type Timing } from './connection.ts'
import { contentOf, type LineContent } from './content.ts'
import { encodeRange, type Login, type LoginAnswer } from './control.ts'
import { controlFrame, type Frame, isContent, LineError } from './frame.ts'
import { createSequencer } from './sequencer.ts'

/** A second between heartbeats is what market data lines usually keep; three may be lost. */
export const DEFAULT_TIMING: Timing = {
  heartbeat: 1000,
  receiveTimeout: 4000,
  answerTimeout: 5000,
  backoffCap: 5000,
}

/** Snapshots are asked for at most this often, milliseconds: a line that sends nonsense is not asked without end. */
const SNAPSHOT_INTERVAL = 1000

/** A frame that cannot be read so many times running is given up, and whole boards are asked for instead. */
const MAX_BAD_READS = 3

export interface SessionOptions {
  readonly host: string
  readonly port: number
  readonly login: Login
  readonly clock: Clock
  readonly timing: Timing
  /** Content in the order of the line. */
  deliver(content: LineContent): void
  /** A connection has ended, and another will be tried. */
  failed(reason: LineError, retryMilliseconds: number): void
}

export interface SessionStats {
  readonly bytes: number
  readonly frames: number
  readonly connects: number
  readonly gaps: number
  readonly repeats: number
  readonly resends: number
  readonly snapshots: number
  readonly pausedMilliseconds: number
  /** Ended connections by kind of reason. */
  readonly errors: Readonly<Record<string, number>>
}

export interface Session {
  readonly stats: SessionStats
  /** Stops reading, so that the line's own end has to wait. */
  pause(): void
  resume(): void
  /** Whole boards, please: what came does not fit together. */
  resync(): void
  /** Logs out in order. The state is `stale` then. */
  close(): Promise<void>
}

export function openSession(options: SessionOptions): Session {
  const { clock, timing, login, deliver } = options
  const sequencer = createSequencer()
  const errors: Record<string, number> = {}
  const counts = { bytes: 0, frames: 0, connects: 0, snapshots: 0 }
  let connection: Connection | undefined
  let connected = false
  /** Boards of this trading date are whole up to the sequencer's last frame. */
  let whole = false
  let tradingDate = 0
  let state: LineState | undefined
  let attempt = 0
  let retry: NodeJS.Timeout | undefined
  let closing = false
  let pausedAt: number | undefined
  let pausedMilliseconds = 0
  let progressAt = 0
  let snapshotTimer: NodeJS.Timeout | undefined
  let snapshotAskedAt = -Infinity
  /** Snapshots asked for on this connection whose end has not come. */
  let snapshotsDue = 0
  const bad = { sequence: 0, reads: 0 }

  const showState = (): void => {
    const next = !connected ? 'stale' : whole && !sequencer.gap ? 'live' : 'recovering'
    if (next === 'live') attempt = 0
    if (next === state) return
    state = next
    deliver({ kind: 'state', state, since: clock.now() })
  }

  const askSnapshot = (): void => {
    whole = false
    if (snapshotTimer !== undefined) return
    const wait = Math.max(0, snapshotAskedAt + SNAPSHOT_INTERVAL - performance.now())
    progressAt = performance.now() + wait
    snapshotAskedAt = progressAt
    snapshotsDue++
    snapshotTimer = setTimeout(() => {
      snapshotTimer = undefined
      counts.snapshots++
      connection?.send(controlFrame('snapshot-request', sequencer.last))
    }, wait)
  }

  const takeSnapshotEnd = (sequence: number): void => {
    if (--snapshotsDue > 0) return
    sequencer.restart(sequence)
    whole = true
    deliver({ kind: 'snapshot-end' })
  }

  const askMissing = (): void => {
    const range = sequencer.request()
    if (range === undefined) return
    progressAt = performance.now()
    connection?.send(controlFrame('resend-request', sequencer.last, encodeRange(range)))
  }

  const read = (frame: Frame): LineContent => {
    try {
      return contentOf(frame)
    } catch (error) {
      bad.reads = bad.sequence === frame.sequence ? bad.reads + 1 : 1
      bad.sequence = frame.sequence
      if (frame.snapshot || bad.reads >= MAX_BAD_READS) whole = false
      else sequencer.restart(frame.sequence - 1)
      throw error
    }
  }

  const takeNumbered = (frame: Frame): void => {
    for (const next of sequencer.take(frame)) {
      progressAt = performance.now()
      deliver(read(next))
      // What was delivered may have shown that the boards are not whole; the snapshot has what follows.
      if (!whole) break
    }
  }

  const takeFrame = (frame: Frame): void => {
    counts.frames++
    if (frame.snapshot) {
      progressAt = performance.now()
      if (!whole) deliver(read(frame))
    } else if (frame.type === 'snapshot-end') takeSnapshotEnd(frame.sequence)
    // The snapshot that is on its way has everything before its end.
    else if (!whole) return
    else if (isContent(frame.type)) takeNumbered(frame)
    else if (frame.type === 'heartbeat') sequencer.announced(frame.sequence)
    else if (frame.type === 'resend-refused') askSnapshot()
    else throw new LineError('frame-type', `expected content of the line, got a ${frame.type} frame`)
    if (whole) askMissing()
    showState()
  }

  const opened = (answer: LoginAnswer, sequence: number): void => {
    connected = true
    sequencer.forgetRequest()
    if (answer.tradingDate !== tradingDate) {
      tradingDate = answer.tradingDate
      whole = false
      deliver({ kind: 'opened', tradingDate })
    }
    // A line that counts from the start again has lost its memory: its numbers mean other frames now.
    if (whole && sequence >= sequencer.last) {
      sequencer.announced(sequence)
      askMissing()
    } else askSnapshot()
    showState()
  }

  const closed = (reason: LineError): void => {
    connection = undefined
    connected = false
    clearTimeout(snapshotTimer)
    snapshotTimer = undefined
    snapshotsDue = 0
    errors[reason.kind] = (errors[reason.kind] ?? 0) + 1
    showState()
    if (closing) return
    const wait = backoff(++attempt, timing.backoffCap)
    options.failed(reason, Math.round(wait))
    retry = setTimeout(start, wait)
  }

  const events: ConnectionEvents = {
    opened,
    frame: takeFrame,
    bytes: count => {
      counts.bytes += count
    },
    closed,
  }

  const start = (): void => {
    counts.connects++
    connection = openConnection(options, login, timing, events)
    if (pausedAt !== undefined) connection.pause()
  }

  const watch = setInterval(() => {
    const waiting = connected && pausedAt === undefined && (!whole || sequencer.gap)
    if (waiting && performance.now() - progressAt > timing.answerTimeout) {
      const what = whole ? 'frames sent again' : 'a snapshot'
      connection?.fail(
        new LineError('unanswered', `expected ${what} within ${timing.answerTimeout} ms, got none`),
      )
    }
  }, timing.heartbeat)

  showState()
  start()

  return {
    get stats() {
      const paused = pausedAt === undefined ? 0 : performance.now() - pausedAt
      return {
        ...counts,
        ...sequencer.counts,
        pausedMilliseconds: Math.round(pausedMilliseconds + paused),
        errors: { ...errors },
      }
    },
    pause() {
      if (pausedAt !== undefined) return
      pausedAt = performance.now()
      connection?.pause()
    },
    resume() {
      if (pausedAt === undefined) return
      pausedMilliseconds += performance.now() - pausedAt
      pausedAt = undefined
      progressAt = performance.now()
      connection?.resume()
    },
    resync() {
      if (connected) askSnapshot()
    },
    async close() {
      closing = true
      clearTimeout(retry)
      clearInterval(watch)
      await connection?.logout()
      showState()
    },
  }
}
