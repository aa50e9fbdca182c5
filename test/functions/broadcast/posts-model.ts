/**
 * An environment of broadcast without I/O, and its apps, for property tests: the log, the members, the choice of who is
 * due, the plan of posts and their outcomes are those of broadcast.
 */
import { catchUp } from '../../../functions/broadcast/catch-up.ts'
import { chooseDue } from '../../../functions/broadcast/due-members.ts'
import { createEventLog } from '../../../functions/broadcast/event-log.ts'
import { createMarketLog } from '../../../functions/broadcast/market-log.ts'
import { addMember, createMembers, isHeld, setIssues } from '../../../functions/broadcast/members.ts'
import { noteResult } from '../../../functions/broadcast/note-result.ts'
import { type PlannedPost, planPosts } from '../../../functions/broadcast/post-plan.ts'
import type { TailRecord } from '../../../functions/broadcast/read-tail.ts'
import { decodeEnvelope } from '../../../market/codec/envelope.ts'
import type { Tick } from '../../../market/tick.ts'
import { addMillis, type EpochMillis, type Millis } from '../../../market/units.ts'
import type { View } from '../../../market/view.ts'
import type { PushResult } from '../../../posts/push.ts'
import { ModelApp } from './model-app.ts'

/** What becomes of a post. The answer to a delivered post may be lost. */
export const OUTCOMES = [
  'sent',
  'refused',
  'delivered-but-refused',
  'throttled',
  'push-lost',
  'push-lost-delivered',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** What read-tail.ts reads of a shard that is not busy (ms). */
const TAIL_MS = 18_000
/** What a new environment repeats at least (ms), with a reserve. */
const LEAST_OWED_MS = 2_900
const ROOM = 'room-0'

function newEnvironment() {
  const state = { isCatchingUp: false }
  const members = createMembers()
  const log = createMarketLog(issue => state.isCatchingUp || isHeld(members, issue))
  return { members, log, state, events: createEventLog() }
}

export class PostsModel {
  now: EpochMillis
  readonly apps: ModelApp[] = []
  readonly #stream: TailRecord[] = []
  readonly #latest = new Map<string, Tick>()
  readonly #traded = new Map<string, number[]>()
  #environment = newEnvironment()
  /** Records that an environment has taken. */
  #delivered = 0
  /** The next batch. */
  #waiting: Uint8Array[] = []

  constructor(now: EpochMillis) {
    this.now = now
  }

  connect(pace: Millis): ModelApp {
    const app = new ModelApp(`app${this.apps.length}`, pace, this.now)
    this.apps.push(app)
    this.#readItem(app)
    return app
  }

  setView(app: ModelApp, issue: string, view: View | undefined): void {
    if (app.views.get(issue) === view) return
    app.setView(issue, view, this.now)
    this.#readItem(app)
  }

  setPace(app: ModelApp, pace: Millis): void {
    app.pace = pace
    app.changedAt = this.now
    this.#readItem(app)
  }

  /** Puts envelopes into the stream. */
  put(envelopes: readonly Uint8Array[]): void {
    for (const data of envelopes) {
      this.#stream.push({ sequenceNumber: String(this.#stream.length), data, arrivedAt: this.now })
      this.#waiting.push(data)
      const envelope = decodeEnvelope(Buffer.from(data))
      if (envelope.kind !== 'ticks') continue
      for (const tick of envelope.ticks) {
        const { issue } = tick.board
        this.#latest.set(issue, tick)
        const trades = this.#traded.get(issue) ?? []
        this.#traded.set(issue, trades)
        if (tick.trade !== undefined) trades.push(tick.sequence)
      }
    }
  }

  /** Delivers the last records again, before those that wait. */
  repeat(count: number): void {
    this.#waiting = this.#stream.slice(Math.max(0, this.#delivered - count)).map(({ data }) => data)
  }

  /**
   * Replaces the environment. The new one reads the end of the stream back, up to the next batch. Does nothing while an
   * app has waited longer than the new environment reads back for it, or rests.
   */
  die(): void {
    const { byConnection } = this.#environment.members
    const isBehind = ({ id, servedAt }: ModelApp): boolean =>
      byConnection.get(id)!.restsUntil > this.now || addMillis(servedAt, LEAST_OWED_MS) < this.now
    if (this.apps.some(isBehind)) return
    const batchAt = this.#stream[this.#delivered]?.arrivedAt ?? this.now
    this.#environment = newEnvironment()
    const { members, log, state } = this.#environment
    state.isCatchingUp = true
    const tail = this.#stream
      .slice(0, this.#delivered)
      .filter(({ arrivedAt }) => arrivedAt >= addMillis(batchAt, -TAIL_MS))
    const { welcome } = catchUp(log, tail, batchAt)
    state.isCatchingUp = false
    for (const app of this.apps) {
      const { since, boards } = welcome(app.item())
      const member = addMember(members, app.id, ROOM, { pace: app.pace, since, eventsSince: 0 })
      const added = setIssues(members, member, new Map(app.views))
      if (boards !== 'current') for (const issue of added) member.owed.add(issue)
      member.changedAt = app.changedAt
    }
  }

  /** Plays a round with the records that wait. The posts have the outcomes in turn. */
  round(budget: number, outcomes: readonly Outcome[]): void {
    const { members, log, events } = this.#environment
    this.#delivered = this.#stream.length
    for (const data of this.#waiting.splice(0)) log.take(decodeEnvelope(Buffer.from(data)))
    log.endRound(this.now)
    const parts = { members, log, events, paceFactor: 1, isBusy: () => false }
    const { chosen } = chooseDue(parts, budget, this.now)
    for (const [index, post] of planPosts(chosen, log, events, undefined).posts.entries()) {
      this.#post(post, outcomes[index % outcomes.length]!)
    }
  }

  /** Checks that every app has the true boards, and every trade exactly once. */
  check(): void {
    for (const app of this.apps) app.check(this.#latest, this.#traded)
  }

  #post(post: PlannedPost, outcome: Outcome): void {
    const { member, updates } = post
    const { connection } = member
    const app = this.apps.find(({ id }) => id === connection)!
    member.inFlight = true
    member.waitingSince = undefined
    member.freeAt = addMillis(this.now, member.pace)
    if (outcome === 'sent' || outcome.includes('delivered')) app.receive(updates)
    if (outcome === 'sent') app.servedAt = this.now
    noteResult(
      { members: this.#environment.members, marker: { add() {} } },
      post,
      resultOf(connection, outcome),
    )
  }

  /** Brings an app's item to the environment. Every added issue is owed, as if it had changed since the last read. */
  #readItem(app: ModelApp): void {
    const { members, log, events } = this.#environment
    const start = { pace: app.pace, since: log.round, eventsSince: events.last }
    const member = members.byConnection.get(app.id) ?? addMember(members, app.id, ROOM, start)
    for (const issue of setIssues(members, member, new Map(app.views))) member.owed.add(issue)
    member.pace = app.pace
    member.changedAt = app.changedAt
  }
}

function resultOf(connection: string, outcome: Outcome): PushResult | undefined {
  if (outcome.startsWith('push-lost')) return undefined
  return {
    posts: 1,
    gone: [],
    failed: outcome.includes('refused') ? [connection] : [],
    throttled: outcome === 'throttled' ? [connection] : [],
    errors: [],
    postMilliseconds: 0,
    slowestPost: 0,
  }
}
