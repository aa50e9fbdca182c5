/** One round: the envelopes of a batch go to the log and the boards table, and every connection that is due gets a post. */
import { startPatience } from '../../lambda/patience.ts'
import type { Clock } from '../../market/clock.ts'
import type { Tick } from '../../market/tick.ts'
import { type EpochMillis, type Millis, nowMillis } from '../../market/units.ts'
import type { Posts } from '../../posts/posts.ts'
import type { Push, PushResult } from '../../posts/push.ts'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import { encodingOf, pacesOf } from '../../tables/connections/connection-reading.ts'
import type { ConnectionsTable } from '../../tables/connections/connections-table.ts'
import { createBoardWriter } from './board-writer.ts'
import { type CaughtUp, catchUp } from './catch-up.ts'
import { createConnectionEnder } from './connection-ender.ts'
import { createEventLog } from './event-log.ts'
import { createEventStore } from './event-store.ts'
import { waitForFirstRead } from './first-read.ts'
import { createGoneMarker } from './gone-marker.ts'
import { createMarketLog } from './market-log.ts'
import { createMembers, isHeld } from './members.ts'
import { sumOfBlame } from './note-result.ts'
import { createPostRound, type PostRoundResult } from './post-round.ts'
import { publishedEvents } from './published-events.ts'
import { readRecords } from './read-records.ts'
import type { TailRecord } from './read-tail.ts'
import { createReconnectWatch } from './reconnect-watch.ts'
import { createRooms, type SendTimes } from './rooms.ts'
import { createStatusSource } from './status-source.ts'
import { createTradeJournal } from './trade-journal.ts'

/**
 * Time that the tables have in a round, from its start (ms). They usually answer within 20 ms. What they answer later goes
 * with a later round, so a slow table delays prices by at most this time. Two waits share it: for members before the posts,
 * and for everything else after them.
 */
export const TABLE_TIME_MS = 50

export interface RoundParts {
  readonly boards: BoardsTable
  readonly connections: ConnectionsTable
  readonly roomCount: number
  readonly clock: Clock
  /** Time that the tables have in a round: {@link TABLE_TIME_MS}. */
  readonly tableTime: Millis
  /** Posts a second of all environments together. */
  readonly postsPerSecond: number
  /** Whether registered users may have the news of the line. */
  readonly publishesNews: boolean
  /** Environments that run at the same time, one a shard. They share the posts, and the pace of each connection. */
  readonly environments: number
  /** Serves a push: in this function if `alone`, else in a function of its own. */
  push(push: Push, alone: boolean): Promise<PushResult>
  /** Messages to single connections. */
  readonly posts: Pick<Posts, 'close' | 'exists' | 'post'>
  /** Reports a problem that must not stop the round. */
  warn(message: string, error: unknown): void
}

/** What the stream had before the first batch of an environment (read-tail.ts). */
export interface Tail {
  readonly records: readonly TailRecord[]
  /** When the first record of the batch arrived. */
  readonly batchAt: EpochMillis
}

export interface RoundResult extends PostRoundResult {
  readonly ticks: number
  readonly badEnvelopes: number
  /** Boards that the table has not taken although their turn has come. */
  readonly boardsDue: number
  /** The tick with the latest time; undefined without ticks. The boards of a key frame do not count. */
  readonly youngest: Tick | undefined
}

export interface Rounds {
  /** Starts to read the members. An environment calls it before it reads the end of the stream, to wait for both at once. */
  readAhead(): void
  /** Takes the end of the stream before the first round of an environment. */
  prepare(tail: Tail): void
  /** Plays a round. @param records envelopes in base64, as Lambda delivers them. */
  play(records: readonly string[]): Promise<RoundResult>
}

/**
 * Creates the rounds of an environment. They share what the environment knows: the log, the members, and the writes that
 * are still due.
 */
