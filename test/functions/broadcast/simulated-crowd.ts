/**
 * Apps of an environment of broadcast in simulated time: the choice of who is due, the budget, the judgement of refusals and
 * the outcomes are those of broadcast. The gateway has a quota, connections that do not read, and times of silence.
 */
import { chooseDue, type DueParts } from '../../../functions/broadcast/due-members.ts'
import { addMember, createMembers, type Member, setIssues } from '../../../functions/broadcast/members.ts'
import { notePush } from '../../../functions/broadcast/note-result.ts'
import { createPostBudget } from '../../../functions/broadcast/post-budget.ts'
import { noteStarted } from '../../../functions/broadcast/post-outcome.ts'
import type { PlannedPost } from '../../../functions/broadcast/post-plan.ts'
import { createRefusals } from '../../../functions/broadcast/refusals.ts'
import {
  addMillis,
  asEpochMillis,
  type EpochMillis,
  type Millis,
  type Seconds,
} from '../../../market/units.ts'
import type { PushResult } from '../../../posts/push.ts'
import { NO_CONTENT } from './plain-plan.ts'
import { plainTick } from './plain-tick.ts'

const START = asEpochMillis(1_800_000_000_000)
const ISSUE = '7203'
/** Every round has a tick. */
const ROUND_MS = 100
/** Time limit of a post (posts/posts.ts). */
const SILENCE_MS = 1_000
/** Time whose requests a full bucket of API Gateway holds (5,000 requests at 10,000 a second). */
const QUOTA_BURST_MS = 500

export interface CrowdOptions {
  /** Number of apps by pace (ms). */
  readonly apps: ReadonlyMap<Millis, number>
  readonly postsPerSecond: number
}

/** What happened in a time. */
export interface CrowdReport {
  /** Longest time between two posts that an app took, of the apps that read all the time: by pace. */
  readonly longest: ReadonlyMap<Millis, Millis>
  readonly taken: number
  readonly refused: number
  /** Posts to each connection. */
  readonly attempts: ReadonlyMap<string, number>
  /** Failed posts by cause, as broadcast counts them. */
  readonly blame: { readonly gateway: number; readonly connection: number }
  readonly longestStretch: number
}

interface Flight {
  readonly posts: readonly PlannedPost[]
  readonly result: PushResult
  readonly endsAt: EpochMillis
}

export class SimulatedCrowd {
  now = START
  /** Requests a second that the gateway takes. */
  quota = Number.POSITIVE_INFINITY
  isSilent = false
  /** Connections whose buffers are full. */
  readonly #stalled = new Set<string>()
  readonly members: readonly Member[]
  /** When each connection took its last post. */
  readonly takenAt = new Map<string, EpochMillis>()
  readonly #due: DueParts
  readonly #log = { round: 0, changedRound: 0 }
  readonly #refusals = createRefusals()
  readonly #budget: ReturnType<typeof createPostBudget>
  readonly #flights: Flight[] = []
  #tokens = 0

