/** Tasks, a table and their faults in simulated time, to drive the state machine of the lease. */
import { mayPut } from '../../../ingest-task/lease/lease-holding.ts'
import { step } from '../../../ingest-task/lease/lease-machine.ts'
import {
  createLeaseState,
  type LeaseEffect,
  type LeaseEvent,
  type LeaseState,
  type Observed,
  REQUEST_LIMIT_MS,
  TICK_MS,
} from '../../../ingest-task/lease/lease-state.ts'
import { asEpochMillis, asTradingDate, type EpochMillis, type Millis } from '../../../market/units.ts'
import type { Candidate } from '../../../tables/control/candidate-item.ts'
import type { Lease, PublishedPlace } from '../../../tables/control/lease-item.ts'
import type { Standby } from '../../../tables/control/standby-item.ts'

/** A fault of a task, from a time on, for so long (ms). */
export interface Fault {
  readonly kind: 'freeze' | 'kill' | 'cut' | 'lost answers' | 'stop' | 'trouble' | 'line cut' | 'no line'
  readonly at: Millis
  readonly lasts: Millis
}

export interface TaskPlan {
  /** How far its wall clock is wrong, ms. */
  readonly clockError: Millis
  readonly startsAt: Millis
  /** When it becomes ready, ms. */
  readonly readyAt: Millis
  readonly faults: readonly Fault[]
}

export interface Plan {
  readonly tasks: readonly TaskPlan[]
  /** Times in which the table answers nobody. */
  readonly outages: readonly Pick<Fault, 'at' | 'lasts'>[]
  /** Latencies of requests and answers, ms, in turn. */
  readonly latencies: readonly Millis[]
  /** From then on the line sends nothing, ms. Default: never. */
  readonly quietFrom?: Millis
}

/** What the tasks of a world see of themselves. The state machine sees nothing else of line and stream. */
export interface TaskModel {
  observe(task: SimTask, world: LeaseWorld): Observed
  /** Returns how far a holder has published. */
  published(task: SimTask): PublishedPlace | undefined
}

const START = Date.parse('2026-11-20T09:00:00+09:00')
const PLACE = { tradingDate: asTradingDate(20261120), position: 1, reached: 1, lanes: [] }

export interface SimTask {
  readonly name: string
  readonly plan: TaskPlan
  state: LeaseState
  isDead: boolean
  /** Effects performed, oldest first. */
  readonly effects: LeaseEffect['kind'][]
  /** When it looked into the stream last. */
  lookedAt: Millis | undefined
}

interface Delivery {
  readonly at: Millis
  readonly run: () => void
}

/** A request to the table: what the table does with it, and what the task learns without an answer. */
interface Request {
  readonly handle: () => LeaseEvent
  readonly failure: LeaseEvent
}

export class LeaseWorld {
  readonly tasks: SimTask[] = []
  /** The holders in the order in which the table took them. */
  readonly holders: { readonly task: string; readonly epoch: EpochMillis; readonly at: Millis }[] = []
  lease: Lease | undefined
  now: Millis = 0
  readonly #plan: Plan
  readonly #model: TaskModel | undefined
  #standby: Standby | undefined
  #candidate: Candidate | undefined
  #deliveries: Delivery[] = []
  #requests = 0
  /** The stream, which is always there: when an epoch has put last. */
  readonly #puts = new Map<EpochMillis, Millis>()

  /** @param model Default: tasks as their plans describe them, of which a holder publishes as soon as it holds. */
  constructor(plan: Plan, model?: TaskModel) {
    this.#plan = plan
    this.#model = model
  }

  /** Runs until a time, and calls `check` after each millisecond in which something may have changed. */
  runTo(end: Millis, check: () => void): void {
    for (; this.now <= end; this.now += 5) {
      for (const [index, plan] of this.#plan.tasks.entries()) {
        if (plan.startsAt === this.now) this.#start(index, plan)
      }
      const due = this.#deliveries.filter(({ at }) => at <= this.now)
      this.#deliveries = this.#deliveries.filter(({ at }) => at > this.now)
      for (const { run } of due.sort((a, b) => a.at - b.at)) run()
      for (const task of this.tasks) {
        this.#tick(task)
        if (this.mayPut(task) && !this.isFaulty(task, 'freeze')) this.#puts.set(task.state.epoch!, this.now)
      }
      check()
    }
  }

