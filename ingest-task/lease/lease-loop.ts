/** Drives the state machine of the lease: owns its requests and its timer, and tells the task what to do. */
import { type EpochMillis, type Millis, nowMillis } from '../../market/units.ts'
import { type PublishedPlace, readLease, renewLease, takeLease } from '../../tables/control/lease-item.ts'
import type { Table } from '../../tables/dynamodb.ts'
import type { Log } from '../ingest-log.ts'
import { hasStandby, mayPut } from './lease-holding.ts'
import { step } from './lease-machine.ts'
import {
  createLeaseState,
  type EndReason,
  type LeaseEffect,
  type LeaseEvent,
  type LeaseState,
  LOOK_LIMIT_MS,
  type Observed,
  REQUEST_LIMIT_MS,
  TICK_MS,
} from './lease-state.ts'
import { otherWorks } from './other-task.ts'
import { askStandby, type StandbyEffect } from './standby-requests.ts'
import type { Look } from './stream-epochs.ts'
import { within } from './within.ts'

/** The task, as the lease needs it. */
export interface LeasedTask {
  /** @param place how far the holder has published, as far as this task knows. */
  observed(place: PublishedPlace | undefined): Observed
  /** Returns how far this task has published for certain. */
  published(): PublishedPlace | undefined
  /** Opens the line, and keeps what the holder may not have published. */
  standBy(): void
  /** Publishes what was kept after a place, and goes on live. */
  promote(epoch: EpochMillis, place: PublishedPlace): void
  /** Publishes from where the stream ends, or from a snapshot of the line. */
  begin(epoch: EpochMillis): void
  /** Publishes what was received so far. `isLast`: no standby goes on. Ends at the latest after so many milliseconds. */
  drain(milliseconds: Millis, isLast: boolean): Promise<void>
  /** Looks into the stream for epochs of the line. */
  look(signal: AbortSignal): Promise<Look>
  end(reason: EndReason): void
}

export interface LeaseLoopOptions {
  readonly control: Pick<Table, 'client' | 'table'>
  readonly line: number
  /** Id of this task; it identifies one process. */
  readonly task: string
  readonly log: Log
  readonly leased: LeasedTask
}

export class LeaseLoop {
  readonly #options: LeaseLoopOptions
  #state: LeaseState
  readonly #timer: NodeJS.Timeout
  /** Renewals failed in a row. */
  #failures = 0
  #takeOvers = 0
  #hadStandby = false

  constructor(options: LeaseLoopOptions) {
    this.#options = options
    this.#state = createLeaseState(options.task, performance.now())
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
    this.#tick()
  }

  get isHolder(): boolean {
    return this.#state.role === 'holding' || this.#state.role === 'draining'
  }

  /** Whether this task is ready to take the lease. */
  get isReady(): boolean {
    return this.#state.role === 'standing-by' && this.#state.observed.ready
  }

