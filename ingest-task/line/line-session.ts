/**
 * A line as one stream, from its connections A and B: whichever brings a frame first wins, the other fills what it
 * has lost, and what neither brings is asked for. Always says how things stand.
 */
import type { Clock } from '../../market/clock.ts'
import type { LineState } from '../../market/market-event.ts'
import { momentOf } from '../../market/moment.ts'
import type { Address } from '../ingest-config.ts'
import type { Line, LineEvents, ResumePoint } from '../line-seam.ts'
import type { Timing } from './connection.ts'
import {
  compareSessions,
  decodeRange,
  encodeRange,
  type Login,
  type LoginAnswer,
  otherSession,
} from './control.ts'
import { controlFrame, type Frame, isContent, LineError } from './frame.ts'
import { createPause } from './pause.ts'
import { placeOf, positionOf } from './position.ts'
import { createReading } from './reading.ts'
import { type KeptEvents, keepConnected } from './reconnect.ts'
import { createReplay } from './replay.ts'
import { createResends } from './resends.ts'
import { createSequencer } from './sequencer.ts'
import { createSnapshots } from './snapshots.ts'
import { startWatch } from './watch.ts'

const NAMES = ['A', 'B'] as const

/** A line that has begun anew is read from its start up to so many frames, some seconds' work; beyond, by snapshot. */
const MAX_REPLAY_FRAMES = 4096

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
  /** What the line carries: its trading date, and what its numbers mean. */
  let carried: LoginAnswer | undefined
  let state: LineState = 'stale'
  let since = clock.now()
  let heardAt: number | undefined
  const pause = createPause()
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

  const replay = createReplay(
    clock,
    resume === undefined ? 0 : momentOf(resume.tradingDate, resume.time),
    deliver,
  )
  const reading = createReading(sequencer, {
    deliver: replay.deliver,
    bad(index, reason) {
      resends.disappointed(index)
      if (reason !== undefined) connections[index]!.fail(reason)
    },
    givenUp: askSnapshot,
  })

  const takeSnapshotEnd = (index: number, sequence: number): void => {
    if (!snapshots.ended(index)) return
    sequencer.announced(index, sequence)
    sequencer.restart(sequence)
    deliver({ kind: 'snapshot-end', position: positionOf(carried!.session, sequence) })
    reading.on(carried!.session)
  }

  const takeFrame = (index: number, frame: Frame): void => {
    const now = performance.now()
    const { type, sequence } = frame
    counts.frames++
    heardAt = now
    if (frame.snapshot) {
      if (snapshots.takes(index, now) && !reading.snapshot(frame)) askSnapshot()
    } else if (type === 'snapshot-end') takeSnapshotEnd(index, sequence)
    else if (isContent(type)) {
      sequencer.take(frame, index, resends.answered(index, sequence, now))
      reading.on(carried!.session)
    } else if (type === 'heartbeat') sequencer.announced(index, sequence)
    else if (type === 'resend-refused') resends.refused(index, decodeRange(frame.payload))
    else throw new LineError('frame-type', `expected content of the line, got a ${type} frame`)
    goOn()
  }

  /** A and B must carry the same: of two sessions the later one holds. */
  const settle = (index: number, answer: LoginAnswer): void => {
    const others = open().filter(other => other !== index)
    if (carried === undefined || others.length === 0) return
    const isOlder = compareSessions(answer, carried) < 0
    const error = otherSession(isOlder ? carried : answer, isOlder ? answer : carried)
    if (isOlder) throw error
    for (const other of others) connections[other]!.fail(error)
  }

  const opened = (index: number, answer: LoginAnswer, sequence: number): void => {
    const isNew = carried === undefined || compareSessions(answer, carried) !== 0
    if (isNew) settle(index, answer)
    options.connected(NAMES[index]!)
    if (isNew) sequencer.forget()
    sequencer.opened(index, sequence)
    if (isNew) begin(answer, sequence)
    else snapshots.opened()
    goOn()
  }

  /** Goes on where this process, or the one before it, has stopped; with another date, it starts with a snapshot. */
  const begin = (answer: LoginAnswer, sequence: number): void => {
    const { tradingDate, session } = answer
    const last = placeOf(resume?.position ?? 0)
    const follows = carried === undefined && resume?.tradingDate === tradingDate
    const resumes = follows && last.session === session
    const isNewDate = carried?.tradingDate !== tradingDate
    const isKnown = (follows || (snapshots.whole && !isNewDate)) && sequence <= MAX_REPLAY_FRAMES
    carried = answer
    replay.begin(tradingDate, isKnown && !resumes)
    if (isNewDate) deliver({ kind: 'opened', tradingDate, position: resumes ? resume.position : 0 })
    if (resumes) goOnAfter(last.sequence)
    else if (isKnown) goOnAfter(0)
    else askSnapshot()
  }

  const goOnAfter = (sequence: number): void => {
    sequencer.restart(sequence)
    resends.catchUp()
    snapshots.skip()
  }

  const closed = (index: number, reason: LineError, retryMilliseconds: number | undefined): void => {
    if (retryMilliseconds === undefined) return
    const { kind, message } = reason
    errors[kind] = (errors[kind] ?? 0) + 1
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

  const endWatch = startWatch({
    ...{ timing, resends, snapshots, open, paused: () => pause.on },
    late: (index, reason) => connections[index]!.fail(reason),
    stuck() {
      sequencer.forget()
      askSnapshot()
      showState()
    },
  })

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
        pausedMilliseconds: pause.milliseconds,
        errors: { ...errors },
      }
    },
    pause() {
      if (pause.start()) for (const connection of connections) connection.pause()
    },
    resume() {
      if (!pause.end()) return
      const now = performance.now()
      resends.excuse(now)
      snapshots.excuse(now)
      for (const connection of connections) connection.resume()
    },
    async close() {
      endWatch()
      clearTimeout(fillTimer)
      snapshots.close()
      await Promise.all(connections.map(connection => connection.close()))
      showState()
    },
  }
}