  isFaulty(task: SimTask, kind: Fault['kind']): boolean {
    return this.#faultOf(task, kind) !== undefined
  }

  /** Whether the table answers a task. */
  isReachable(task: SimTask): boolean {
    return !this.isFaulty(task, 'cut') && !this.isFaulty(task, 'lost answers') && !this.#isOut()
  }

  mayPut(task: SimTask): boolean {
    return !task.isDead && mayPut(task.state, this.now)
  }

  #isOut(): boolean {
    return this.#plan.outages.some(({ at, lasts }) => this.now >= at && this.now < at + lasts)
  }

  #newestPutSince(since: Millis): EpochMillis | undefined {
    const epochs = [...this.#puts].filter(([, at]) => at > since).map(([epoch]) => epoch)
    return epochs.length === 0 ? undefined : asEpochMillis(Math.max(...epochs))
  }

  /** Returns the fault of a kind that a task has now. */
  #faultOf({ plan }: SimTask, wanted: Fault['kind']): Fault | undefined {
    return plan.faults.find(
      ({ kind, at, lasts }) => kind === wanted && this.now >= at && this.now < at + lasts,
    )
  }

  #start(index: number, plan: TaskPlan): void {
    const name = `task-${index}`
    this.tasks.push({
      name,
      plan,
      state: createLeaseState(name, this.now),
      isDead: false,
      effects: [],
      lookedAt: undefined,
    })
  }

  #tick(task: SimTask): void {
    if (this.isFaulty(task, 'kill')) task.isDead = true
    if (task.isDead || this.isFaulty(task, 'freeze')) return
    if (task.plan.faults.some(({ kind, at }) => kind === 'stop' && at === this.now))
      this.#give(task, { kind: 'stop' })
    if ((this.now - task.plan.startsAt) % TICK_MS !== 0) return
    const observed = this.#model?.observe(task, this) ?? this.#observe(task)
    const clock = asEpochMillis(START + this.now + task.plan.clockError)
    this.#give(task, { kind: 'tick', observed, clock })
  }

  #observe(task: SimTask): Observed {
    const trouble = this.#faultOf(task, 'trouble')
    const troubledMs = trouble === undefined ? 0 : this.now - trouble.at
    const ready = this.now >= task.plan.readyAt && trouble === undefined
    // The line sends a message each millisecond, until it falls quiet for every task.
    const sentAt = Math.min(this.now, this.#plan.quietFrom ?? this.now)
    const cut = task.plan.faults.find(({ kind, at }) => kind === 'line cut' && at <= this.now)
    const position = Math.min(sentAt, cut?.at ?? sentAt)
    return { ready, proved: ready, troubledMs, stuckMs: troubledMs, silentMs: this.now - position, position }
  }

  /** Gives an event to a task; later, while it is frozen. */
  #give(task: SimTask, event: LeaseEvent): void {
    if (task.isDead) return
    if (this.isFaulty(task, 'freeze')) {
      this.#deliveries.push({ at: this.now + 5, run: () => this.#give(task, event) })
      return
    }
    const { state, effects } = step(task.state, event, this.now)
    task.state = state
    for (const effect of effects) this.#perform(task, effect)
  }

  #perform(task: SimTask, effect: LeaseEffect): void {
    task.effects.push(effect.kind)
    const request = this.#requestOf(task, effect, this.now)
    if (request !== undefined) this.#send(task, request)
    if (effect.kind === 'end') task.isDead = true
    if (effect.kind === 'drain') {
      this.#deliveries.push({ at: this.now + 30, run: () => this.#give(task, { kind: 'drained' }) })
    }
    if (effect.kind === 'look') {
      const [isRead, newest] = [task.lookedAt !== undefined, this.#newestPutSince(task.lookedAt ?? 0)]
      task.lookedAt = this.now
      this.#deliveries.push({
        at: this.now + 20,
        run: () => this.#give(task, { kind: 'looked', isRead, newest }),
      })
    }
  }

  /** Returns the request of an effect to the table; undefined if it has none. */
  #requestOf(task: SimTask, effect: LeaseEffect, askedAt: Millis): Request | undefined {
    const none = { kind: 'standby-asked', standby: undefined, candidate: undefined } as const
    switch (effect.kind) {
      case 'read':
        return { handle: () => ({ kind: 'read', lease: this.lease }), failure: { kind: 'read-failed' } }
      case 'take': {
        const { epoch } = effect
        return {
          handle: () => ({ kind: 'took', isTaken: this.#take(task, effect), epoch, askedAt }),
          failure: { kind: 'take-failed' },
        }
      }
      case 'renew':
        return {
          handle: () => ({ kind: 'renewed', isRenewed: this.#renew(task, effect), askedAt }),
          failure: { kind: 'renew-failed', askedAt },
        }
      case 'read-standby':
        return { handle: () => this.#readStandby(effect.withCandidate), failure: none }
      case 'write-standby':
        return { handle: () => this.#writeStandby(task, effect), failure: none }
      case 'write-candidate':
        return { handle: () => this.#writeCandidate(task, effect), failure: none }
      default:
        return undefined
    }
  }

  /** Sends a request, which the table handles after a latency, and whose answer may be lost. */
  #send(task: SimTask, { handle, failure }: Request): void {
    const { latencies } = this.#plan
    const latency = latencies[this.#requests++ % latencies.length]!
    let isAnswered = false
    const answer = (event: LeaseEvent): void => {
      if (isAnswered) return
      isAnswered = true
      this.#give(task, event)
    }
    if (!this.isFaulty(task, 'cut') && !this.#isOut()) {
      this.#deliveries.push({
        at: this.now + latency,
        run: () => {
          const event = handle()
          if (this.isFaulty(task, 'lost answers')) return
          this.#deliveries.push({ at: this.now + latency, run: () => answer(event) })
        },
      })
    }
    this.#deliveries.push({ at: this.now + REQUEST_LIMIT_MS, run: () => answer(failure) })
  }

  #writeStandby(task: SimTask, { beat, ready }: Extract<LeaseEffect, { kind: 'write-standby' }>): LeaseEvent {
    if (ready || this.#standby?.task === task.name) {
      const { position } = task.state.observed
      this.#standby = { task: task.name, beat, ready, position }
    }
    return { kind: 'standby-asked', standby: undefined, candidate: undefined }
  }

  #writeCandidate(task: SimTask, { beat }: Extract<LeaseEffect, { kind: 'write-candidate' }>): LeaseEvent {
    this.#candidate = { task: task.name, beat }
    return { kind: 'standby-asked', standby: undefined, candidate: undefined }
  }

  #readStandby(withCandidate: boolean): LeaseEvent {
    const candidate = withCandidate ? this.#candidate : undefined
    return { kind: 'standby-asked', standby: this.#standby, candidate }
  }

  #take(task: SimTask, { epoch, seen }: Extract<LeaseEffect, { kind: 'take' }>): boolean {
    if (this.lease?.epoch !== seen?.epoch || this.lease?.beat !== seen?.beat) return false
    this.lease = {
      task: task.name,
      epoch,
      beat: 0,
      released: false,
      works: true,
      published: this.lease?.published,
    }
    this.holders.push({ task: task.name, epoch, at: this.now })
    return true
  }

  #renew(task: SimTask, { epoch, beat, released }: Extract<LeaseEffect, { kind: 'renew' }>): boolean {
    if (this.lease?.task !== task.name || this.lease.epoch !== epoch) return false
    const published = this.#model === undefined ? PLACE : this.#model.published(task)
    this.lease = {
      ...this.lease,
      beat,
      released: released || this.lease.released,
      published: published ?? this.lease.published,
    }
    return true
  }
}