  constructor({ apps, postsPerSecond }: CrowdOptions) {
    const members = createMembers()
    this.members = [...apps].flatMap(([pace, count]) =>
      Array.from({ length: count }, (_, index) => {
        const start = { encoding: 'json', pace, since: 0, eventsSince: 0 } as const
        const member = addMember(members, `${pace}-${index}`, 'room-0', start)
        setIssues(members, member, new Map([[ISSUE, 'board']]))
        return member
      }),
    )
    const tick = plainTick(ISSUE, 1)
    const log = Object.assign(this.#log, { isChangedSince: () => true, latest: () => tick })
    this.#due = { members, log, events: { last: 0 }, paceFactor: 1 }
    this.#budget = createPostBudget(postsPerSecond)
  }

  /** Returns the connections of a share of the apps of each pace. */
  share(share: number): string[] {
    return this.members
      .map(({ connection }) => connection)
      .filter(connection => this.#rank(connection) < share)
  }

  stall(connections: Iterable<string>): void {
    for (const connection of connections) this.#stalled.add(connection)
  }

  /** Lets apps read again. Their time without posts does not count as a wait. */
  read(connections: Iterable<string>): void {
    for (const connection of connections) {
      this.#stalled.delete(connection)
      this.takenAt.delete(connection)
    }
  }

  run(seconds: Seconds): CrowdReport {
    const end = addMillis(this.now, seconds * 1_000)
    const report = {
      longest: new Map<Millis, Millis>(),
      taken: 0,
      refused: 0,
      attempts: new Map<string, number>(),
      blame: { gateway: 0, connection: 0 },
      longestStretch: 1,
    }
    while (this.now < end) {
      this.now = addMillis(this.now, ROUND_MS)
      this.#log.changedRound = ++this.#log.round
      this.#fillQuota()
      this.#land(report)
      this.#playRound(report)
    }
    return report
  }

  #playRound(report: Mutable<CrowdReport>): void {
    const { chosen, stretch } = chooseDue(this.#due, this.#budget.available(this.now), this.now)
    report.longestStretch = Math.max(report.longestStretch, stretch)
    this.#budget.take(chosen.length)
    const content = { ...NO_CONTENT, round: this.#log.round }
    const posts = chosen.map(member => ({ member, missed: [], updates: [], events: [], content }))
    for (const { member } of posts) {
      noteStarted(member, this.now, member.pace)
      report.attempts.set(member.connection, (report.attempts.get(member.connection) ?? 0) + 1)
    }
    // Pushes have 250 posts (pushes.ts).
    for (let from = 0; from < posts.length; from += 250) this.#push(posts.slice(from, from + 250))
    this.#land(report)
    if (this.#budget.note(this.#refusals.isAboveQuota(), this.now)) this.#refusals.noteSlower(this.now)
  }

  #push(posts: readonly PlannedPost[]): void {
    const connections = posts.map(({ member }) => member.connection)
    const silent = this.isSilent ? connections : []
    const limited = this.isSilent ? [] : connections.filter(connection => !this.#takes(connection))
    const result = {
      ...{ posts: posts.length, gone: [], errors: [], postMilliseconds: 0, slowestPost: 0 },
      ...{ failed: silent, silent, throttled: limited, limited },
    }
    this.#flights.push({ posts, result, endsAt: addMillis(this.now, this.isSilent ? SILENCE_MS : 0) })
  }

  /** A post to a full buffer uses the quota too. */
  #takes(connection: string): boolean {
    if (this.#tokens < 1) return false
    this.#tokens--
    return !this.#stalled.has(connection)
  }

  #fillQuota(): void {
    const burst = (this.quota * QUOTA_BURST_MS) / 1_000
    this.#tokens = Math.min(burst, this.#tokens + (this.quota * ROUND_MS) / 1_000)
  }

  /** Ends the pushes whose time has come. */
  #land(report: Mutable<CrowdReport>): void {
    for (const flight of this.#flights.splice(0)) {
      if (flight.endsAt > this.now) this.#flights.push(flight)
      else this.#end(flight, report)
    }
  }

  #end({ posts, result }: Flight, report: Mutable<CrowdReport>): void {
    const notes = { marker: { add() {} }, refusals: this.#refusals }
    const { gateway, connection } = notePush(notes, posts, result, this.now)
    report.blame = {
      gateway: report.blame.gateway + gateway,
      connection: report.blame.connection + connection,
    }
    report.refused += result.limited.length
    const failed = new Set([...result.failed, ...result.limited])
    for (const { member } of posts) if (!failed.has(member.connection)) this.#noteTaken(member, report)
  }

  #noteTaken({ connection, pace }: Member, report: Mutable<CrowdReport>): void {
    report.taken++
    const before = this.takenAt.get(connection)
    this.takenAt.set(connection, this.now)
    if (before === undefined || this.#stalled.has(connection)) return
    const longest = report.longest as Map<Millis, Millis>
    longest.set(pace, Math.max(longest.get(pace) ?? 0, this.now - before))
  }

  /** Returns a number of a connection from 0 to 1, spread evenly over the apps of its pace. */
  #rank(connection: string): number {
    const [, index = ''] = connection.split('-')
    return (Number(index) * GOLDEN_RATIO) % 1
  }
}

/** Multiples of it spread evenly between whole numbers. */
const GOLDEN_RATIO = 0.618034

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] } & {
  readonly attempts: Map<string, number>
}
