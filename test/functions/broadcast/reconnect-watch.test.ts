import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { addMember, createMembers } from '../../../functions/broadcast/members.ts'
import {
  createReconnectWatch,
  READ_WISH_EVERY_MS,
  WISH_REACH_MS,
} from '../../../functions/broadcast/reconnect-watch.ts'
import type { AppEvent } from '../../../market/protocol.ts'
import { addMillis, type EpochMillis, type Millis, nowMillis } from '../../../market/units.ts'
import { writeReconnectWish } from '../../../tables/boards/reconnect-wish.ts'
import { createDynamoDB, deleteItem } from '../../../tables/dynamodb.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const WITHIN = 300_000

let tables: Tables
const boards = () => ({ client: tables.client, table: TABLES.BOARDS_TABLE })
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())
beforeEach(() => deleteItem(boards(), { id: 'reconnect' }))

/** Opens a watch of a table whose reads are counted. */
function openWatch() {
  const client = createDynamoDB({ maxAttempts: 1 })
  const state = { reads: 0, isAway: false }
  client.middlewareStack.add(
    next => async args => {
      state.reads++
      if (state.isAway) throw new Error('away')
      return next(args)
    },
    { step: 'initialize' },
  )
  const members = createMembers()
  const sent: AppEvent[] = []
  /** The times before which the connections of the events were accepted. */
  const accepted: (EpochMillis | undefined)[] = []
  const warnings: string[] = []
  const watch = createReconnectWatch({
    boards: { client, table: TABLES.BOARDS_TABLE },
    members,
    events: {
      append: (events, before) => {
        sent.push(...events)
        accepted.push(before)
      },
    },
    warn: message => void warnings.push(message),
  })
  const start = { encoding: 'json', pace: 500, since: 0, eventsSince: 0 } as const
  return {
    state,
    sent,
    accepted,
    warnings,
    connect: () => addMember(members, 'app', 'room-0', start),
    async look(): Promise<void> {
      watch.start()
      await watch.settled()
    },
  }
}

test('apps get a wish once, and each new wish', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const { connect, look, sent, accepted, state } = openWatch()
  connect()
  await look()
  assert.deepEqual(sent, [])
  await writeReconnectWish(boards(), { at: nowMillis(), within: WITHIN })
  await look()
  // The wish is read every ten seconds.
  assert.deepEqual([sent, state.reads], [[], 1])
  t.mock.timers.tick(READ_WISH_EVERY_MS)
  await look()
  assert.deepEqual(sent, [{ type: 'reconnect', within: WITHIN }])
  t.mock.timers.tick(READ_WISH_EVERY_MS)
  await look()
  assert.equal(sent.length, 1)
  const at = nowMillis()
  await writeReconnectWish(boards(), { at, within: 0 })
  t.mock.timers.tick(READ_WISH_EVERY_MS)
  await look()
  assert.deepEqual([sent.at(-1), accepted.at(-1)], [{ type: 'reconnect', within: 0 }, at])
  assert.equal(state.reads, 4)
})

test('a new environment does not repeat an old wish', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const sentOf = async (age: Millis): Promise<number> => {
    const { connect, look, sent } = openWatch()
    connect()
    await writeReconnectWish(boards(), { at: addMillis(nowMillis(), -age), within: WITHIN })
    await look()
    return sent.length
  }
  assert.deepEqual([await sentOf(WISH_REACH_MS), await sentOf(WISH_REACH_MS + 1)], [1, 0])
})

test('without an app nothing is read', async () => {
  const { look, state, connect } = openWatch()
  await look()
  assert.equal(state.reads, 0)
  connect()
  await look()
  assert.equal(state.reads, 1)
})

test('a table that is away stops nothing: the wish is read later', async t => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const { connect, look, sent, state, warnings } = openWatch()
  connect()
  state.isAway = true
  await look()
  assert.deepEqual(warnings, ['the wish that apps reconnect could not be read'])
  state.isAway = false
  await writeReconnectWish(boards(), { at: nowMillis(), within: WITHIN })
  t.mock.timers.tick(READ_WISH_EVERY_MS)
  await look()
  assert.equal(sent.length, 1)
})
