import assert from 'node:assert/strict'
import { test } from 'node:test'
import { READ_EVERY_MS } from '../../../functions/broadcast/rooms.ts'
import { addIssues, removeIssues } from '../../../functions/message/subscriptions.ts'
import { addMillis, asEpochMillis } from '../../../market/units.ts'
import { markGone } from '../../../tables/connections/connections-table.ts'
import { roomsStage } from './rooms-stage.ts'

const { openRooms, connections, connect, name } = roomsStage()

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

test('a read that starts before the first refresh counts from its start, and is taken once', async t => {
  const { read, readAhead, reads, members, start, knownRooms } = openRooms(t)
  const [before, after] = [name('before'), name('after')]
  await connect(before, '7203')
  readAhead()
  t.mock.timers.tick(2_000)
  await connect(after, '7203')
  assert.deepEqual([reads.length, knownRooms()], [1, 0])
  await read()
  assert.deepEqual([reads, knownRooms()], [[undefined], 1])
  assert.deepEqual([members.byConnection.has(before), members.byConnection.has(after)], [true, false])
  await read()
  assert.deepEqual(reads, [undefined, start - 2_000])
  assert.ok(members.byConnection.has(after))
})

test('a failed read ahead is reported by the first refresh, and the next one reads the room', async t => {
  const { read, readAhead, reads, state, knownRooms } = openRooms(t)
  state.isAway = true
  readAhead()
  await new Promise(setImmediate)
  state.isAway = false
  await assert.rejects(read(), /1 of 1 rooms could not be read/)
  await read()
  assert.deepEqual([reads, knownRooms()], [[undefined, undefined], 1])
})

test('environments read their rooms in different orders', async t => {
  const orderOf = async (random: () => number): Promise<unknown[]> => {
    const mock = t.mock.method(Math, 'random', random)
    const { read, state } = openRooms(t, 3)
    mock.mock.restore()
    const rooms: unknown[] = []
    state.before = async room => void rooms.push(room)
    await read()
    t.mock.timers.reset()
    return rooms
  }
  let place = 3
  assert.deepEqual(await orderOf(() => place++ / 9), ['room-0', 'room-1', 'room-2'])
  assert.deepEqual(await orderOf(() => place-- / 9), ['room-2', 'room-1', 'room-0'])
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
  await connect(name('quiet'))
  assert.equal(await pause(), 1_000)
  assert.equal(await pause(), 250)
})

test('a change that several reads return keeps a room from becoming quiet once', async t => {
  const { read, reads } = openRooms(t)
  await connect(name('again'), '7203')
  await read()
  // Each read returns the connections that have changed within two seconds before the read before.
  for (let passed = 250; passed <= 5_000; passed += 250) {
    t.mock.timers.tick(250)
    await read()
  }
  assert.equal(reads.length, 21)
  t.mock.timers.tick(999)
  await read()
  assert.equal(reads.length, 21)
  t.mock.timers.tick(1)
  await read()
  assert.equal(reads.length, 22)
})

test('a member has the issues and the time of its item; items that repeat change nothing', async t => {
  const { read, members, start } = openRooms(t)
  const app = name('app')
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
  const app = name('changes')
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
  const app = name('owed')
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
  const app = name('first')
  await connect(app, '1', '2')
  sent.updates.set('1', asEpochMillis(0))
  await read()
  const member = members.byConnection.get(app)
  assert.deepEqual([[...member!.owed], [...member!.fresh], member?.lacksStatus], [['1'], ['2'], false])
})

test('a new member lacks the status if it was sent since the changes that were read before', async t => {
  const { read, members, sent, start } = openRooms(t)
  const [early, late] = [name('early'), name('late')]
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
  const [present, late] = [name('present'), name('late')]
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
