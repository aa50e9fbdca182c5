import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb'
import { createMembers } from '../../../functions/broadcast/members.ts'
import { createRooms, READ_EVERY_MS, type SendTimes } from '../../../functions/broadcast/rooms.ts'
import { askBoards } from '../../../functions/message/ask-boards.ts'
import { addIssues, removeIssues } from '../../../functions/message/subscriptions.ts'
import { addMillis, asEpochMillis, nowMillis } from '../../../market/units.ts'
import { addConnection, markGone, readConnection } from '../../../tables/connections/connections-table.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const NOW = Date.parse('2026-11-20T09:00:00+09:00')

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

const connections = () => ({ client: tables.client, table: TABLES.CONNECTIONS_TABLE })

/** Stores a connection in room 0. */
async function connect(app: string, ...issues: string[]): Promise<void> {
  await addConnection(connections(), 'room-0', app)
  if (issues.length > 0) await addIssues(connections(), 'room-0', app, issues)
}

test('a room is read whole once, then its changes of the last two seconds before the read before', async t => {
  const { read, reads, start, knownRooms } = openRooms(t)
  assert.equal(knownRooms(), 0)
  await read()
  assert.equal(knownRooms(), 1)
  t.mock.timers.tick(READ_EVERY_MS)
  await read()
  t.mock.timers.tick(READ_EVERY_MS)
  await read()
  assert.deepEqual(reads, [undefined, start - 2_000, start + READ_EVERY_MS - 2_000])
})

test('a room is read every quarter of a second, and every second once it has not changed for five', async t => {
  const { read, reads } = openRooms(t)
  /** Returns the time (ms) after which the room is read again. */
  const pause = async (): Promise<number> => {
    const before = reads.length
    for (let passed = 0; ; passed++) {
      await read()
      if (reads.length > before) return passed
      t.mock.timers.tick(1)
    }
  }
  await read()
  const pauses: number[] = []
  for (let index = 0; index < 23; index++) pauses.push(await pause())
  assert.deepEqual(pauses, [...Array(20).fill(250), 1_000, 1_000, 1_000])
  await connect(`quiet ${count}`)
  assert.equal(await pause(), 1_000)
  assert.equal(await pause(), 250)
})

test('a member has the issues and the time of its item; items that repeat change nothing', async t => {
  const { read, members, start } = openRooms(t)
  const app = `app ${count}`
  await read()
  t.mock.timers.tick(10)
  await connect(app, '7203')
  t.mock.timers.tick(240)
  await read()
  const member = members.byConnection.get(app)
  assert.ok(member !== undefined)
  assert.deepEqual(
    [[...member.issues], member.changedAt, member.room],
    [[['7203', 'board']], start + 10, 'room-0'],
  )
  t.mock.timers.tick(250)
  await read()
  assert.equal(members.byConnection.get(app), member)
  await removeIssues(connections(), 'room-0', app, ['7203'])
  t.mock.timers.tick(250)
  await read()
  assert.deepEqual([[...member.issues], member.changedAt], [[], start + 500])
  await markGone(connections(), 'room-0', app)
  t.mock.timers.tick(250)
  await read()
  assert.equal(members.byConnection.has(app), false)
})

test('changes of each kind keep a room from becoming quiet', async t => {
  const { read, reads } = openRooms(t)
  const app = `changes ${count}`
  const changes = [
    () => connect(app),
    () => addIssues(connections(), 'room-0', app, ['7203']),
    async () => {
      await addIssues(connections(), 'room-0', app, ['6758'])
      await removeIssues(connections(), 'room-0', app, ['7203'])
    },
    () => removeIssues(connections(), 'room-0', app, ['6758']),
    () => markGone(connections(), 'room-0', app),
    async () => {},
  ]
  await read()
  for (const change of changes) {
    t.mock.timers.tick(4_999)
    await change()
    await read()
  }
  // Each change was found 250 ms before the room would have become quiet; the last step found none.
  const before = reads.length
  t.mock.timers.tick(250)
  await read()
  assert.equal(reads.length, before + 1)
  t.mock.timers.tick(250)
  await read()
  assert.equal(reads.length, before + 1)
})

test('a new issue is owed if it was sent since the changes that were read before; else its first update is whole', async t => {
  const { read, members, sent, start } = openRooms(t)
  const app = `owed ${count}`
  await read()
  await connect(app, '1', '2', '3')
  sent.updates.set('1', asEpochMillis(start - 2_001))
  sent.updates.set('2', asEpochMillis(start - 2_000))
  t.mock.timers.tick(250)
  await read()
  const member = members.byConnection.get(app)
  assert.deepEqual([[...member!.owed], [...member!.fresh]], [['2'], ['1', '3']])
})

test('in the first read every issue that was ever sent is owed', async t => {
  const { read, members, sent } = openRooms(t)
  const app = `first ${count}`
  await connect(app, '1', '2')
  sent.updates.set('1', asEpochMillis(0))
  await read()
  const member = members.byConnection.get(app)
  assert.deepEqual([[...member!.owed], [...member!.fresh], member?.lacksStatus], [['1'], ['2'], false])
})

test('a new member lacks the status if it was sent since the changes that were read before', async t => {
  const { read, members, sent, start } = openRooms(t)
  const [early, late] = [`early ${count}`, `late ${count}`]
  await read()
  sent.status = addMillis(start, -2_001)
  await connect(early)
  t.mock.timers.tick(250)
  await read()
  assert.equal(members.byConnection.get(early)?.lacksStatus, false)
  sent.status = addMillis(start, 250 - 2_000)
  await connect(late)
  await addIssues(connections(), 'room-0', early, ['7203'])
  t.mock.timers.tick(250)
  await read()
  assert.equal(members.byConnection.get(late)?.lacksStatus, true)
  assert.equal(members.byConnection.get(early)?.lacksStatus, false)
})

