/** A stage for tests of rooms: the connections table, and the rooms of an environment at a mocked time. */
import { after, before, type TestContext } from 'node:test'
import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb'
import { createMembers } from '../../../functions/broadcast/members.ts'
import { createRooms, type SendTimes } from '../../../functions/broadcast/rooms.ts'
import { addIssues } from '../../../functions/message/subscriptions.ts'
import { nowMillis } from '../../../market/units.ts'
import { addConnection, type ConnectionsTable } from '../../../tables/connections/connections-table.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const NOW = Date.parse('2026-11-20T09:00:00+09:00')

/** Starts the tables for all tests of a file, and ends them. */
export function roomsStage() {
  let tables: Tables
  before(async () => {
    tables = await startTables()
  })
  after(() => tables[Symbol.asyncDispose]())

  /** Tests so far. */
  let count = 0

  /** The rooms of an environment at a mocked time. Each test has an hour of its own: the table keeps its connections. */
  function openRooms(t: TestContext, roomCount = 1) {
    t.mock.timers.enable({ apis: ['Date'], now: NOW + 3_600_000 * ++count })
    const client = createDynamoDB({ maxAttempts: 1 })
    /** The `since` of each read; undefined for a whole read. */
    const reads: (number | undefined)[] = []
    const state = {
      isAway: false,
      before: async (_room: unknown) => {},
      boards: 'unknown' as 'current' | 'owed' | 'unknown',
    }
    client.middlewareStack.add(
      next => async args => {
        const { ExpressionAttributeValues } = args.input as QueryCommandInput
        reads.push(ExpressionAttributeValues?.[':since'] as number | undefined)
        await state.before(ExpressionAttributeValues?.[':room'])
        if (state.isAway) throw new Error('away')
        return next(args)
      },
      { step: 'initialize' },
    )
    const members = createMembers()
    const welcomes: { readonly connection: string; readonly isFirst: boolean }[] = []
    const rooms = createRooms({
      connections: { client, table: TABLES.CONNECTIONS_TABLE },
      roomCount,
      members,
      welcome({ connection }, isFirst) {
        welcomes.push({ connection, isFirst })
        return { pace: 500, encoding: 'json', since: 3, eventsSince: 2, boards: state.boards }
      },
    })
    const sent: SendTimes = { updates: new Map(), status: undefined }
    return {
      ...rooms,
      members,
      welcomes,
      reads,
      state,
      sent,
      read: () => rooms.refresh(sent),
      start: nowMillis(),
    }
  }

  const connections = (): ConnectionsTable => ({ client: tables.client, table: TABLES.CONNECTIONS_TABLE })

  /** Stores a connection in room 0. */
  async function connect(app: string, ...issues: string[]): Promise<void> {
    await addConnection(connections(), 'room-0', app)
    if (issues.length > 0) await addIssues(connections(), 'room-0', app, issues)
  }

  return {
    openRooms,
    connections,
    connect,
    /** Returns a name for a connection that no other test uses. */
    name: (prefix: string) => `${prefix} ${count}`,
  }
}
