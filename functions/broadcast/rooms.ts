/** Who is in which room and holds which issues: read once whole, then by what changed. */
import {
  type Connection,
  type ConnectionsTable,
  readRoom,
  roomName,
} from '../../tables/connections/connections-table.ts'

/**
 * A room is read again no sooner than this (ms). A connection that subscribes in between is owed the boards it could
 * have missed, and gets them whole with the round after the reading.
 */
export const READ_EVERY_MS = 250
/** A room in which nothing has changed for {@link QUIET_AFTER_MS} is read this often (ms): most are, most of the time. */
const READ_QUIET_EVERY_MS = 1_000
const QUIET_AFTER_MS = 5_000
/**
 * Members read longer ago than this (ms) are read before anything is sent: an environment that was not used for a
 * while knows neither who has come nor who has left. Rooms in use are read at least twice as often.
 */
export const STALE_AFTER_MS = 2 * READ_QUIET_EVERY_MS
/** A change may become visible this much later (ms) than the time it carries: clocks differ, and writes take time. */
export const CHANGE_OVERLAP_MS = 2_000
/**
 * A connection that took no post is left alone for this long (ms), twice as long after each further failure, so that
 * the others do not wait for it again and again.
 */
const REST_MS = 2_000
const LONGEST_REST_MS = 30_000

export interface Member {
  readonly connection: string
  readonly room: string
  issues: ReadonlySet<string>
  /** Issues of which this environment has sent the connection nothing yet: the first update is a whole board. */
  readonly fresh: Set<string>
  /** Issues of which the connection may have missed an update: it gets the whole board in the next round. */
  readonly owed: Set<string>
  /** The connection may have missed a phase or the state of a line: it gets them as they are now. */
  lacksStatus: boolean
  /** No posts before this time (epoch ms). */
  restsUntil: number
  /** Failed posts since the last good one. */
  failures: number
}

/** What this environment has sent, and when (epoch ms); `undefined` for never. */
export interface Sent {
  /** The last update of an issue. */
  sentAt(issue: string): number | undefined
  /** The last phase or state of a line. */
  announcedAt(): number | undefined
}

export interface Rooms {
  /** Whether every room has been read, and none longer than {@link STALE_AFTER_MS} ago. */
  isCurrent(): boolean
  /**
   * Reads what changed in the rooms whose time it is.
   * @param sent what those who are new may have missed.
   */
  refresh(sent: Sent): Promise<void>
  /** Everybody who holds an issue. */
  holding(issue: string): Iterable<Member>
  members(): Iterable<Member>
  remove(member: Member): void
  /** Notes that a member got its posts. */
  served(member: Member): void
  /** Notes that a member did not get its posts, which were of `issues`. */
  failed(member: Member, issues: Iterable<string>): void
}

/** When a room was last read, and last seen to change (epoch ms). */
interface RoomRead {
  readonly at: number
  readonly changedAt: number
}

const nextRead = ({ at, changedAt }: RoomRead): number =>
  at + (at - changedAt < QUIET_AFTER_MS ? READ_EVERY_MS : READ_QUIET_EVERY_MS)

export function createRooms(table: ConnectionsTable, roomCount: number): Rooms {
  const members = new Map<string, Member>()
  const holders = new Map<string, Set<Member>>()
  const reads = new Map<string, RoomRead>()
  const roomNames = Array.from({ length: roomCount }, (_, index) => roomName(index))

  const setIssues = (member: Member, issues: ReadonlySet<string>): void => {
    for (const issue of without(member.issues, issues)) {
      const holding = holders.get(issue)
      holding?.delete(member)
      if (holding?.size === 0) holders.delete(issue)
      member.fresh.delete(issue)
      member.owed.delete(issue)
    }
    for (const issue of without(issues, member.issues)) {
      const holding = holders.get(issue)
      if (holding === undefined) holders.set(issue, new Set([member]))
      else holding.add(member)
    }
    member.issues = issues
  }

  const remove = (member: Member): void => {
    setIssues(member, new Set())
    members.delete(member.connection)
  }

  /** @returns whether anything is new. */
  const apply = (
    room: string,
    found: Connection,
    mayHaveMissed: (sentAt: number | undefined) => boolean,
    { sentAt, announcedAt }: Sent,
  ): boolean => {
    const known = members.get(found.id)
    if (found.gone) {
      if (known !== undefined) remove(known)
      return known !== undefined
    }
    const member = known ?? newMember(found.id, room)
    members.set(found.id, member)
    const issues = new Set(found.issues)
    const added = without(issues, member.issues)
    const isChanged = known === undefined || added.length > 0 || issues.size !== member.issues.size
    setIssues(member, issues)
    for (const issue of added) (mayHaveMissed(sentAt(issue)) ? member.owed : member.fresh).add(issue)
    if (known === undefined && mayHaveMissed(announcedAt())) member.lacksStatus = true
    return isChanged
  }

  return {
    isCurrent() {
      const oldest = Date.now() - STALE_AFTER_MS
      return reads.size === roomCount && [...reads.values()].every(({ at }) => at >= oldest)
    },
    async refresh(sent) {
      const start = Date.now()
      const readOne = async (room: string): Promise<void> => {
        const before = reads.get(room)
        if (before !== undefined && start < nextRead(before)) return
        const since = before === undefined ? undefined : before.at - CHANGE_OVERLAP_MS
        const mayHaveMissed = (at: number | undefined): boolean => (at ?? -1) >= (since ?? 0)
        let changed = false
        for (const found of await readRoom(table, room, since)) {
          changed = apply(room, found, mayHaveMissed, sent) || changed
        }
        reads.set(room, { at: start, changedAt: changed ? start : (before?.changedAt ?? start) })
      }
      const results = await Promise.allSettled(roomNames.map(readOne))
      const failed = results.filter(result => result.status === 'rejected')
      if (failed.length > 0) {
        throw new AggregateError(
          failed.map(({ reason }) => reason),
          `${failed.length} of ${roomCount} rooms could not be read: ${failed[0]?.reason}`,
        )
      }
    },
    holding: issue => holders.get(issue) ?? [],
    members: () => members.values(),
    remove,
    served(member) {
      member.failures = 0
    },
    failed(member, issues) {
      // Of what failed in one round, updates beside events, only the first counts.
      if (member.restsUntil <= Date.now())
        member.restsUntil = Date.now() + Math.min(REST_MS * 2 ** member.failures++, LONGEST_REST_MS)
      member.lacksStatus = true
      for (const issue of issues) if (member.issues.has(issue)) member.owed.add(issue)
    },
  }
}

function newMember(connection: string, room: string): Member {
  return {
    connection,
    room,
    issues: new Set(),
    fresh: new Set(),
    owed: new Set(),
    lacksStatus: false,
    restsUntil: 0,
    failures: 0,
  }
}

function without(issues: ReadonlySet<string>, others: ReadonlySet<string>): string[] {
  return [...issues].filter(issue => !others.has(issue))
}