  /** Whether another task of the line works. */
  get otherWorks(): boolean {
    return otherWorks(this.#state, performance.now())
  }

  /** Whether a ready standby would go on at once. */
  get hasStandby(): boolean {
    return hasStandby(this.#state, performance.now())
  }

  /** Real milliseconds since the latest renewal that succeeded was asked for; undefined unless this task is the holder. */
  get ageMs(): Millis | undefined {
    return this.isHolder ? performance.now() - this.#state.confirmedAt : undefined
  }

  /** How often this process has taken the lease: at most once. */
  get takeOvers(): number {
    return this.#takeOvers
  }

  /** Whether envelopes may be put now. */
  mayPut(): boolean {
    return mayPut(this.#state, performance.now())
  }

  /** Ends the task: a holder hands over, or publishes the rest if there is no standby. */
  stop(): void {
    this.#handle({ kind: 'stop' })
  }

  #tick(): void {
    const observed = this.#options.leased.observed(this.#state.place)
    this.#handle({ kind: 'tick', observed, clock: nowMillis() })
  }

  #handle(event: LeaseEvent): void {
    const before = this.#state
    const { state, effects } = step(before, event, performance.now())
    this.#state = state
    if (before.role === 'standing-by' && before.observed.ready !== state.observed.ready) {
      const message = state.observed.ready ? 'ready to take the lease' : 'not ready to take the lease'
      this.#options.log.info(message, {})
    }
    if (state.role === 'holding' && this.hasStandby !== this.#hadStandby) {
      this.#hadStandby = this.hasStandby
      const message = this.#hadStandby ? 'a standby is ready' : 'no standby is ready'
      this.#options.log.info(message, {})
    }
    for (const effect of effects) this.#perform(effect)
  }

  #perform(effect: LeaseEffect): void {
    const { leased, log } = this.#options
    switch (effect.kind) {
      case 'read':
        void this.#read()
        break
      case 'take':
        void this.#take(effect)
        break
      case 'renew':
        void this.#renew(effect)
        break
      case 'write-standby':
      case 'write-candidate':
      case 'read-standby':
        void this.#askStandby(effect)
        break
      case 'look':
        void this.#look()
        break
      case 'stand-by':
        log.info('standing by', { task: this.#options.task })
        leased.standBy()
        break
      case 'promote':
        this.#noteTakeOver(effect.epoch, effect.place)
        leased.promote(effect.epoch, effect.place)
        break
      case 'begin':
        this.#noteTakeOver(effect.epoch, undefined)
        leased.begin(effect.epoch)
        break
      case 'drain':
        void this.#drain(effect)
        break
      case 'end':
        clearInterval(this.#timer)
        leased.end(effect.reason)
    }
  }

  async #drain({ milliseconds, isLast }: Extract<LeaseEffect, { kind: 'drain' }>): Promise<void> {
    const { leased, log } = this.#options
    const { troubledMs, stuckMs, silentMs } = this.#state.observed
    if (isLast) log.info('no standby takes over', {})
    else {
      const rounded = [troubledMs, stuckMs, silentMs].map(Math.round)
      log.info('handing over', { troubledMs: rounded[0], stuckMs: rounded[1], silentMs: rounded[2] })
    }
    await leased.drain(milliseconds, isLast)
    this.#handle({ kind: 'drained' })
  }

  #noteTakeOver(epoch: EpochMillis, place: PublishedPlace | undefined): void {
    this.#takeOvers++
    const { task, log } = this.#options
    const after = place && { position: place.position, reached: place.reached }
    log.info('lease taken', { task, epoch, hasTable: this.#state.isConfirmed, ...after })
  }

  async #read(): Promise<void> {
    const { control, line } = this.#options
    try {
      const lease = await within(REQUEST_LIMIT_MS, signal => readLease(control, line, signal))
      this.#handle({ kind: 'read', lease })
    } catch {
      this.#handle({ kind: 'read-failed' })
    }
  }

  async #take({ epoch, seen }: Extract<LeaseEffect, { kind: 'take' }>): Promise<void> {
    const { control, line, task } = this.#options
    const askedAt = performance.now()
    try {
      const isTaken = await within(REQUEST_LIMIT_MS, signal =>
        takeLease(control, line, { task, epoch }, seen, signal),
      )
      this.#handle({ kind: 'took', isTaken, epoch, askedAt })
    } catch {
      this.#handle({ kind: 'take-failed' })
    }
  }

  async #renew({ epoch, beat, released }: Extract<LeaseEffect, { kind: 'renew' }>): Promise<void> {
    const { control, line, task, leased, log } = this.#options
    const askedAt = performance.now()
    const works = this.#state.observed.troubledMs === 0
    const renewal = { task, epoch, beat, released, works, published: leased.published() }
    try {
      const isRenewed = await within(REQUEST_LIMIT_MS, signal => renewLease(control, line, renewal, signal))
      if (this.#failures > 1) log.info('lease renewed again', { failures: this.#failures })
      this.#failures = 0
      this.#handle({ kind: 'renewed', isRenewed, askedAt })
    } catch (error) {
      this.#failures++
      // A single failure is usual. The holder goes on until it knows that another task has taken the lease.
      if (this.#failures === 2) log.warn('lease not renewed, publishing on', { reason: String(error) })
      this.#handle({ kind: 'renew-failed', askedAt })
    }
  }

  async #askStandby(effect: StandbyEffect): Promise<void> {
    const { control, line, task } = this.#options
    const { position } = this.#state.observed
    this.#handle(await askStandby({ control, line, task, position }, effect))
  }

  async #look(): Promise<void> {
    try {
      const found = await within(LOOK_LIMIT_MS, signal => this.#options.leased.look(signal))
      this.#handle({ kind: 'looked', ...found })
    } catch {
      this.#handle({ kind: 'looked', isRead: false, newest: undefined })
    }
  }
}
