/** Who is in which room and holds which issues: read once whole, then by what changed. */
import { type Connection, type ConnectionsTable, readRoom, roomName } from '../shared/connections.ts'

/**
 * Rooms are read again no sooner than this (ms). A connection that subscribes in between is owed the boards it
 * could have missed, and gets them whole with the next round.
 */
export const READ_EVERY_MS = 250
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
  /** No posts before this time (epoch ms). */
  restsUntil: number
  /** Failed posts since the last good one. */
  failures: number
}

export interface Rooms {
  /**
   * Reads what changed, if it is time to.
   * @param sentAt when the last update of an issue was sent (epoch ms), `undefined` if never.
   */
  refresh(sentAt: (issue: string) => number | undefined): Promise<void>
  /** Everybody who holds an issue. */
  holding(issue: string): Iterable<Member>
  members(): Iterable<Member>
  remove(member: Member): void
  /** Notes that a member got its posts. */
  served(member: Member): void
  /** Notes that a member did not get its posts, which were of `issues`. */
  failed(member: Member, issues: Iterable<string>): void
}

export function createRooms(table: ConnectionsTable, roomCount: number): Rooms {
  const members = new Map<string, Member>()
  const holders = new Map<string, Set<Member>>()
  const readAt = new Map<string, number>()

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

  const apply = (room: string, found: Connection, mayHaveMissed: (issue: string) => boolean): void => {
    let member = members.get(found.id)
    if (found.gone) {
      if (member !== undefined) remove(member)
      return
    }
    if (member === undefined) {
      member = {
        connection: found.id,
        room,
        issues: new Set(),
        fresh: new Set(),
        owed: new Set(),
        restsUntil: 0,
        failures: 0,
      }
      members.set(found.id, member)
    }
    const issues = new Set(found.issues)
    const added = without(issues, member.issues)
    setIssues(member, issues)
    for (const issue of added) (mayHaveMissed(issue) ? member.owed : member.fresh).add(issue)
  }

  return {
    async refresh(sentAt) {
      const start = Date.now()
      const due = Array.from({ length: roomCount }, (_, index) => roomName(index)).filter(
        room => start - (readAt.get(room) ?? 0) >= READ_EVERY_MS,
      )
      const reads = due.map(async room => {
        const before = readAt.get(room)
        const since = before === undefined ? undefined : before - CHANGE_OVERLAP_MS
        for (const found of await readRoom(table, room, since)) {
          apply(room, found, issue => (sentAt(issue) ?? 0) >= (since ?? start - CHANGE_OVERLAP_MS))
        }
        readAt.set(room, start)
      })
      const failed = (await Promise.allSettled(reads)).filter(read => read.status === 'rejected')
      if (failed.length > 0)
        throw new AggregateError(
          failed.map(f => f.reason),
          'rooms could not be read',
        )
    },
    holding: issue => holders.get(issue) ?? [],
    members: () => members.values(),
    remove,
    served(member) {
      member.failures = 0
    },
    failed(member, issues) {
      member.restsUntil = Date.now() + Math.min(REST_MS * 2 ** member.failures++, LONGEST_REST_MS)
      for (const issue of issues) if (member.issues.has(issue)) member.owed.add(issue)
    },
  }
}

function without(issues: ReadonlySet<string>, others: ReadonlySet<string>): string[] {
  return [...issues].filter(issue => !others.has(issue))
}