export function createRounds(parts: RoundParts): Rounds {
  const { boards, connections, roomCount, clock, tableTime, warn } = parts
  const members = createMembers()
  let caughtUp: CaughtUp | undefined
  /** Boards that the writer has not got yet. The previous environment may not have written those of the tail. */
  const unwritten: Tick[] = []
  const knowsAllMembers = (): boolean => rooms.knownRooms() === roomCount
  const journal = createTradeJournal()
  // Until all members are known, any issue may be held.
  const log = createMarketLog(issue => !knowsAllMembers() || isHeld(members, issue), journal)
  const events = publishedEvents(createEventLog(), parts.publishesNews)
  const rooms = createRooms({
    connections,
    roomCount,
    members,
    welcome(item, isFirst) {
      const { pace } = pacesOf(item)
      const encoding = encodingOf(item)
      const welcome = isFirst ? caughtUp?.welcome(item) : undefined
      const start = welcome ?? { since: isFirst ? 0 : log.round, boards: 'unknown' as const }
      return { ...start, pace, encoding, eventsSince: isFirst ? 0 : events.last }
    },
  })
  const writer = createBoardWriter(boards)
  const marker = createGoneMarker(connections, parts.posts, warn)
  const ender = createConnectionEnder({ ...parts, members, marker })
  const sent: SendTimes = { updates: new Map(), status: undefined }
  const store = createEventStore(boards, clock, warn)
  const statusSource = createStatusSource({ boards, store, events, sent, warn })
  const reconnectWatch = createReconnectWatch({ boards, members, events, warn })
  const known = { members, log, journal, events, marker, statusSource, knowsAllMembers }
  const postRound = createPostRound({ ...parts, ...known })

  /** Reads the changes of members. Waits for them in the first round, and in a round after a pause. */
  const readMembers = async (over: Promise<void>): Promise<{ readonly refresh: Promise<void> }> => {
    const isWorthWaiting = rooms.isWorthWaiting()
    const refresh = rooms
      .refresh(sent)
      .catch(error => warn('members could not be read; the members read before are served', error))
    if (isWorthWaiting) await Promise.race([refresh, over])
    const isNew = rooms.knownRooms() === 0 || (isWorthWaiting && rooms.knownRooms() < roomCount)
    if (isNew) await waitForFirstRead(rooms, refresh, tableTime)
    return { refresh }
  }

  return {
    readAhead: rooms.readAhead,
    prepare({ records, batchAt }) {
      caughtUp = catchUp(log, records, batchAt)
      unwritten.push(...caughtUp.ticks)
      events.append(caughtUp.news)
    },
    async play(records) {
      const { events: arrived, ticks, youngest, errors } = readRecords(records, log)
      for (const error of errors) warn('an envelope could not be read', error)
      const changed = log.endRound(nowMillis())
      // A connection that this round finds may lack these updates: if nobody held an issue, no post had them.
      for (const { board } of changed) sent.updates.set(board.issue, nowMillis())
      const patience = startPatience(tableTime)
      const roundEnd = new AbortController()
      unwritten.push(...changed)
      const startWrite = (): Promise<void> =>
        writer
          .write(unwritten.splice(0), roundEnd.signal)
          .catch(error => warn('boards could not be written', error))
      // A new environment writes the boards of all groups. Its first posts do not wait for the CPU time of that.
      const early = rooms.knownRooms() === 0 ? undefined : startWrite()
      const stored = statusSource.take(arrived, patience.over)
      marker.start()
      const { refresh } = await readMembers(patience.over)
      ender.start(nowMillis())
      reconnectWatch.start()
      // The posts wait for the status if a member without it is due: each of its posts may have updates, and the next may be seconds away.
      const first = await postRound(patience.over)
      const write = early ?? startWrite()
      await stored
      // What the tables have answered meanwhile goes to the members that are due. The others get it with their next post.
      const second = await postRound(patience.over)
      await Promise.race([Promise.all([refresh, write, marker.settled(), ender.settled()]), patience.over])
      patience.end()
      roundEnd.abort()
      await write
      // Until the table has a board, an app that subscribes reads an older one. With this time it gets the whole board later.
      for (const issue of writer.due()) sent.updates.set(issue, nowMillis())
      return {
        ...bothOf(first, second),
        ticks,
        badEnvelopes: errors.length,
        boardsDue: writer.overdue(),
        youngest,
      }
    },
  }
}

function bothOf(first: PostRoundResult, second: PostRoundResult): PostRoundResult {
  return {
    wholes: first.wholes + second.wholes,
    differences: first.differences + second.differences,
    stretch: Math.max(first.stretch, second.stretch),
    pushes: [...first.pushes, ...second.pushes],
    blame: sumOfBlame(first.blame, second.blame),
  }
}
