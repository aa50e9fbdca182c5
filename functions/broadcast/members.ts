/** The connections that this environment serves, indexed by id and by issue. */
import type { Encoding } from '../../market/protocol.ts'
import type { ErrorCode } from '../../market/protocol-errors.ts'
import { asEpochMillis, type EpochMillis, type EpochSeconds, type Millis } from '../../market/units.ts'
import type { View } from '../../market/view.ts'

/** What a connection has of an issue: every trade up to a sequence. */
export interface SinceMark {
  /** Trading date of the sequence, YYYY-MM-DD. */
  readonly date: string
  readonly sequence: number
  /** When the connection asked first. */
  readonly askedAt: EpochMillis
}

export interface Member {
  readonly connection: string
  readonly room: string
  /** How messages reach the connection. */
  readonly encoding: Encoding
  /** The issues that the connection subscribes to, each with its view. */
  issues: ReadonlyMap<string, View>
  /** Shortest time between two posts (ms). */
  pace: Millis
  /** The round of the market log that the connection has. Its next update contains everything after this round. */
  since: number
  /** The last event that the connection has (event-log.ts). */
  eventsSince: number
  /** Issues of which this environment has sent the connection no update yet: the first update is a whole board. */
  readonly fresh: Set<string>
  /** Issues of which the connection may lack an update: its next post has the whole board. */
  readonly owed: Set<string>
  /** Issues of which the connection asks for missed trades, each with what it has. They are owed, and nothing passes the trades. */
  readonly missing: Map<string, SinceMark>
  /** Requests for missed trades that this environment knows, by their ids. */
  sinceKnown: ReadonlySet<string>
  /** The previous environment may not have sent everything up to `since`: the next post shows the app what it lacks. */
  mayBeBehind: boolean
  /** The connection may have missed a phase or the state of a line: it gets the whole status with its next post. */
  lacksStatus: boolean
  /** When the next event `time` is due; undefined before this environment has looked for content. */
  timeDueAt: EpochMillis | undefined
  /** When the connection's item changed last. */
  changedAt: EpochMillis
  /** When the connection was accepted; undefined in items of older releases. */
  connectedAt: EpochMillis | undefined
  /** The end of the connection's access token (epoch seconds); undefined in items of older releases. */
  tokenExpires: EpochSeconds | undefined
  /** Why the server is to end the connection now. */
  ends: ErrorCode | undefined
  /** The connection gets no more posts of rounds, because it is being ended (connection-ender.ts). */
  isEnding: boolean
  /** When this environment tried last to end it. */
  endedAt: EpochMillis | undefined
  /** When the connection asked last for whole boards, as far as this environment knows. */
  askedAt: EpochMillis
  /** A post to the connection has not ended. */
  inFlight: boolean
  /** When the next post may start, by the pace. */
  freeAt: EpochMillis
  /** When this environment found that something waits for the connection; undefined if nothing waits. */
  waitingSince: EpochMillis | undefined
  /** When the next or the present post was due: its pace was over, and something waited. */
  dueAt: EpochMillis
  /** The last round in which nothing waited for the connection. -1 after a change of its item. */
  quietRound: number
  /** No posts before this time. */
  restsUntil: EpochMillis
  /** Failed posts since the last successful post. */
  failures: number
  /** Throttled posts since the last successful post. */
  throttles: number
  /** Those of `throttles` that API Gateway answered with 429 while it took the posts of most other connections. */
  refusals: number
  /** Posts that the connection must take until a refusal may be evidence against the quota (refusals.ts). */
  probation: number
  /** When the last post was refused, if nothing but the quota explains it so far. */
  refusedAt: EpochMillis | undefined
}

export interface Members {
  readonly byConnection: Map<string, Member>
  readonly byIssue: Map<string, Set<Member>>
}

export function createMembers(): Members {
  return { byConnection: new Map(), byIssue: new Map() }
}

/** What a connection has when this environment finds it. */
export type MemberStart = Pick<Member, 'encoding' | 'pace' | 'since' | 'eventsSince'>

export function addMember(
  { byConnection }: Members,
  connection: string,
  room: string,
  start: MemberStart,
): Member {
  const never = asEpochMillis(0)
  const member: Member = {
    connection,
    room,
    issues: new Map(),
    ...start,
    fresh: new Set(),
    owed: new Set(),
    missing: new Map(),
    sinceKnown: new Set(),
    mayBeBehind: false,
    lacksStatus: false,
    timeDueAt: undefined,
    changedAt: never,
    connectedAt: undefined,
    tokenExpires: undefined,
    ends: undefined,
    isEnding: false,
    endedAt: undefined,
    askedAt: never,
    inFlight: false,
    freeAt: never,
    waitingSince: undefined,
    dueAt: never,
    quietRound: -1,
    restsUntil: never,
    failures: 0,
    throttles: 0,
    refusals: 0,
    probation: 0,
    refusedAt: undefined,
  }
  byConnection.set(connection, member)
  return member
}

export function removeMember(members: Members, member: Member): void {
  setIssues(members, member, new Map())
  members.byConnection.delete(member.connection)
}

/** Returns whether a member holds an issue. */
export function isHeld({ byIssue }: Members, issue: string): boolean {
  return byIssue.has(issue)
}

/**
 * Replaces the issues of a member. Returns the issues that it did not hold before, or held in another view.
 */
export function setIssues({ byIssue }: Members, member: Member, issues: ReadonlyMap<string, View>): string[] {
  for (const issue of member.issues.keys()) {
    if (issues.has(issue)) continue
    const holders = byIssue.get(issue)
    holders?.delete(member)
    if (holders?.size === 0) byIssue.delete(issue)
    member.fresh.delete(issue)
    member.owed.delete(issue)
    member.missing.delete(issue)
  }
  const added: string[] = []
  for (const [issue, view] of issues) {
    if (member.issues.get(issue) === view) continue
    added.push(issue)
    const holders = byIssue.get(issue)
    if (holders === undefined) byIssue.set(issue, new Set([member]))
    else holders.add(member)
  }
  member.issues = issues
  return added
}
