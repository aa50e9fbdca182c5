/**
 * An environment of broadcast without I/O, and its apps, for property tests: the log, the members, the choice of who is
 * due, the plan of posts and their outcomes are those of broadcast.
 */
import { catchUp } from '../../../functions/broadcast/catch-up.ts'
import { chooseDue } from '../../../functions/broadcast/due-members.ts'
import { createEventLog } from '../../../functions/broadcast/event-log.ts'
import { createMarketLog } from '../../../functions/broadcast/market-log.ts'
import { addMember, createMembers, isHeld, setIssues } from '../../../functions/broadcast/members.ts'
import { notePush } from '../../../functions/broadcast/note-result.ts'
import { noteStarted } from '../../../functions/broadcast/post-outcome.ts'
import type { PlannedPost } from '../../../functions/broadcast/post-plan.ts'
import type { TailRecord } from '../../../functions/broadcast/read-tail.ts'
import { createRefusals } from '../../../functions/broadcast/refusals.ts'
import { decodeEnvelope, type Envelope } from '../../../market/codec/envelope.ts'
import type { Tick } from '../../../market/tick.ts'
import { addMillis, type EpochMillis, type Millis, priceToYen } from '../../../market/units.ts'
import type { View } from '../../../market/view.ts'
import type { PushResult } from '../../../posts/push.ts'
import { ModelApp, type TrueTrade } from './model-app.ts'
import { plainPlan } from './plain-plan.ts'

