import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { NotConnected, openConnection } from '../../../functions/message/open-connection.ts'
import { addIssues, removeIssues, TooManyIssues } from '../../../functions/message/subscriptions.ts'
import type { View } from '../../../market/view.ts'
import { subscriptionsOf } from '../../../tables/connections/connection-reading.ts'
import { addConnection, markGone } from '../../../tables/connections/connections-table.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const ROOM = 'room-0'
const codes = (count: number, from = 1000): string[] =>
  Array.from({ length: count }, (_, index) => String(from + index))

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** Stores a connection. `commands` has the requests of its subscriptions; `refuses`: no update meets its condition. */
async function open(app: string) {
  const client = createDynamoDB()
  const state = { commands: [] as string[], refuses: false }
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      args => {
        state.commands.push(commandName)
        if (state.refuses && commandName === 'UpdateItemCommand')
          throw new ConditionalCheckFailedException({ message: 'refused', $metadata: {} })
        return next(args)
      },
    { step: 'initialize' },
  )
  const connections = { client, table: TABLES.CONNECTIONS_TABLE }
  await addConnection({ ...connections, client: tables.client }, ROOM, app)
  return {
    state,
    add: (issues: readonly string[], view?: View) => addIssues(connections, ROOM, app, issues, view),
    remove: (issues: readonly string[]) => removeIssues(connections, ROOM, app, issues),
    views: async () => subscriptionsOf(await openConnection(connections, ROOM, app)),
    held: async () => [...subscriptionsOf(await openConnection(connections, ROOM, app)).keys()].sort(),
    end: () => markGone({ ...connections, client: tables.client }, ROOM, app),
  }
}

test('a connection holds up to 200 issues; new issues take one write', async () => {
  const { add, held, state } = await open('full')
  assert.deepEqual(await held(), [])
  state.commands.length = 0
  await add(codes(1))
  await add(codes(199, 1001))
  assert.deepEqual(state.commands, ['UpdateItemCommand', 'UpdateItemCommand'])
  assert.deepEqual(await held(), codes(200))
  await assert.rejects(add(codes(1, 2000)), {
    name: 'TooManyIssues',
    message: 'expected at most 200 issues in view board, got 200 and 1 more',
  })
  assert.deepEqual(await held(), codes(200))
})

test('an issue that a connection holds does not count again', async () => {
  const { add, held, remove } = await open('again')
  await add(codes(199))
  await add([...codes(199), '2000'])
  assert.deepEqual(await held(), [...codes(199), '2000'])
  await add(codes(199))
  await remove(codes(198))
  await assert.rejects(add([...codes(198), '1198', '3000']), TooManyIssues)
  await add(codes(198))
  assert.deepEqual(await held(), [...codes(199), '2000'])
})

test('a connection that is unknown or closed can neither add nor remove issues, and has none', async () => {
  const { add, remove, held, end } = await open('ended')
  await add(codes(2))
  await end()
  const refusal = {
    name: 'NotConnected',
    message: 'expected an open connection, got ended, which is unknown or closed',
  }
  for (const work of [() => add(codes(1)), () => remove(codes(1)), held])
    await assert.rejects(work(), refusal)
  const connections = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
  await assert.rejects(openConnection(connections, ROOM, 'unknown'), NotConnected)
  await assert.rejects(removeIssues(connections, ROOM, 'unknown', codes(1)), NotConnected)
  await assert.rejects(addIssues(connections, ROOM, 'unknown', codes(1)), NotConnected)
})

test('an addition that other additions prevent again and again is given up after ten more attempts', async () => {
  const { add, state } = await open('busy')
  state.refuses = true
  await assert.rejects(
    add(codes(1)),
    /^Error: connection busy: expected to add issues, others were added 10 times$/,
  )
  assert.equal(state.commands.filter(command => command === 'UpdateItemCommand').length, 11)
})
