import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { F } from '../../../market/board.ts'
import type { BoardJson } from '../../../market/board-json.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import type { MarketEvent } from '../../../market/market-event.ts'
import type { Update } from '../../../market/protocol.ts'
import { applyChanges } from '../../../market/update-json.ts'
import { readBoards } from '../../../tables/boards/boards-table.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { until } from '../../until.ts'
import { startSilent } from '../silent-server.ts'
import { TABLES } from '../tables.ts'
import { openStage, stopClock, updatesOf } from './broadcast-stage.ts'
import { createFeed } from './feed.ts'

const { gateway, boards, awayTable, environment, connect, clear, close } = await openStage()
beforeEach(clear)
after(close)

test('the first update of an issue is a whole board, and the next update is a difference that follows it', async () => {
  const { play, warnings } = environment()
  const feed = createFeed()
  const app = await connect('7203', '6758')
  const first = feed.tick('7203', 100)
  await play([feed.ticks(first)])
  assert.deepEqual(updatesOf(gateway.take(app)), [{ board: boardInView(first, 'board') }])
  const second = feed.tick('7203', 200)
  const other = feed.tick('6758', 100)
  // An envelope of events has a counter of the lane too. It must not look like a gap.
  const result = await play([feed.events(), feed.ticks(second, other)])
  const [change, whole] = updatesOf(gateway.take(app))
  assert.ok(change !== undefined && 'changes' in change)
  assert.equal(change.follows, first.sequence)
  assert.equal(change.trades?.length, 1)
  assert.deepEqual(
    applyChanges(boardInView(first, 'board'), change.changes, change),
    boardInView(second, 'board'),
  )
  assert.deepEqual(whole, { board: boardInView(other, 'board') })
  assert.deepEqual([result.ticks, result.wholes, result.differences, warnings.length], [2, 1, 1, 0])
})

test('a connection gets one post a round with all its issues, and no other issues', async () => {
  const { play, alone } = environment()
  const feed = createFeed()
  const apps = await Promise.all([connect('7203', '6758'), connect('6758'), connect(), connect('9984')])
  await play([feed.ticks(feed.tick('7203', 1)), feed.ticks(feed.tick('6758', 1), feed.tick('7203', 2))])
  const counts = apps
    .map(app => gateway.take(app))
    .map(messages => [messages.length, updatesOf(messages).length])
  assert.deepEqual(counts, [
    [1, 2],
    [1, 1],
    [0, 0],
    [0, 0],
  ])
  assert.ok(alone.length > 0)
})

test('the boards table has the newest board of a round before the round ends', async () => {
  const { play } = environment()
  const feed = createFeed()
  const ticks = [feed.tick('1301', 1), feed.tick('1301', 2), feed.tick('1332', 5)]
  await play([feed.ticks(...ticks)])
  const read = await readBoards(boards, ['1301', '1332', '1333'])
  const volumes = read.map(tick => [tick.board.issue, tick.board.values[F.volume]]).toSorted()
  assert.deepEqual(volumes, [
    ['1301', 2],
    ['1332', 5],
  ])
})

test('a new environment takes quiet issues from a key frame, and passes them to the table and to apps', async () => {
  const feed = createFeed()
  const missed = feed.tick('6504', 1)
  feed.ticks(missed)
  const app = await connect('6504')
  const { play } = environment()
  const result = await play([feed.keyFrame()])
  assert.deepEqual(updatesOf(gateway.take(app)), [{ board: boardInView(missed, 'board') }])
  const [read] = await readBoards(boards, ['6504'])
  assert.equal(read?.sequence, missed.sequence)
  assert.deepEqual([result.ticks, result.wholes, result.youngest], [0, 1, undefined])
  const again = await play([feed.keyFrame()])
  assert.deepEqual([again.wholes, again.differences], [0, 0])
  const next = feed.tick('6504', 2)
  await play([feed.ticks(next)])
  const [change] = updatesOf(gateway.take(app))
  assert.ok(change !== undefined && 'changes' in change)
  assert.equal(change.follows, missed.sequence)
})

test('a bad envelope is counted and does not stop the round', async () => {
  const { play, warnings } = environment()
  const feed = createFeed()
  const app = await connect('6501')
  const before = feed.ticks(feed.tick('6501', 1))
  const result = await play([
    before,
    Buffer.from('rubbish').toString('base64'),
    feed.ticks(feed.tick('6501', 2)),
  ])
  assert.deepEqual([result.badEnvelopes, result.ticks, warnings.length], [1, 2, 1])
  const [update] = updatesOf(gateway.take(app)) as { board: BoardJson }[]
  assert.equal(update?.board.volume, 2)
})

test('a missing table does not stop the posts', async () => {
  const { play, warnings } = environment({ ...boards, table: 'no-such-table' })
  const feed = createFeed()
  const app = await connect('6502')
  const { boardsDue } = await play([feed.ticks(feed.tick('6502', 1))])
  assert.equal(boardsDue, 1)
  assert.deepEqual(warnings.map(([message]) => message).sort(), [
    'boards could not be written',
    'the states of the lines could not be read',
    'the wish that apps reconnect could not be read',
  ])
  assert.equal(updatesOf(gateway.take(app)).length, 1)
})

test('a table that does not answer does not delay updates', async () => {
  const { server, address } = await startSilent()
  const client = createDynamoDB({ endpoint: `http://${address}`, maxAttempts: 1 })
  const { play } = environment({ client, table: TABLES.BOARDS_TABLE })
  const feed = createFeed()
  const app = await connect('6503')
  const phase: MarketEvent = { type: 'phase', time: '2026-11-20T09:00:00.000000+09:00', phase: 'morning' }
  const round = play([feed.events(phase), feed.ticks(feed.tick('6503', 1))])
  let updates: Update[] = []
  await until(() => {
    updates = updatesOf(gateway.take(app))
    return updates.length > 0
  }, 'an update while the table is silent')
  server.closeAllConnections()
  server.close()
  const { boardsDue } = await round
  assert.equal(boardsDue, 1)
  assert.deepEqual(gateway.take(app), [{ type: 'updates', updates: [], events: [phase] }])
})

test('an app that subscribes while the table lacks a board gets the board after the next read of its room', async t => {
  stopClock(t)
  const { source, state } = awayTable()
  const { play } = environment(source)
  const feed = createFeed()
  const tick = feed.tick('6505', 1)
  state.isAway = true
  await play([feed.ticks(tick)])
  // Long after the update the board is still due.
  t.mock.timers.tick(60_000)
  await play([])
  const app = await connect('6505')
  // A quiet room is read once a second.
  t.mock.timers.tick(1_000)
  await play([])
  await play([])
  assert.deepEqual(updatesOf(gateway.take(app)), [{ board: boardInView(tick, 'board') }])
})
