/** Drives the state machine of a line: owns its sockets and timers, and does what the machine decides. */
import type { Clock } from '../../market/clock.ts'
import type { Millis } from '../../market/units.ts'
import type { Address } from '../ingest-config.ts'
import type { Line, LineEvents, LineStats, LoginAttempt, Logins, ResumePoint } from '../line-seam.ts'
import { Connection, type Timing } from './connection.ts'
import { encodeRange, type Login } from './control.ts'
import { controlFrame, type FrameType } from './frame.ts'
import type { LineEffect, LineEvent, Moment, TimerName } from './line-events.ts'
import { step } from './line-machine.ts'
import { CONNECTION_NAMES, createState, type SessionState } from './line-state.ts'
import { Stopwatch } from './stopwatch.ts'

export interface SessionOptions extends LineEvents {
  /** Addresses of A and B, which carry the same line. */
  readonly addresses: readonly [Address, Address]
  readonly login: Login
  /** Asked before each login; undefined: none has to wait. */
  readonly logins?: Logins | undefined
  readonly clock: Clock
  readonly timing: Timing
}

type EffectOf<Kind extends LineEffect['kind']> = Extract<LineEffect, { readonly kind: Kind }>

export class LineSession implements Line {
  readonly #options: SessionOptions
  #state: SessionState
  readonly #connections: (Connection | undefined)[] = []
  readonly #connects: (NodeJS.Timeout | undefined)[] = []
  readonly #timers: Partial<Record<TimerName, NodeJS.Timeout>> = {}
  readonly #check: NodeJS.Timeout
  readonly #paused = new Stopwatch()
  readonly #counts = { bytes: 0, frames: 0, connects: 0 }
  /** When the latest frame came, real time, ms. */
  #heardAt: Millis | undefined
  /** Events that came while an earlier one was handled. */
  readonly #events: LineEvent[] = []
  #isHandling = false

  /**
   * Opens the line at once.
   * @param resume where to go on, if the line still can.
   */
  constructor(options: SessionOptions, resume?: ResumePoint) {
    this.#options = options
    this.#state = createState(options.timing, resume, this.#moment())
    this.#check = setInterval(() => this.#handle({ kind: 'check' }), options.timing.heartbeat)
    this.#handle({ kind: 'started' })
  }

  get stats(): LineStats {
    const { status, resends, sequencer, snapshots, errors } = this.#state
    const { gaps, resends: requests, refused } = resends
    const silent = this.#heardAt === undefined ? undefined : performance.now() - this.#heardAt
    return {
      ...status,
      ...(silent === undefined ? {} : { silentMilliseconds: Math.round(silent) }),
      ...this.#counts,
      gaps,
      resends: requests,
      refused,
      repeats: sequencer.repeats,
      snapshots: snapshots.count,
      wins: Object.fromEntries(CONNECTION_NAMES.map((name, index) => [name, sequencer.wins[index]!])),
      pausedMilliseconds: this.#paused.milliseconds,
      errors,
    }
  }

  pause(): void {
    if (this.#paused.isRunning) return
    this.#paused.start()
    for (const connection of this.#connections) connection?.pause()
    this.#handle({ kind: 'paused' })
  }

  resume(): void {
    if (!this.#paused.isRunning) return
    this.#paused.stop()
    this.#handle({ kind: 'resumed' })
    for (const connection of this.#connections) connection?.resume()
  }

  async close(): Promise<void> {
    this.#handle({ kind: 'closing' })
    clearInterval(this.#check)
    for (const timer of [...Object.values(this.#timers), ...this.#connects]) clearTimeout(timer)
    await Promise.all(this.#connections.map(connection => connection?.logout()))
  }

  #moment(): Moment {
    return { now: performance.now(), market: this.#options.clock.now(), random: Math.random() }
  }

  /** Steps the machine. An event that comes from within an effect waits until the earlier event is handled. */
  #handle(event: LineEvent): void {
    this.#events.push(event)
    if (this.#isHandling) return
    this.#isHandling = true
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        const { state, effects } = step(this.#state, next, this.#moment())
        this.#state = state
        for (const effect of effects) this.#perform(effect)
      }
    } finally {
      this.#isHandling = false
    }
  }

  #perform(effect: LineEffect): void {
    switch (effect.kind) {
      case 'connect':
        this.#connectAfter(effect.connection, effect.milliseconds)
        break
      case 'disconnect':
        this.#connections[effect.connection]!.end(effect.reason)
        break
      case 'request-frames':
        this.#send(effect.connection, 'resend-request', effect.last, encodeRange(effect.range))
        break
      case 'request-snapshot':
        this.#send(effect.connection, 'snapshot-request', effect.last)
        break
      case 'deliver':
        this.#handle({ kind: 'delivered', readable: this.#options.deliver(effect.content) })
        break
      case 'report':
        this.#options.deliver(effect.content)
        break
      case 'report-connected':
        this.#options.connected(CONNECTION_NAMES[effect.connection]!)
        break
      case 'report-closed':
        this.#reportClosed(effect)
        break
      case 'start-timer':
        this.#startTimer(effect.timer, effect.milliseconds)
        break
      case 'stop-timer':
        clearTimeout(this.#timers[effect.timer])
    }
  }

  #send(connection: number, type: FrameType, last: number, payload?: Buffer): void {
    this.#connections[connection]!.send(controlFrame(type, last, payload))
  }

  #reportClosed({ connection, reason, retryMilliseconds }: EffectOf<'report-closed'>): void {
    const { kind, message } = reason
    this.#options.failed({ connection: CONNECTION_NAMES[connection]!, kind, message }, retryMilliseconds)
  }

  #startTimer(timer: TimerName, milliseconds: Millis): void {
    clearTimeout(this.#timers[timer])
    this.#timers[timer] = setTimeout(() => this.#handle({ kind: 'timer', timer }), milliseconds)
  }

  #connectAfter(connection: number, milliseconds: Millis): void {
    if (milliseconds === 0) void this.#logIn(connection)
    else this.#connects[connection] = setTimeout(() => void this.#logIn(connection), milliseconds)
  }

  /** Connects as soon as a login may be tried. */
  async #logIn(connection: number): Promise<void> {
    const { logins } = this.#options
    if (logins === undefined) {
      this.#connect(connection)
      return
    }
    const admitted = await logins.admit()
    if (typeof admitted !== 'number') this.#connect(connection, admitted)
    else if (!this.#state.closing) this.#connectAfter(connection, admitted)
  }

  #connect(connection: number, attempt?: LoginAttempt): void {
    if (this.#state.closing) {
      attempt?.unanswered()
      return
    }
    const { addresses, login, timing } = this.#options
    let isAccepted = false
    this.#counts.connects++
    const opened = new Connection(addresses[connection]!, login, timing, {
      opened: (answer, sequence) => {
        isAccepted = true
        attempt?.accepted()
        this.#handle({ kind: 'opened', connection, answer, sequence })
      },
      frame: frame => {
        this.#counts.frames++
        this.#heardAt = performance.now()
        this.#handle({ kind: 'frame', connection, frame })
      },
      bytes: count => {
        this.#counts.bytes += count
      },
      closed: reason => {
        if (reason.kind === 'credentials') attempt?.refused()
        else if (!isAccepted) attempt?.unanswered()
        this.#handle({ kind: 'closed', connection, reason })
      },
    })
    this.#connections[connection] = opened
    if (this.#paused.isRunning) opened.pause()
  }
}
