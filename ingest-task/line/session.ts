/**
 * A line as one stream, from its connections A and B: whichever brings a frame first wins, the other fills what it
 * has lost, and what neither brings is asked for. Always says how things stand.
 */
import type { Clock } from '../../market/clock.ts'
import type { LineState } from '../../market/event.ts'
import type { Address } from '../config.ts'
import type { Line, LineEvents, ResumePoint } from '../line-seam.ts'
import type { Timing } from './connection.ts'
import { contentOf } from './content.ts'
import { decodeRange, encodeRange, type Login, type LoginAnswer } from './control.ts'
import { controlFrame, type Frame, isContent, LineError } from './frame.ts'
import { createReading } from './reading.ts'
import { type KeptEvents, keepConnected } from './reconnect.ts'
import { createResends } from './resends.ts'
import { createSequencer } from './sequencer.ts'
import { createSnapshots } from './snapshots.ts'

const NAMES = ['A', 'B'] as const

export interface SessionOptions extends LineEvents {
  /** A and B: where the same line is to be had twice. */
  readonly addresses: readonly [Address, Address]
  readonly login: Login
  readonly clock: Clock
  readonly timing: Timing
}

export function openSession(options: SessionOptions, resume?: ResumePoint): Line {
  const { addresses, clock, timing, login, deliver } = options
  const sequencer = createSequencer(NAMES.length)
  const resends = createResends(sequencer, timing)
  const errors: Record<string, number> = {}
  const counts = { bytes: 0, frames: 0, connects: 0 }
  let tradingDate = 0
  let state: LineState = 'stale'
  let since = clock.now()
  let heardAt: number | undefined
  let pausedAt: number | undefined
  let pausedMilliseconds = 0
  let fillTimer: NodeJS.Timeout | undefined

  const open = (): number[] => [...connections.keys()].filter(index => connections[index]!.open)
  /** The one that has come furthest has the freshest boards. */
  const furthest = (): number | undefined =>
    open().sort((one, other) => sequencer.passed(other) - sequencer.passed(one))[0]

  const snapshots = createSnapshots(furthest, index =>
    connections[index]!.send(controlFrame('snapshot-request', sequencer.last)),
  )

  const showState = (): void => {
    const complete = snapshots.whole && !resends.recovering
    const next = open().length === 0 ? 'stale' : complete ? 'live' : 'recovering'
    if (next === state) return
    state = next
    since = clock.now()
    deliver({ kind: 'state', state, since })
  }

  const askSnapshot = (): void => {
    sequencer.hold()
    resends.reset()
    snapshots.ask()
  }

  const askMissing = (): void => {
    clearTimeout(fillTimer)
    if (!snapshots.whole || sequencer.highest === sequencer.last) return
    const step = resends.next(open(), performance.now())
    if (step?.kind === 'give-up') askSnapshot()
    else if (step?.kind === 'wait') fillTimer = setTimeout(goOn, step.milliseconds)
    else if (step !== undefined) {
      const { connection, range } = step
      connections[connection]!.send(controlFrame('resend-request', sequencer.last, encodeRange(range)))
    }
  }

  const goOn = (): void => {
    askMissing()
    showState()
  }

  const readOn = createReading(sequencer, {
    deliver,
    bad(index, reason) {
      resends.disappointed(index)
      if (reason !== undefined) connections[index]!.fail(reason)
    },
    givenUp: askSnapshot,
  })

  const takeSnapshotFrame = (index: number, frame: Frame, now: number): void => {
    if (snapshots.takes(index, now) && !deliver(contentOf(frame))) askSnapshot()
  }

  const takeSnapshotEnd = (index: number, sequence: number): void => {
    if (!snapshots.ended(index)) return
    sequencer.announced(index, sequence)
    sequencer.restart(sequence)
    deliver({ kind: 'snapshot-end', position: sequence })
    readOn()
  }

  const takeFrame = (index: number, frame: Frame): void => {
    const now = performance.now()
    const { type, sequence } = frame
    counts.frames++
    heardAt = now
    if (frame.snapshot) takeSnapshotFrame(index, frame, now)
    else if (type === 'snapshot-end') takeSnapshotEnd(index, sequence)
    else if (isContent(type)) {
      sequencer.take(frame, index, resends.answered(index, sequence, now))
      readOn()
    } else if (type === 'heartbeat') sequencer.announced(index, sequence)
    else if (type === 'resend-refused') resends.refused(index, decodeRange(frame.payload))
    else throw new LineError('frame-type', `expected content of the line, got a ${type} frame`)
    goOn()
  }

  /** Whether the line carries a date that this process has not begun with yet. */
  const isNewDate = (index: number, date: number): boolean => {
    if (date === tradingDate) return false
    const others = open().filter(other => other !== index)
    const error = `expected trading date ${Math.max(date, tradingDate)} like the other connection`
    if (others.length > 0 && date < tradingDate) {
      throw new LineError('trading-date', `${error}, got ${date}`)
    }
    for (const other of others)
      connections[other]!.fail(new LineError('trading-date', `${error}, got ${tradingDate}`))
    return true
  }

  const opened = (index: number, answer: LoginAnswer, sequence: number): void => {
    const isNew = isNewDate(index, answer.tradingDate)
    // A line alone that counts from the start again has lost its memory: its numbers mean other frames now.
    const forgotten = open().length === 1 && sequence < sequencer.last
    if (isNew || forgotten) sequencer.forget()
    options.connected(NAMES[index]!)
    sequencer.opened(index, sequence)
    if (isNew) begin(answer.tradingDate, sequence)
    else if (forgotten) askSnapshot()
    else snapshots.opened()
    goOn()
  }

  const begin = (date: number, sequence: number): void => {
    const first = tradingDate === 0
    tradingDate = date
    if (first && resume?.tradingDate === date && sequence >= resume.position) {
      deliver({ kind: 'opened', tradingDate, position: resume.position })
      sequencer.restart(resume.position)
      snapshots.skip()
    } else {
      deliver({ kind: 'opened', tradingDate, position: 0 })
      askSnapshot()
    }
  }

  const closed = (index: number, reason: LineError, retryMilliseconds: number | undefined): void => {
    const { kind, message } = reason
    errors[kind] = (errors[kind] ?? 0) + 1
    if (retryMilliseconds === undefined) return
    sequencer.closed(index)
    resends.closed(index)
    snapshots.closed(index)
    goOn()
    options.failed({ connection: NAMES[index]!, kind, message }, Math.round(retryMilliseconds))
  }

  const eventsOf = (index: number): KeptEvents => ({
    connecting: () => void counts.connects++,
    opened: (answer, sequence) => opened(index, answer, sequence),
    frame: frame => takeFrame(index, frame),
    bytes: count => {
      counts.bytes += count
    },
    closed: (reason, retry) => closed(index, reason, retry),
  })

  const connections = addresses.map((address, index) =>
    keepConnected(address, login, timing, eventsOf(index)),
  )

  const watch = setInterval(() => {
    const now = performance.now()
    const { whole } = snapshots
    const stuck = resends.stuck(whole && pausedAt === undefined ? open() : [], now)
    const late = whole ? resends.overdue(now) : snapshots.overdue(now, timing.answerTimeout)
    if (pausedAt !== undefined) return
    if (late !== undefined) {
      const expected = `expected ${whole ? 'frames sent again' : 'a snapshot'} within ${timing.answerTimeout} ms`
      connections[late]!.fail(new LineError('unanswered', `${expected}, got none`))
    } else if (stuck) {
      sequencer.forget()
      askSnapshot()
      showState()
    }
  }, timing.heartbeat)

  deliver({ kind: 'state', state, since })

  return {
    get stats() {
      const now = performance.now()
      return {
        state,
        since,
        ...(heardAt === undefined ? {} : { silentMilliseconds: Math.round(now - heardAt) }),
        ...counts,
        ...resends.counts,
        repeats: sequencer.counts.repeats,
        snapshots: snapshots.count,
        wins: Object.fromEntries(NAMES.map((name, index) => [name, sequencer.counts.wins[index]!])),
        pausedMilliseconds: Math.round(pausedMilliseconds + (pausedAt === undefined ? 0 : now - pausedAt)),
        errors: { ...errors },
      }
    },
    pause() {
      if (pausedAt !== undefined) return
      pausedAt = performance.now()
      for (const connection of connections) connection.pause()
    },
    resume() {
      if (pausedAt === undefined) return
      const now = performance.now()
      pausedMilliseconds += now - pausedAt
      pausedAt = undefined
      resends.excuse(now)
      snapshots.excuse(now)
      for (const connection of connections) connection.resume()
    },
    async close() {
      clearInterval(watch)
      clearTimeout(fillTimer)
      snapshots.close()
      await Promise.all(connections.map(connection => connection.close()))
      showState()
    },
  }
}
