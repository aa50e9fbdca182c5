/** Rounds with connections whose token expires. */
import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { asEpochSeconds } from '../../../market/units.ts'
import { changeConnection, readConnection, roomOf } from '../../../tables/connections/connections-table.ts'
import { until } from '../../until.ts'
import { openStage, ROOM_COUNT, readMembers, stopClock, updatesOf } from './broadcast-stage.ts'
import { createFeed } from './feed.ts'

const { gateway, connections, environment, connect, clear, close } = await openStage()
beforeEach(clear)
after(close)

const IS_STORED = { expression: 'attribute_exists(changedAt)' }
const change = (app: string, set: Parameters<typeof changeConnection>[3]['set'] & {}) =>
  changeConnection(connections, roomOf(app, ROOM_COUNT), app, { set, condition: IS_STORED })
const soon = (milliseconds: number) => asEpochSeconds(Math.floor((Date.now() + milliseconds) / 1000))

test('an app whose token expires gets its last updates and the end; an app that renews gets all', async t => {
  stopClock(t)
  const { play } = environment()
  const feed = createFeed()
  const [ends, renews, older] = await Promise.all([connect('7203'), connect('7203'), connect('7203')])
  for (const app of [ends, renews]) await change(app, { user: 'ken', tokenExpires: soon(10_000) })
  await play([feed.ticks(feed.tick('7203', 1))])
  for (const app of [ends, renews, older]) assert.equal(updatesOf(gateway.take(app)).length, 1)
  await change(renews, { tokenExpires: soon(60_000) })
  await readMembers(t, play)
  t.mock.timers.tick(19_000)
  await play([feed.ticks(feed.tick('7203', 2))])
  await until(() => gateway.closed.has(ends), 'the close of the connection')
  assert.deepEqual(
    gateway.take(ends).map(({ type }) => type),
    ['end'],
  )
  for (const app of [renews, older]) assert.equal(updatesOf(gateway.take(app)).length, 1)
  assert.deepEqual([...gateway.closed], [ends])
})

test('an app that is cut off gets the end within two seconds; a new environment marks what was not marked', async t => {
  stopClock(t)
  const first = environment()
  const feed = createFeed()
  const app = await connect('7203')
  await first.play([feed.ticks(feed.tick('7203', 1))])
  gateway.take(app)
  await change(app, { ends: 'access-ended' })
  const cutAt = Date.now()
  await until(async () => {
    await readMembers(t, first.play)
    return gateway.closed.has(app)
  }, 'the close of the connection')
  assert.ok(Date.now() - cutAt <= 2_000, 'two seconds of the clock of rounds')
  const codes = gateway.take(app).map(message => message.type === 'end' && message.code)
  assert.deepEqual(codes, ['access-ended'])
  // The connection has ended, but $disconnect has not marked it.
  const second = environment()
  await second.play([])
  const item = () => readConnection(connections, roomOf(app, ROOM_COUNT), app)
  await until(async () => {
    await readMembers(t, second.play)
    return (await item())?.gone === true
  }, 'the mark of the connection')
  assert.deepEqual(gateway.take(app), [])
})
