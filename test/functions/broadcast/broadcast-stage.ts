/** Rounds on real tables and over real HTTP: environments that play them, and apps that are connected meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createRooms, READ_EVERY_MS } from '../../../functions/broadcast/rooms.ts'
import { createRounds } from '../../../functions/broadcast/round.ts'
import { addIssues } from '../../../functions/message/subscriptions.ts'
import { systemClock } from '../../../market/clock.ts'
import type { AppEvent, ServerMessage, Update } from '../../../market/protocol.ts'
import { createPosts } from '../../../posts/posts.ts'
import { pushRoom } from '../../../posts/push.ts'
import type { BoardsTable } from '../../../tables/boards/boards-table.ts'
import {
  addConnection,
  type ConnectionsTable,
  markGone,
  roomOf,
} from '../../../tables/connections/connections-table.ts'
import { startGateway } from '../posts-gateway.ts'
import { startTables, TABLES } from '../tables.ts'

export const ROOM_COUNT = 3

/** Tables and a gateway for the tests of a file, which end with `close`. */
export async function openStage() {
  const tables = await startTables()
  const gateway = await startGateway()
  const boards: BoardsTable = { client: tables.client, table: TABLES.BOARDS_TABLE }
  const connections: ConnectionsTable = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
  let connectionCount = 0
  /** Connection → its room. */
  const present = new Map<string, string>()
  return {
    gateway,
    boards,
    connections,

    /** A warm environment of broadcast, what it warned of, and for each push whether it was the only one of its round. */
    environment(source = boards) {
      const posts = createPosts(gateway.endpoint)
      const warnings: [message: string, error: unknown][] = []
      const alone: boolean[] = []
      const play = createRounds({
        boards: source,
        rooms: createRooms(connections, ROOM_COUNT),
        clock: systemClock,
        push: (push, isAlone) => {
          alone.push(isAlone)
          return pushRoom(push, posts, connections)
        },
        warn: (message, error) => warnings.push([message, error]),
      })
      return { play, warnings, alone }
    },

    /** The table, which can be away. */
    awayTable() {
      const client = new DynamoDBClient({ maxAttempts: 1 })
      const state = { isAway: false }
      client.middlewareStack.add(
        next => args => {
          if (state.isAway) throw new Error('away')
          return next(args)
        },
        { step: 'initialize' },
      )
      return { source: { ...boards, client }, state }
    },

    /** @returns a connection that holds these issues, like no other of the file. */
    async connect(...issues: string[]): Promise<string> {
      const id = `app${++connectionCount}=`
      const room = roomOf(id, ROOM_COUNT)
      await addConnection(connections, room, id)
      if (issues.length > 0) await addIssues(connections, room, id, issues)
      present.set(id, room)
      return id
    },

    /** Ends all connections: nobody of one test stays for the next. */
    async clear(): Promise<void> {
      for (const [id, room] of present) await markGone(connections, room, id)
      present.clear()
    },

    async close(): Promise<void> {
      await gateway[Symbol.asyncDispose]()
      await tables[Symbol.asyncDispose]()
    },
  }
}

export const updatesOf = (messages: readonly ServerMessage[]): Update[] =>
  messages.flatMap(message => (message.type === 'updates' ? message.updates : []))
export const eventsOf = (messages: readonly ServerMessage[]): AppEvent[] =>
  messages.flatMap(message => (message.type === 'event' ? [message.event] : []))

/** Plays the round beside which the members are read again. */
export async function readMembers(play: (records: readonly string[]) => Promise<unknown>): Promise<void> {
  await sleep(READ_EVERY_MS + 10)
  await play([])
}
