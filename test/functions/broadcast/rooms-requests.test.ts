/** What a connection has requested since the last read of its room: another pace, and whole boards. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askBoards } from '../../../functions/message/ask-boards.ts'
import { addMillis } from '../../../market/units.ts'
import { addConnection, readConnection } from '../../../tables/connections/connections-table.ts'
import { roomsStage } from './rooms-stage.ts'

const { openRooms, connections, connect, name } = roomsStage()

test('a faster pace holds at once, a slower one after the interval that has begun', async t => {
  const { read, members, start } = openRooms(t)
  const app = name('pace')
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
  const app = name('asks')
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
  const [old, late] = [name('old'), name('late')]
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
