import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createGoneMarker } from '../../../functions/broadcast/gone-marker.ts'
import { addConnection, readConnection } from '../../../tables/connections/connections-table.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

/** A marker. `requests` counts its requests to the table; each waits for `state.answers` and fails while `state.isAway`. */
function openMarker() {
  const client = createDynamoDB({ maxAttempts: 1 })
  const state = { requests: 0, isAway: false, answers: Promise.resolve() }
  client.middlewareStack.add(
    next => async args => {
      state.requests++
      await state.answers
      if (state.isAway) throw new Error('away')
      return next(args)
    },
    { step: 'initialize' },
  )
  const warnings: string[] = []
  const open = new Set<string>()
  const marker = createGoneMarker(
    { client, table: TABLES.CONNECTIONS_TABLE },
    { exists: async connection => open.has(connection) },
    message => warnings.push(message),
  )
  return { ...marker, state, warnings, open }
}

test('a connection that has ended is marked once; a failed mark is a warning and is repeated', async () => {
  const connections = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
  await addConnection(connections, 'room-1', 'app')
  const { add, start, settled, state, warnings } = openMarker()
  start()
  assert.equal(state.requests, 0)
  add('room-1', 'app')
  state.isAway = true
  start()
  await settled()
  assert.deepEqual(warnings, ['a connection that has ended could not be marked'])
  state.isAway = false
  start()
  await settled()
  assert.equal((await readConnection(connections, 'room-1', 'app'))?.gone, true)
  start()
  await settled()
  assert.deepEqual([state.requests, warnings.length], [2, 1])
})

test('a connection that is open is not marked', async () => {
  const { add, start, settled, state, open } = openMarker()
  open.add('app')
  add('room-1', 'app')
  start()
  await settled()
  open.delete('app')
  start()
  await settled()
  assert.equal(state.requests, 0)
})

test('32 marks are under way at once, one of each connection; the others follow in a later round', async () => {
  const { add, start, settled, state } = openMarker()
  const { promise, resolve } = Promise.withResolvers<void>()
  state.answers = promise
  for (let index = 0; index < 33; index++) add('room-1', `app${index}`)
  start()
  start()
  await new Promise(setImmediate)
  assert.equal(state.requests, 32)
  resolve()
  await settled()
  start()
  await settled()
  assert.equal(state.requests, 33)
})
