import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { nowMillis } from '../../../market/units.ts'
import {
  addConnection,
  type ConnectionsTable,
  markGone,
  openConnections,
  roomOf,
} from '../../../tables/connections/connections-table.ts'
import { getItem } from '../../../tables/dynamodb.ts'
import { addUserConnection } from '../../../tables/users/connection-places.ts'
import { CONNECTIONS_ITEM, userId } from '../../../tables/users/users-keys.ts'
import type { UserConnectionsItem, UsersTable } from '../../../tables/users/users-table.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

const ROOMS = 2
const MOST = 3

let tables: Tables
let users: UsersTable
let connections: ConnectionsTable
before(async () => {
  tables = await startTables()
  users = { client: tables.client, table: TABLES.USERS_TABLE }
  connections = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
})
after(() => tables[Symbol.asyncDispose]())

const openOf = (ids: readonly string[]) => openConnections(connections, ids, ROOMS)
const add = (user: string, connection: string, most = MOST) =>
  addUserConnection(users, user, connection, { most, openOf })
const itemOf = (user: string) =>
  getItem<UserConnectionsItem>(users, { id: userId(user), item: CONNECTIONS_ITEM })
const idsOf = async (user: string) => Object.keys((await itemOf(user))?.connections ?? {}).sort()
/** Stores connections, as connect does after it has added them. */
async function store(...ids: string[]): Promise<void> {
  for (const id of ids) await addConnection(connections, roomOf(id, ROOMS), id)
}

test('a user has a place for each connection up to the limit, whatever other users have', async () => {
  for (const id of ['a1=', 'a2=', 'a3=']) assert.equal(await add('ken', id), true)
  assert.equal(await add('ken', 'a4='), false)
  assert.equal(await add('yui', 'b1='), true)
  assert.deepEqual([await idsOf('ken'), await idsOf('yui')], [['a1=', 'a2=', 'a3='], ['b1=']])
  const item = await itemOf('ken')
  const left = Number(item?.expires) - nowMillis() / 1000
  assert.ok(left > 7_790 && left <= 7_801, `expires in ${left} s`)
})

test('connections that have ended make room, and those that start or are open do not', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  for (const id of ['open=', 'gone=', 'lost=']) assert.equal(await add('mai', id), true)
  await store('open=', 'gone=')
  await markGone(connections, roomOf('gone=', ROOMS), 'gone=')
  t.mock.timers.tick(14_999)
  assert.equal(await add('mai', 'next='), false)
  t.mock.timers.tick(1)
  assert.equal(await add('mai', 'next='), true)
  assert.deepEqual(await idsOf('mai'), ['next=', 'open='])
})

test('an entry counts two hours and ten minutes at most', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  for (const id of ['c1=', 'c2=', 'c3=']) await add('rei', id)
  await store('c1=', 'c2=', 'c3=')
  t.mock.timers.tick(7_800_000 - 1)
  assert.equal(await add('rei', 'c4='), false)
  t.mock.timers.tick(1)
  assert.equal(await add('rei', 'c4='), true)
  assert.deepEqual(await idsOf('rei'), ['c4='])
})

test('connects at the same time get the free places, and no more', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  for (const id of ['old1=', 'old2=', 'old3=']) await add('crowd', id)
  t.mock.timers.tick(60_000)
  const added = await Promise.all(Array.from({ length: 12 }, (_, index) => add('crowd', `n${index}=`)))
  assert.equal(added.filter(isAdded => isAdded).length, MOST)
  assert.equal((await idsOf('crowd')).length, MOST)
  const first = await Promise.all(Array.from({ length: 12 }, (_, index) => add('new', `f${index}=`)))
  assert.equal(first.filter(isAdded => isAdded).length, MOST)
})
