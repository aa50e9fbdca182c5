/** A stage for tests of rounds: tables, a gateway over HTTP, environments of broadcast, and connected apps. */
import type { TestContext } from 'node:test'
import { READ_EVERY_MS } from '../../../functions/broadcast/rooms.ts'
import { createRounds } from '../../../functions/broadcast/round.ts'
import { addIssues } from '../../../functions/message/subscriptions.ts'
import { systemClock } from '../../../market/clock.ts'
import type { AppEvent, ServerMessage, Update } from '../../../market/protocol.ts'
import { plainUpdate } from '../../../market/quote-row.ts'
import { createPosts } from '../../../posts/posts.ts'
import { pushRoom } from '../../../posts/push.ts'
import type { BoardsTable } from '../../../tables/boards/boards-table.ts'
import {
  addConnection,
  type ConnectionsTable,
  markGone,
  roomOf,
} from '../../../tables/connections/connections-table.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { startGateway } from '../posts-gateway.ts'
import { startTables, TABLES } from '../tables.ts'

export const ROOM_COUNT = 3
/** Time for the tables in tests in which no table is in trouble (ms). */
const PATIENT_MS = 5_000

/** More than the rounds of a test post. */
const POSTS_PER_SECOND = 10_000
/** Every round may post to a connection. */
const NO_PACE = { pace: 0, fastestPace: 0 }

/** Starts tables and a gateway for all tests of a file. `close` ends them. */
export async function openStage() {
  const tables = await startTables()
  const gateway = await startGateway()
  const boards: BoardsTable = { client: tables.client, table: TABLES.BOARDS_TABLE }
  const connections: ConnectionsTable = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
  let connectionCount = 0
  /** The room of each open connection. */
  const roomsOfApps = new Map<string, string>()
  return {
    gateway,
    boards,
    connections,

    /**
     * Starts an environment of broadcast. `alone` has, for each push, whether the round had no other push.
     * @param tableTime posts wait for the tables this long (ms). By default long enough for a busy machine.
     */
    environment(source = boards, tableTime = PATIENT_MS, members = connections, publishesNews = true) {
      const posts = createPosts(gateway.endpoint)
      const warnings: [message: string, error: unknown][] = []
      const alone: boolean[] = []
      const { play, prepare } = createRounds({
        boards: source,
        connections: members,
        roomCount: ROOM_COUNT,
        clock: systemClock,
        tableTime,
        postsPerSecond: POSTS_PER_SECOND,
        publishesNews,
        environments: 1,
        push: (push, isAlone) => {
          alone.push(isAlone)
          return pushRoom(push, posts)
        },
        posts,
        warn: (message, error) => warnings.push([message, error]),
      })
      return { play, prepare, warnings, alone }
    },

    /**
     * Returns the boards table with a client that fails while `state.isAway` is true. While `state.losesAnswers` is
     * true, the table takes a single put, and the client gets no answer.
     */
    awayTable() {
      const client = createDynamoDB({ maxAttempts: 1 })
      const state = { isAway: false, losesAnswers: false }
      client.middlewareStack.add(
        (next, { commandName }) =>
          async args => {
            if (state.isAway) throw new Error('away')
            const answer = await next(args)
            if (state.losesAnswers && commandName === 'PutItemCommand') throw new Error('no answer')
            return answer
          },
        { step: 'initialize' },
      )
      return { source: { ...boards, client }, state }
    },

    /** Opens a connection with a new id that holds `issues`. Returns the id. */
    async connect(...issues: string[]): Promise<string> {
      const id = `app${++connectionCount}=`
      const room = roomOf(id, ROOM_COUNT)
      await addConnection(connections, room, id, NO_PACE)
      if (issues.length > 0) await addIssues(connections, room, id, issues)
      roomsOfApps.set(id, room)
      return id
    },

    /** Ends all connections, so that the next test starts without any. */
    async clear(): Promise<void> {
      for (const [id, room] of roomsOfApps) await markGone(connections, room, id)
      roomsOfApps.clear()
    },

    async close(): Promise<void> {
      await gateway[Symbol.asyncDispose]()
      await tables[Symbol.asyncDispose]()
    },
  }
}

export const updatesOf = (messages: readonly ServerMessage[]): Update[] =>
  messages.flatMap(message => (message.type === 'updates' ? message.updates.map(plainUpdate) : []))
/** Returns the events of messages, without heartbeats: a test whose time passes gets them between any others. */
export const eventsOf = (messages: readonly ServerMessage[]): AppEvent[] =>
  messages
    .flatMap(message => (message.type === 'updates' ? (message.events ?? []) : []))
    .filter(({ type }) => type !== 'time')

/** Stops the clock that decides when rooms are read. {@link readMembers} moves it. */
export function stopClock({ mock }: TestContext): void {
  mock.timers.enable({ apis: ['Date'], now: Date.now() })
}

/** Plays a round in which the members are read again. */
export async function readMembers(
  { mock }: TestContext,
  play: (records: readonly string[]) => Promise<unknown>,
): Promise<void> {
  mock.timers.tick(READ_EVERY_MS)
  await play([])
}
