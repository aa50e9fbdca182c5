/** Keeps the members up to date with the connections table: reads each room whole once, then only its changes. */
import { addMillis, asEpochMillis, type EpochMillis, nowMillis } from '../../market/units.ts'
import { pacesOf, subscriptionsOf } from '../../tables/connections/connection-reading.ts'
import {
  type ConnectionItem,
  type ConnectionsTable,
  readRoom,
  roomName,
  WRITE_WITHIN_MS,
} from '../../tables/connections/connections-table.ts'
import { addMember, type Member, type MemberStart, type Members, removeMember, setIssues } from './members.ts'
import { noteSince } from './note-since.ts'

/**
 * Shortest time (ms) between two reads of a room. A connection that subscribes between two reads may miss updates. It
 * gets the whole boards instead, in the round after the read.
 */
export const READ_EVERY_MS = 250
/** The same for a room without a change in the last {@link QUIET_AFTER_MS}. Most rooms are quiet. */
const READ_QUIET_EVERY_MS = 1_000
const QUIET_AFTER_MS = 5_000
/**
 * If the last read of a room is older (ms), the room is read before anything is sent: after a pause, an environment
 * does not know who has connected and who has left. Rooms in use are read at least twice as often.
 */
export const STALE_AFTER_MS = 2 * READ_QUIET_EVERY_MS
/**
 * A read looks back this much further (ms) than the read before: a change may become visible some time after its
 * `changedAt`. Half of the time is for the write, the other half for clocks that differ.
 */
const CHANGE_OVERLAP_MS = 2 * WRITE_WITHIN_MS

/** Requests for whole boards older than this (ms) are ignored: a connection asks again after seconds (client/timing.ts). */
const ASKED_REACH_MS = 10_000

/** When this environment has sent updates and events. */
export interface SendTimes {
  /** By issue: the last update. */
  readonly updates: Map<string, EpochMillis>
  /** The last phase or line state; undefined for never. */
  status: EpochMillis | undefined
}

/** When a room was read last, and when a read found a change last. */
interface RoomRead {
  readonly at: EpochMillis
  readonly changedAt: EpochMillis
}

/** What a connection has when this environment finds it. */
export interface Welcome extends MemberStart {
  /**
   * What the connection has of its issues. `current`: all updates up to its round, unless it was far behind (`mayBeBehind`
   * of Member). `owed`: it may have missed an update. `unknown`: its next update is a whole board.
   */
  readonly boards: 'current' | 'owed' | 'unknown'
}

export interface RoomsParts {
  readonly connections: ConnectionsTable
  readonly roomCount: number
  readonly members: Members
  /** Returns what a connection has. @param isFirst this is the first read of its room in this environment. */
  welcome(item: ConnectionItem, isFirst: boolean): Welcome
}

/** A read of a room that has started before its members are wanted. */
interface EarlyRead {
  readonly at: EpochMillis
  readonly items: Promise<ConnectionItem[]>
}

export interface Rooms {
  /** Starts to read all rooms. The first refresh takes the answers, which may come while something else is awaited. */
  readAhead(): void
  /** Returns the number of rooms whose members are known. */
  knownRooms(): number
  /**
   * Returns whether a new read may find members that posts have to respect: a room was not read in the last
   * {@link STALE_AFTER_MS}, and its last read has neither failed nor taken longer than its round.
   */
  isWorthWaiting(): boolean
  /**
   * Reads the changes of the rooms that are due. A read may continue in later rounds: it changes nothing in the table.
   * @param sent send times, to find the updates and events that a new member may have missed.
   * @throws AggregateError if rooms could not be read. The others are up to date.
   */
  refresh(sent: SendTimes): Promise<void>
}

