import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type AttributeValue, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { addIssues } from '../../../functions/message/subscriptions.ts'
import { addMillis, asEpochMillis, asEpochSeconds, type EpochMillis } from '../../../market/units.ts'
import {
  addConnection,
  type ConnectionsTable,
  changeConnection,
  markGone,
  readRoom,
} from '../../../tables/connections/connections-table.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

const ROOM = 'room-0'

let tables: Tables
let connections: ConnectionsTable
before(async () => {
  tables = await startTables()
  connections = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
})
after(() => tables[Symbol.asyncDispose]())

/** Returns the attributes of a connection as DynamoDB stores them. */
async function storedAttributes(connection: string): Promise<Record<string, AttributeValue> | undefined> {
  const Key = { room: { S: ROOM }, connection: { S: connection } }
  return (await tables.client.send(new GetItemCommand({ TableName: connections.table, Key }))).Item
}

test('a connection keeps its attribute types from connect to disconnect', async t => {
  const now = Date.parse('2026-11-20T09:00:00+09:00')
  t.mock.timers.enable({ apis: ['Date'], now })
  const keys = { room: { S: ROOM }, connection: { S: 'app' } }
  const expires = { N: String(now / 1000 + 7_800) }
  await addConnection(connections, ROOM, 'app', {
    pace: 1_000,
    fastestPace: 250,
    encoding: 'deflate-1',
    user: 'ken',
    tokenExpires: asEpochSeconds(now / 1000 + 3_600),
    connectedAt: asEpochMillis(now - 20),
    client: 'itastream-js/1.0.0',
  })
  const holder = {
    user: { S: 'ken' },
    tokenExpires: { N: String(now / 1000 + 3_600) },
    connectedAt: { N: String(now - 20) },
    client: { S: 'itastream-js/1.0.0' },
  }
  const paces = { pace: { N: '1000' }, fastestPace: { N: '250' } }
  const connected = {
    ...keys,
    changedAt: { N: String(now) },
    expires,
    ...paces,
    encoding: { S: 'deflate-1' },
    ...holder,
  }
  assert.deepEqual(await storedAttributes('app'), connected)

  t.mock.timers.tick(5)
  await addIssues(connections, ROOM, 'app', ['7203'])
  await addIssues(connections, ROOM, 'app', ['6758'], 'quote')
  await addIssues(connections, ROOM, 'app', ['9984'], 'quote-trades')
  const changed = { ...connected, changedAt: { N: String(now + 5) } }
  const sets = {
    issues: { SS: ['7203'] },
    quotes: { SS: ['6758', '9984'] },
    quotesWithTrades: { SS: ['9984'] },
  }
  assert.deepEqual(await storedAttributes('app'), { ...changed, ...sets })

  await changeConnection(connections, ROOM, 'app', {
    set: { pace: 2_000 },
    more: '',
    condition: { expression: 'attribute_exists(changedAt)' },
  })
  assert.deepEqual(await storedAttributes('app'), { ...changed, ...sets, pace: { N: '2000' } })

  t.mock.timers.tick(995)
  const gone = await markGone(connections, ROOM, 'app')
  assert.deepEqual([gone?.user, gone?.client, gone?.gone], ['ken', 'itastream-js/1.0.0', true])
  assert.deepEqual(await storedAttributes('app'), {
    ...keys,
    changedAt: { N: String(now + 1_000) },
    expires: { N: String(now / 1000 + 601) },
    pace: { N: '2000' },
    fastestPace: { N: '250' },
    encoding: { S: 'deflate-1' },
    ...holder,
    gone: { BOOL: true },
  })
})

test('an unknown connection that is marked as gone does not appear in the table', async () => {
  assert.equal(await markGone(connections, ROOM, 'unknown'), undefined)
  assert.equal(await storedAttributes('unknown'), undefined)
})

test('a room is read whole, or only its changes since a time', async t => {
  const now = asEpochMillis(Date.parse('2026-11-20T10:00:00+09:00'))
  t.mock.timers.enable({ apis: ['Date'], now })
  const room = 'room-1'
  await addConnection(connections, room, 'early')
  t.mock.timers.tick(1_000)
  await addConnection(connections, room, 'late')
  await addIssues(connections, room, 'late', ['7203', '6758'])
  const idsSince = async (since?: EpochMillis): Promise<string[]> =>
    (await readRoom(connections, room, since)).map(({ connection }) => connection).sort()
  assert.deepEqual(await idsSince(), ['early', 'late'])
  assert.deepEqual(await idsSince(addMillis(now, 1_000)), ['late'])
  assert.deepEqual(await idsSince(addMillis(now, 1_001)), [])
  const [late] = await readRoom(connections, room, addMillis(now, 1_000))
  assert.deepEqual(late?.issues, new Set(['6758', '7203']))
})

/** A table whose answers take `delaysMs`, one after the other, by the mocked clock. */
function slowTable(tick: (milliseconds: number) => void, delaysMs: readonly number[]) {
  const client = createDynamoDB()
  const state = { requests: 0 }
  client.middlewareStack.add(
    next => async args => {
      const answer = await next(args)
      tick(delaysMs[state.requests++] ?? delaysMs.at(-1) ?? 0)
      return answer
    },
    { step: 'initialize' },
  )
  return { connections: { ...connections, client }, state }
}

const SUBSCRIBE = { expression: 'attribute_exists(changedAt)', values: { ':issues': new Set(['7203']) } }

test('a write that took too long is repeated with a new time of change', async t => {
  const now = Date.parse('2026-11-20T11:00:00+09:00')
  t.mock.timers.enable({ apis: ['Date'], now })
  await addConnection(connections, ROOM, 'slow')
  const slow = slowTable(milliseconds => t.mock.timers.tick(milliseconds), [1_001, 1_000])
  const change = { more: 'ADD issues :issues', condition: SUBSCRIBE }
  const changed = await changeConnection(slow.connections, ROOM, 'slow', change)
  assert.deepEqual([changed?.changedAt, changed?.issues], [now + 1_001, new Set(['7203'])])
  assert.equal(slow.state.requests, 2)
  const stored = await storedAttributes('slow')
  assert.deepEqual(stored?.changedAt, { N: String(now + 1_001) })
})

test('a change fails at its deadline if no write is fast enough', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-11-20T12:00:00+09:00') })
  await addConnection(connections, ROOM, 'stuck')
  const slow = slowTable(milliseconds => t.mock.timers.tick(milliseconds), [2_000])
  const change = { more: 'ADD issues :issues', condition: SUBSCRIBE }
  await assert.rejects(changeConnection(slow.connections, ROOM, 'stuck', change), {
    name: 'DeadlineError',
    message:
      /^expected a write of connection stuck in at most 1000 ms before the deadline, got a write of 2000 ms \(3 attempts\)$/,
  })
})

test('a throttled change is not repeated: the client of the table repeats requests', async () => {
  const client = createDynamoDB({ maxAttempts: 1 })
  let requests = 0
  client.middlewareStack.add(
    () => async () => {
      requests++
      throw Object.assign(new Error('too fast'), { name: 'ThrottlingException' })
    },
    { step: 'initialize' },
  )
  await assert.rejects(markGone({ ...connections, client }, ROOM, 'app'), /too fast/)
  assert.equal(requests, 1)
})
