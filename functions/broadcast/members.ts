/** The connections that this environment serves, indexed by id and by issue. */
import { addMillis, asEpochMillis, type EpochMillis, type Millis, nowMillis } from '../../market/units.ts'

/**
 * A connection that failed to take a post gets no posts for this time (ms), doubled after each further failure, so
 * that the other connections do not wait for it again and again.
 */
const REST_MS = 2_000
const LONGEST_REST_MS = 30_000
/** A throttled connection waits so long (ms), doubled after each further time. It loses nothing meanwhile. */
const THROTTLE_WAIT_MS = 100
const LONGEST_THROTTLE_WAIT_MS = 2_000
/**
 * The connect function stores a connection before the handshake ends. Until then API Gateway answers a post as if the
 * connection had ended. So in this time (ms) after a change of the connection such an answer proves nothing. The connect
 * function has ten seconds (cdk/realtime-api.ts).
 */
const HANDSHAKE_MS = 10_000
/** Like {@link REST_MS}, for a connection whose handshake may not have ended: most handshakes take less. */
const HANDSHAKE_REST_MS = 250
const LONGEST_HANDSHAKE_REST_MS = 1_000

export interface Member {
  readonly connection: string
  readonly room: string
  issues: ReadonlySet<string>
  /** Issues of which this environment has sent the connection no update yet: the first update is a whole board. */
  readonly fresh: Set<string>
  /** Issues of which the connection may have missed an update: it is owed the whole board, in the next round. */
  readonly owed: Set<string>
  /** The connection may have missed a phase or the state of a line: it gets the whole status in the next round. */
  lacksStatus: boolean
  /** When the connection's item changed last. */
  changedAt: EpochMillis
  /** No posts before this time. */
  restsUntil: EpochMillis
  /** Failed posts since the last successful post. */
  failures: number
  /** What the member is to get waits until this time, because API Gateway has throttled its posts. */
  waitsUntil: EpochMillis
  /** Throttled posts since the last successful post. */
  throttles: number
}

export interface Members {
  readonly byConnection: Map<string, Member>
  readonly byIssue: Map<string, Set<Member>>
}

export function createMembers(): Members {
  return { byConnection: new Map(), byIssue: new Map() }
}

export function addMember({ byConnection }: Members, connection: string, room: string): Member {
  const member: Member = {
    connection,
    room,
    issues: new Set(),
    fresh: new Set(),
    owed: new Set(),
    lacksStatus: false,
    changedAt: asEpochMillis(0),
    restsUntil: asEpochMillis(0),
    failures: 0,
    waitsUntil: asEpochMillis(0),
    throttles: 0,
  }
  byConnection.set(connection, member)
  return member
}

export function removeMember(members: Members, member: Member): void {
  setIssues(members, member, new Set())
  members.byConnection.delete(member.connection)
}

/** Returns whether a member has not ended. */
export function isPresent({ byConnection }: Members, member: Member): boolean {
  return byConnection.get(member.connection) === member
}

/** Returns the members that hold an issue. */
export function holdersOf({ byIssue }: Members, issue: string): Iterable<Member> {
  return byIssue.get(issue) ?? []
}

/** Returns the members that may get posts now. */
export function awakeMembers({ byConnection }: Members): Member[] {
  const now = nowMillis()
  return [...byConnection.values()].filter(member => member.restsUntil <= now)
}

/** Replaces the issues of a member. Returns the issues that it did not hold before. */
export function setIssues({ byIssue }: Members, member: Member, issues: ReadonlySet<string>): string[] {
  for (const issue of without(member.issues, issues)) {
    const holders = byIssue.get(issue)
    holders?.delete(member)
    if (holders?.size === 0) byIssue.delete(issue)
    member.fresh.delete(issue)
    member.owed.delete(issue)
  }
  const added = without(issues, member.issues)
  for (const issue of added) {
    const holders = byIssue.get(issue)
    if (holders === undefined) byIssue.set(issue, new Set([member]))
    else holders.add(member)
  }
  member.issues = issues
  return added
}

/** Notes that a member got its posts. */
export function noteServed(member: Member): void {
  member.failures = 0
  member.throttles = 0
}

/**
 * Notes that API Gateway throttled the posts to a member. It waits for a random time, which grows: the account may be over
 * its quota, or the buffer of this connection may be full.
 */
export function noteThrottled(member: Member): void {
  const wait = Math.min(THROTTLE_WAIT_MS * 2 ** member.throttles, LONGEST_THROTTLE_WAIT_MS)
  member.waitsUntil = addMillis(nowMillis(), wait * (0.5 + Math.random() / 2))
  member.throttles++
}

/** Notes that posts to a member failed: it rests, and then gets the status and the boards of `issues`. */
export function noteFailed(member: Member, issues: Iterable<string>): void {
  rest(member, issues, REST_MS, LONGEST_REST_MS)
}

/** Notes that posts to a member failed because its handshake had not ended. It rests for a shorter time. */
export function noteTooEarly(member: Member, issues: Iterable<string>): void {
  rest(member, issues, HANDSHAKE_REST_MS, LONGEST_HANDSHAKE_REST_MS)
}

/** Returns whether the handshake of a connection may not have ended. */
export function mayBeConnecting({ changedAt }: Member): boolean {
  return nowMillis() < addMillis(changedAt, HANDSHAKE_MS)
}

function rest(member: Member, issues: Iterable<string>, first: Millis, longest: Millis): void {
  const now = nowMillis()
  // In one round the posts of updates and the posts of events may both fail. Only the first failure counts.
  if (member.restsUntil <= now) {
    member.restsUntil = addMillis(now, Math.min(first * 2 ** member.failures, longest))
    member.failures++
  }
  member.lacksStatus = true
  for (const issue of issues) if (member.issues.has(issue)) member.owed.add(issue)
}

function without(issues: ReadonlySet<string>, others: ReadonlySet<string>): string[] {
  return [...issues].filter(issue => !others.has(issue))
}