export function createRooms({ connections, roomCount, members, welcome }: RoomsParts): Rooms {
  const reads = new Map<string, RoomRead>()
  const reading = new Map<string, Promise<void>>()
  /** Rooms whose last read failed. */
  const failing = new Set<string>()
  const errors: unknown[] = []
  const ahead = new Map<string, EarlyRead>()
  const roomNames = shuffled(Array.from({ length: roomCount }, (_, index) => roomName(index)))

  /**
   * Applies a connection's item to the members.
   * @param since the connection may have missed what was sent at or after this time.
   * @returns whether anything has changed.
   */
  const applyItem = (
    item: ConnectionItem,
    isFirst: boolean,
    sent: SendTimes,
    since: EpochMillis,
  ): boolean => {
    const present = members.byConnection.get(item.connection)
    if (item.gone) {
      if (present !== undefined) removeMember(members, present)
      return present !== undefined
    }
    const start = present === undefined ? welcome(item, isFirst) : undefined
    const member = present ?? addMember(members, item.connection, item.room, start!)
    const countBefore = member.issues.size
    const added = setIssues(members, member, subscriptionsOf(item))
    if (start?.boards !== 'current') {
      for (const issue of added) {
        const mayHaveMissed = start?.boards === 'owed' || (sent.updates.get(issue) ?? -1) >= since
        const issues = mayHaveMissed ? member.owed : member.fresh
        issues.add(issue)
      }
    } else member.mayBeBehind = true
    const asksBoards = oweAsked(member, item)
    const asksTrades = noteSince(member, item)
    const isPrepared = isFirst && start?.boards !== 'unknown'
    if (start !== undefined && (isPrepared || (sent.status ?? -1) >= since)) member.lacksStatus = true
    return (
      noteItem(member, item) ||
      asksBoards ||
      asksTrades ||
      start !== undefined ||
      added.length > 0 ||
      member.issues.size !== countBefore
    )
  }

  const readChanges = async (room: string, now: EpochMillis, sent: SendTimes): Promise<void> => {
    const last = reads.get(room)
    const since = last === undefined ? undefined : addMillis(last.at, -CHANGE_OVERLAP_MS)
    const early = ahead.get(room)
    ahead.delete(room)
    let isChanged = false
    for (const item of await (early?.items ?? readRoom(connections, room, since))) {
      const isFirst = since === undefined
      isChanged = applyItem(item, isFirst, sent, since ?? asEpochMillis(0)) || isChanged
    }
    reads.set(room, { at: early?.at ?? now, changedAt: isChanged ? now : (last?.changedAt ?? now) })
  }

  const startRead = async (room: string, sent: SendTimes): Promise<void> => {
    try {
      await readChanges(room, nowMillis(), sent)
      failing.delete(room)
    } catch (error) {
      failing.add(room)
      errors.push(error)
    } finally {
      reading.delete(room)
    }
  }

  const isDue = (room: string): boolean => {
    const last = reads.get(room)
    return !reading.has(room) && (last === undefined || nowMillis() >= nextRead(last))
  }

  return {
    readAhead() {
      for (const room of roomNames) {
        const items = readRoom(connections, room)
        // The refresh that takes the answer reports its error.
        items.catch(() => {})
        ahead.set(room, { at: nowMillis(), items })
      }
    },
    knownRooms: () => reads.size,
    isWorthWaiting() {
      const oldest = addMillis(nowMillis(), -STALE_AFTER_MS)
      return roomNames.some(
        room => (reads.get(room)?.at ?? -1) < oldest && !failing.has(room) && !reading.has(room),
      )
    },
    async refresh(sent) {
      for (const room of roomNames) if (isDue(room)) reading.set(room, startRead(room, sent))
      await Promise.all(reading.values())
      const failures = errors.splice(0)
      if (failures.length === 0) return
      const message = `${failures.length} of ${roomCount} rooms could not be read: ${failures[0]}`
      throw new AggregateError(failures, message)
    },
  }
}

/**
 * Returns the names in a random order. Members are served in the order of their rooms. If environments end before they have
 * served everybody, the next one begins with other rooms.
 */
function shuffled(names: readonly string[]): string[] {
  return names
    .map(name => ({ name, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ name }) => name)
}

function nextRead({ at, changedAt }: RoomRead): EpochMillis {
  return addMillis(at, at - changedAt < QUIET_AFTER_MS ? READ_EVERY_MS : READ_QUIET_EVERY_MS)
}

/**
 * Notes the whole boards that a connection has asked for since its item was read last. The previous environment has
 * answered older requests. Returns whether there is a new request.
 */
function oweAsked(member: Member, { asked = new Set(), askedAt }: ConnectionItem): boolean {
  const known = Math.max(member.askedAt, addMillis(nowMillis(), -ASKED_REACH_MS))
  if (askedAt === undefined || askedAt <= known) return false
  member.askedAt = askedAt
  for (const issue of asked) if (member.issues.has(issue)) member.owed.add(issue)
  return true
}

/** Notes the pace, the time and the end of a connection's item. Returns whether the pace has changed. */
function noteItem(member: Member, item: ConnectionItem): boolean {
  const { changedAt } = item
  const { pace } = pacesOf(item)
  const isChanged = pace !== member.pace
  // A faster pace holds at once, not after the slow interval that has begun.
  member.freeAt = addMillis(member.freeAt, Math.min(0, pace - member.pace))
  member.pace = pace
  member.changedAt = changedAt
  member.connectedAt = item.connectedAt
  member.tokenExpires = item.tokenExpires
  member.ends = item.ends
  member.quietRound = -1
  return isChanged
}
