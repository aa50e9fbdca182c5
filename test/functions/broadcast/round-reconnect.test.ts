/** Rounds after an operator's wish that all apps reconnect. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { AppEvent } from '../../../market/protocol.ts'
import { addMillis, type EpochMillis, nowMillis } from '../../../market/units.ts'
import { writeReconnectWish } from '../../../tables/boards/reconnect-wish.ts'
import { addConnection, roomOf } from '../../../tables/connections/connections-table.ts'
import { until } from '../../until.ts'
import { eventsOf, openStage, ROOM_COUNT } from './broadcast-stage.ts'

const { gateway, boards, connections, environment, close } = await openStage()
after(close)

test('apps that have moved since the wish get it from no environment', async () => {
  const at = nowMillis()
  const [before, moved] = ['before=', 'moved=']
  const connectAt = (app: string, connectedAt: EpochMillis): Promise<void> =>
    addConnection(connections, roomOf(app, ROOM_COUNT), app, { pace: 0, fastestPace: 0, connectedAt })
  await connectAt(before, addMillis(at, -1))
  await connectAt(moved, at)
  await writeReconnectWish(boards, { at, within: 60_000 })
  const wish: AppEvent = { type: 'reconnect', within: 60_000 }
  for (let environments = 0; environments < 2; environments++) {
    const { play } = environment()
    const got: AppEvent[] = []
    await until(async () => {
      await play([])
      got.push(...eventsOf(gateway.take(before)))
      return got.length > 0
    }, 'the wish')
    await play([])
    assert.deepEqual([got, eventsOf(gateway.take(moved))], [[wish], []])
  }
})