/** What becomes of a post. The answer to a delivered post may be lost. */
export const OUTCOMES = [
  'sent',
  'refused',
  'delivered-but-refused',
  // A long post is several messages, and the first ones arrived.
  'first-part',
  'throttled',
  'push-lost',
  'push-lost-delivered',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** What read-tail.ts reads of a shard that is not busy (ms). */
const TAIL_MS = 18_000
/** What a new environment repeats of a pace (ms): two paces and a second, from three to eight seconds. */
const REPEATED_MS: { readonly [pace: number]: Millis } = {
  100: 3_000,
  200: 3_000,
  500: 3_000,
  1000: 3_000,
  2000: 5_000,
  5000: 8_000,
}
/** A new environment takes the records of this time (ms) as one round. */
const REPEATED_ROUND_MS = 100
/** The log keeps rounds for this time (ms). */
const KEPT_MS = 40_000
/** The log drops rounds in tens. */
const OUTAGE_ROUNDS = 12
export const ROOMS = ['room-0', 'room-1']

/** An environment that has taken the end of the stream, and knows no members. */
function newEnvironment(tail: readonly TailRecord[], batchAt: EpochMillis) {
  const members = createMembers()
  /** Rooms whose members are known. */
  const rooms = new Set<string>()
  const log = createMarketLog(issue => rooms.size < ROOMS.length || isHeld(members, issue))
  const events = createEventLog()
  const { welcome, news } = catchUp(log, tail, batchAt)
  events.append(news)
  return { members, rooms, log, events, welcome, refusals: createRefusals() }
}

export class PostsModel {
  now: EpochMillis
  readonly apps: ModelApp[] = []
  readonly #stream: TailRecord[] = []
  readonly #latest = new Map<string, Tick>()
  readonly #traded = new Map<string, TrueTrade[]>()
  /** Headlines in the boards table. */
  readonly #news = new Set<string>()
  #environment: ReturnType<typeof newEnvironment>
  /** Records that an environment has taken. */
  #delivered = 0
  /** The next batch. */
  #waiting: Uint8Array[] = []

  constructor(now: EpochMillis) {
    this.now = now
    this.#environment = newEnvironment([], now)
  }

  connect(pace: Millis): ModelApp {
    const index = this.apps.length
    const app = new ModelApp(`app${index}`, ROOMS[index % ROOMS.length]!, pace, this.now)
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
        if (tick.sequence <= (this.#latest.get(issue)?.sequence ?? -1)) continue
        this.#latest.set(issue, tick)
        const trades = this.#traded.get(issue) ?? []
        this.#traded.set(issue, trades)
        if (tick.trade !== undefined) {
          trades.push({ sequence: tick.sequence, price: priceToYen(tick.trade.price) })
        }
      }
    }
  }

  /** Delivers the last records again, before those that wait. */
  repeat(count: number): void {
    this.#waiting = this.#stream.slice(Math.max(0, this.#delivered - count)).map(({ data }) => data)
  }

  /**
   * Replaces the environment. The new one reads the end of the stream back, up to the next batch. An app that has waited
   * longer than the new environment reads back for it, or rests, may lose trades, but no board.
   * @param share how much of the end of the stream the shard returns.
   */
  die(share: number): void {
    const { byConnection } = this.#environment.members
    const isBehind = ({ id, servedAt, pace }: ModelApp): boolean =>
      share < 1 ||
      (byConnection.get(id)?.restsUntil ?? 0) > this.now ||
      addMillis(servedAt, REPEATED_MS[pace]! - REPEATED_ROUND_MS) < this.now
    for (const app of this.apps) {
      app.forget()
      if (share < 1 || addMillis(app.servedAt, TAIL_MS) < this.now) app.mayMissNews(this.#news)
      if (isBehind(app)) app.fallBehind(share < 1)
    }
    const batchAt = this.#stream[this.#delivered]?.arrivedAt ?? this.now
    const tail = this.#stream
      .slice(0, this.#delivered)
      .filter(({ arrivedAt }) => arrivedAt >= addMillis(batchAt, -TAIL_MS))
    this.#environment = newEnvironment(tail.slice(0, tail.length * share), batchAt)
  }

  /**
   * Plays a round with the records that wait. The posts have the outcomes in turn.
   * @param readable rooms that the connections table returns.
   */
  round(budget: number, outcomes: readonly Outcome[], readable: readonly string[] = ROOMS): void {
    const { members, rooms, log, events } = this.#environment
    this.#delivered = this.#stream.length
    for (const data of this.#waiting.splice(0)) this.#take(decodeEnvelope(Buffer.from(data)))
    log.endRound(this.now)
    for (const room of readable) this.#readRoom(room)
    const parts = { members, log, events, paceFactor: 1 }
    const { chosen } = chooseDue(parts, budget, this.now)
    for (const [index, post] of plainPlan(chosen, log, events).posts.entries()) {
      this.#post(post, outcomes[index % outcomes.length]!)
    }
    let needed = rooms.size < ROOMS.length ? 0 : log.round
    for (const { connection, since, eventsSince, owed } of members.byConnection.values()) {
      needed = Math.min(needed, since)
      const hasAll = since === log.round && eventsSince === events.last && owed.size === 0
      if (hasAll) this.apps.find(({ id }) => id === connection)!.servedAt = this.now
    }
    log.drop(needed, this.now)
    for (const app of this.apps) if (addMillis(app.servedAt, KEPT_MS) < this.now) app.fallBehind()
  }

  /** No post arrives for longer than the log keeps rounds. */
  outage(ticks: () => readonly Uint8Array[], wait: (ms: Millis) => void): void {
    for (let round = 0; round < OUTAGE_ROUNDS; round++) {
      this.put(ticks())
      wait(100)
      this.round(0, ['sent'])
    }
    wait(KEPT_MS + 1)
    this.round(0, ['sent'])
  }

  /** Checks that every app has the true boards, and every trade exactly once. */
  check(): void {
    for (const app of this.apps) {
      app.check(this.#latest, this.#traded)
      app.checkNews(this.#news)
    }
  }

  #take(envelope: Envelope): void {
    const { log, events } = this.#environment
    log.take(envelope)
    if (envelope.kind !== 'events') return
    // The table decides which events are new for apps.
    for (const event of envelope.events) {
      if (event.type !== 'news' || this.#news.has(event.headline)) continue
      this.#news.add(event.headline)
      events.append([event])
    }
  }

  #post(post: PlannedPost, outcome: Outcome): void {
    const { member, updates, events } = post
    const { connection } = member
    const app = this.apps.find(({ id }) => id === connection)!
    noteStarted(member, this.now, member.pace)
    if (outcome === 'first-part') app.receive(updates.slice(0, updates.length / 2))
    if (outcome === 'sent' || outcome.includes('delivered')) app.receive(updates, events)
    if (outcome === 'sent') app.confirm()
    const { refusals } = this.#environment
    notePush({ marker: { add() {} }, refusals }, [post], resultOf(connection, outcome), this.now)
    // The app requests snapshots, which broadcast sends.
    for (const issue of app.gaps()) member.owed.add(issue)
  }

  /** Reads a room for the first time. */
  #readRoom(room: string): void {
    const { members, rooms, welcome } = this.#environment
    if (rooms.has(room)) return
    for (const app of this.apps) {
      if (app.room !== room) continue
      const { since, boards } = welcome(app.item())
      const member = addMember(members, app.id, room, {
        encoding: 'json',
        pace: app.pace,
        since,
        eventsSince: 0,
      })
      const added = setIssues(members, member, new Map(app.views))
      if (boards === 'current') member.mayBeBehind = true
      else for (const issue of added) member.owed.add(issue)
      for (const issue of app.gaps()) member.owed.add(issue)
      member.changedAt = app.changedAt
      member.quietRound = -1
    }
    rooms.add(room)
  }

  /**
   * Brings an app's item to the environment, unless its room is not read yet. Every added issue is owed, as if it had
   * changed since the last read.
   */
  #readItem(app: ModelApp): void {
    const { members, rooms, log, events } = this.#environment
    if (!rooms.has(app.room)) return
    const start = { encoding: 'json', pace: app.pace, since: log.round, eventsSince: events.last } as const
    const member = members.byConnection.get(app.id) ?? addMember(members, app.id, app.room, start)
    for (const issue of setIssues(members, member, new Map(app.views))) member.owed.add(issue)
    member.pace = app.pace
    member.changedAt = app.changedAt
    member.quietRound = -1
  }
}

function resultOf(connection: string, outcome: Outcome): PushResult | undefined {
  if (outcome.startsWith('push-lost')) return undefined
  return {
    posts: 1,
    gone: [],
    failed: outcome.includes('refused') || outcome === 'first-part' ? [connection] : [],
    silent: [],
    throttled: outcome === 'throttled' ? [connection] : [],
    limited: outcome === 'throttled' ? [connection] : [],
    errors: [],
    postMilliseconds: 0,
    slowestPost: 0,
  }
}