test('a read is worth waiting for if a room is not read, or its last read is older than two seconds', async t => {
  const { read, isWorthWaiting } = openRooms(t, 2)
  assert.equal(isWorthWaiting(), true)
  await read()
  t.mock.timers.tick(2_000)
  assert.equal(isWorthWaiting(), false)
  t.mock.timers.tick(1)
  assert.equal(isWorthWaiting(), true)
  const reading = read()
  assert.equal(isWorthWaiting(), false)
  await reading
})

test('a read is worth waiting for if one of several rooms was not read lately', async t => {
  const { read, isWorthWaiting, state } = openRooms(t, 2)
  state.before = async room => {
    if (room === 'room-1') throw new Error('away')
  }
  await assert.rejects(read(), { message: '1 of 2 rooms could not be read: Error: away' })
  t.mock.timers.tick(100)
  state.before = async () => {}
  await read()
  t.mock.timers.tick(1_900)
  assert.equal(isWorthWaiting(), false)
  t.mock.timers.tick(1)
  assert.equal(isWorthWaiting(), true)
})

test('rooms whose read failed are named in the error, are not worth waiting for, and are read again', async t => {
  const { read, isWorthWaiting, state, reads, knownRooms } = openRooms(t, 2)
  state.isAway = true
  await assert.rejects(read(), {
    name: 'AggregateError',
    message: '2 of 2 rooms could not be read: Error: away',
  })
  assert.deepEqual([isWorthWaiting(), knownRooms(), reads.length], [false, 0, 2])
  state.isAway = false
  await read()
  assert.deepEqual([isWorthWaiting(), knownRooms(), reads.length], [false, 2, 4])
  t.mock.timers.tick(2_000 + 1)
  assert.equal(isWorthWaiting(), true)
})

test('a room that is being read is not read a second time', async t => {
  const { read, state, reads } = openRooms(t)
  const { promise, resolve } = Promise.withResolvers<void>()
  state.before = () => promise
  const both = Promise.all([read(), read()])
  t.mock.timers.tick(2_000)
  const third = read()
  resolve()
  await Promise.all([both, third])
  assert.equal(reads.length, 1)
})

test('what a connection has is asked once, with whether its room is read first', async t => {
  const { read, members, welcomes, state } = openRooms(t)
  const [present, late] = [`present ${count}`, `late ${count}`]
  await connect(present, '1')
  state.boards = 'current'
  await read()
  state.boards = 'owed'
  await connect(late, '1')
  await addIssues(connections(), 'room-0', present, ['2'])
  t.mock.timers.tick(250)
  await read()
  assert.deepEqual(
    welcomes.filter(({ connection }) => connection === present || connection === late),
    [
      { connection: present, isFirst: true },
      { connection: late, isFirst: false },
    ],
  )
  const [first, second] = [members.byConnection.get(present)!, members.byConnection.get(late)!]
  assert.deepEqual([first.mayBeBehind, second.mayBeBehind], [true, false])
  assert.deepEqual([[...first.owed], [...first.fresh], first.since], [[], ['2'], 3])
  assert.deepEqual([[...second.owed], [...second.fresh], second.eventsSince], [['1'], [], 2])
})

test('a faster pace holds at once, a slower one after the interval that has begun', async t => {
  const { read, members, start } = openRooms(t)
  const app = `pace ${count}`
  const paces = (pace: number) => ({ pace, fastestPace: 100 })
  await addConnection(connections(), 'room-0', app, paces(2_000))
  await read()
  const member = members.byConnection.get(app)!
  assert.equal(member.pace, 2_000)
  member.freeAt = addMillis(start, 2_000)
  await addConnection(connections(), 'room-0', app, paces(500))
  t.mock.timers.tick(250)
  await read()
  assert.deepEqual([member.pace, member.freeAt - start], [500, 500])
  await addConnection(connections(), 'room-0', app, paces(5_000))
  t.mock.timers.tick(250)
  await read()
  assert.deepEqual([member.pace, member.freeAt - start], [5_000, 500])
})

test('a member is owed the boards that its connection asks for, once for each request', async t => {
  const { read, members } = openRooms(t)
  const app = `asks ${count}`
  await connect(app, '1', '2')
  await read()
  const member = members.byConnection.get(app)!
  member.owed.clear()
  const ask = async (...issues: string[]): Promise<void> => {
    const item = await readConnection(connections(), 'room-0', app)
    await askBoards(connections(), item!, issues)
    t.mock.timers.tick(250)
    await read()
  }
  await ask('2', '3')
  assert.deepEqual([...member.owed], ['2'])
  member.owed.clear()
  t.mock.timers.tick(250)
  await read()
  assert.deepEqual([...member.owed], [])
  // The request before may not have been read by every environment.
  await ask('1')
  assert.deepEqual([...member.owed], ['2', '1'])
  member.owed.clear()
  t.mock.timers.tick(5_000)
  await ask('1')
  assert.deepEqual([...member.owed], ['1'])
})

test('a new environment owes the boards that a connection has asked for in the last ten seconds', async t => {
  const { read, members, state } = openRooms(t)
  state.boards = 'current'
  const [old, late] = [`old ${count}`, `late ${count}`]
  for (const app of [old, late]) {
    await connect(app, '1')
    await askBoards(connections(), (await readConnection(connections(), 'room-0', app))!, ['1'])
    t.mock.timers.tick(5_000)
  }
  await read()
  assert.deepEqual(
    [old, late].map(app => [...members.byConnection.get(app)!.owed]),
    [[], ['1']],
  )
})
