import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  addConnection,
  type ConnectionsTable,
  markGone,
  readConnection,
} from '../../../tables/connections/connections-table.ts'
import { writeKeptKeys } from '../../../tables/connections/kept-keys.ts'
import { askToEnd, readUserConnections } from '../../../tables/connections/user-connections.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

let tables: Tables
let connections: ConnectionsTable
let scans = 0
before(async () => {
  tables = await startTables({
    answer: ({ operation, input, run }) => {
      if (operation === 'Scan') scans++
      return run(input)
    },
  })
  connections = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
})
after(() => tables[Symbol.asyncDispose]())

const idsOf = async (user: string): Promise<string[]> =>
  (await readUserConnections(connections, user)).map(({ connection }) => connection).sort()

test('the open connections of a user are found in all rooms, and no others', async () => {
  await addConnection(connections, 'room-0', 'a', { user: 'ken' })
  await addConnection(connections, 'room-3', 'b', { user: 'ken' })
  await addConnection(connections, 'room-3', 'gone', { user: 'ken' })
  await markGone(connections, 'room-3', 'gone')
  await addConnection(connections, 'room-3', 'c', { user: 'kenji' })
  // An item of an older release, and one that is no connection.
  await addConnection(connections, 'room-3', 'older')
  await writeKeptKeys({ client: tables.client, table: TABLES.CONNECTIONS_TABLE }, 'ken', [])
  assert.deepEqual(await idsOf('ken'), ['a', 'b'])
  assert.deepEqual(await idsOf('nobody'), [])
})

test('a table of several pages is read to its end', async () => {
  // 40 clients of 60 KB are more than 1 MB, whatever the order of the partitions.
  for (let index = 0; index < 40; index++)
    await addConnection(connections, `room-${index % 10}`, `long-${index}`, {
      user: index % 20 === 0 ? 'long' : 'other',
      client: 'x'.repeat(60_000),
    })
  scans = 0
  assert.deepEqual(await idsOf('long'), ['long-0', 'long-20'])
  assert.ok(scans >= 3, `expected three pages, got ${scans}`)
})

test('a connection is asked to end, unless it has ended', async () => {
  await addConnection(connections, 'room-1', 'open', { user: 'yui' })
  await addConnection(connections, 'room-1', 'ended', { user: 'yui' })
  const before = await markGone(connections, 'room-1', 'ended')
  for (const connection of ['open', 'ended', 'unknown'])
    await askToEnd(connections, { room: 'room-1', connection }, 'access-ended')
  const item = await readConnection(connections, 'room-1', 'open')
  assert.equal(item?.ends, 'access-ended')
  assert.ok(item.changedAt <= Date.now())
  assert.deepEqual(await readConnection(connections, 'room-1', 'ended'), before)
  assert.equal(await readConnection(connections, 'room-1', 'unknown'), undefined)
})
