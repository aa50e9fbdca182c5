import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createRooms, READ_EVERY_MS, STALE_AFTER_MS } from '../../../functions/broadcast/rooms.ts'
import { createRounds } from '../../../functions/broadcast/round.ts'
import { addIssues, removeIssues } from '../../../functions/message/subscriptions.ts'
import { readBoards, readMaster, readStatus } from '../../../functions/shared/boards.ts'
import { addConnection, markGone, roomOf } from '../../../functions/shared/connections.ts'
import { createPosts } from '../../../functions/shared/posts.ts'
import { pushRoom } from '../../../functions/shared/push.ts'
import { copyBoard, emptyBoard, F } from '../../../market/board.ts'
import { applyChanges, type BoardJson } from '../../../market/board-json.ts'
import { boardToJson } from '../../../market/board-to-json.ts'
import { EnvelopeWriter, encodeBoards, encodeEvents } from '../../../market/envelope.ts'
import type { MarketEvent } from '../../../market/event.ts'
import type { ServerMessage, Update } from '../../../market/protocol.ts'
import type { Tick } from '../../../market/tick.ts'
import { type Gateway, startGateway } from '../gateway.ts'
import { MORNING, TRADING_DATE } from '../market.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

const ROOM_COUNT = 3
let tables: Tables
let gateway: Gateway
before(async () => {
  tables = await startTables()
  gateway = await startGateway()
})
after(async () => {
  await gateway[Symbol.asyncDispose]()
  await tables[Symbol.asyncDispose]()
})

const connections = () => ({ client: tables.client, table: TABLES.CONNECTIONS_TABLE })
const boards = () => ({ client: tables.client, table: TABLES.BOARDS_TABLE })

/** A warm environment of broadcast, and how many rooms it served elsewhere. */
function environment() {
  const posts = createPosts(gateway.endpoint)
  const warnings: string[] = []
  const alone: boolean[] = []
  const play = createRounds({
    boards: boards(),
    rooms: createRooms(connections(), ROOM_COUNT),
    push: (push, isAlone) => {
      alone.push(isAlone)
      return pushRoom(push, posts, connections())
    },
    warn: (message, error) => warnings.push(`${message}: ${error}`),
  })
  return { play, warnings, alone }
}

/** A line of one lane whose issues each test has for itself. */
function line() {
  let sequence = 0
  let counter = 0
  const held = new Map<string, Tick>()
  const epoch = Date.now()
  const header = () => ({
    line: 1,
    lane: 0,
    epoch,
    counter: ++counter,
    tradingDate: TRADING_DATE,
    position: 0,
    reached: 0,
  })
  return {
    tick(issue: string, volume: number): Tick {
      const before = held.get(issue)?.board
      const board = before === undefined ? emptyBoard(issue) : copyBoard(before)
      board.values[F.volume] = volume
      board.values[F.last] = 10_000_000
      sequence++
      const tick: Tick = {
        tradingDate: TRADING_DATE,
        line: 1,
        sequence,
        time: MORNING + sequence,
        board,
        ...(before === undefined ? {} : { trade: { price: 10_000_000, quantity: 100 } }),
      }
      held.set(issue, tick)
      return tick
    },
    ticks(...ticks: Tick[]): string {
      const writer = new EnvelopeWriter()
      for (const tick of ticks) writer.add(tick)
      return Buffer.from(writer.finish(header())).toString('base64')
    },
    keyFrame(): string {
      const ticks = [...held.values()].map(({ trade: _, ...tick }) => tick)
      return Buffer.from(encodeBoards(header(), 1, 1, ticks)).toString('base64')
    },
    events: (...events: MarketEvent[]) => Buffer.from(encodeEvents(header(), events)).toString('base64'),
  }
}

let connectionCount = 0
/** A connection that holds issues; each test has its own, and nobody of the test before stays. */
const present = new Map<string, string>()
async function connect(...issues: string[]): Promise<string> {
  const id = `app${++connectionCount}=`
  const room = roomOf(id, ROOM_COUNT)
  await addConnection(connections(), room, id)
  if (issues.length > 0) await addIssues(connections(), room, id, issues)
  present.set(id, room)
  return id
}
beforeEach(async () => {
  for (const [id, room] of present) await markGone(connections(), room, id)
  present.clear()
})

const updatesOf = (messages: readonly ServerMessage[]): Update[] =>
  messages.flatMap(message => (message.type === 'updates' ? message.updates : []))
/** Plays the round beside which the members are read again. */
async function readMembers(play: (records: readonly string[]) => Promise<unknown>): Promise<void> {
  await sleep(READ_EVERY_MS + 10)
  await play([])
}

test('the first update of an issue is a whole board, the next one a difference that follows it', async () => {
  const { play, warnings } = environment()
  const feed = line()
  const app = await connect('7203', '6758')
  const first = feed.tick('7203', 100)
  await play([feed.ticks(first)])
  assert.deepEqual(updatesOf(gateway.take(app)), [{ board: boardToJson(first) }])
  const second = feed.tick('7203', 200)
  const other = feed.tick('6758', 100)
  // Events travel in a lane as well, and are no break in it.
  const result = await play([feed.events(), feed.ticks(second, other)])
  const [change, whole] = updatesOf(gateway.take(app))
  assert.ok(change !== undefined && 'changes' in change)
  assert.equal(change.follows, first.sequence)
  assert.equal(change.trades?.length, 1)
  const { sequence, time } = change
  assert.deepEqual(applyChanges(boardToJson(first), change.changes, { sequence, time }), boardToJson(second))
  assert.deepEqual(whole, { board: boardToJson(other) })
  assert.deepEqual([result.ticks, result.updates, result.boardsDue, warnings.length], [2, 2, 0, 0])
})

test('one post a round holds all issues of a connection, and nobody gets what it does not hold', async () => {
  const { play, alone } = environment()
  const feed = line()
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
  const feed = line()
  const ticks = [feed.tick('1301', 1), feed.tick('1301', 2), feed.tick('1332', 5)]
  await play([feed.ticks(...ticks)])
  const read = await readBoards(boards(), ['1301', '1332', '1333'])
  const volumes = read.map(tick => [tick.board.issue, tick.board.values[F.volume]]).toSorted()
  assert.deepEqual(volumes, [
    ['1301', 2],
    ['1332', 5],
  ])
})

test('who subscribes while rounds go on misses nothing: what came in between comes as a whole board', async () => {
  const { play } = environment()
  const feed = line()
  const app = await connect()
  await play([feed.ticks(feed.tick('2914', 1))])
  // The members are known for a while now: this subscription is not seen by the next round.
  await addIssues(connections(), roomOf(app, ROOM_COUNT), app, ['2914'])
  const missed = feed.tick('2914', 2)
  await play([feed.ticks(missed)])
  assert.deepEqual(gateway.take(app), [])
  await readMembers(play)
  await play([feed.ticks(feed.tick('9999', 1))])
  assert.deepEqual(updatesOf(gateway.take(app)), [{ board: boardToJson(missed) }])
})

test('who unsubscribes or disconnects gets no more', async () => {
  const { play } = environment()
  const feed = line()
  const [stays, leaves, ends] = await Promise.all([connect('7011'), connect('7011'), connect('7011')])
  await play([feed.ticks(feed.tick('7011', 1))])
  await removeIssues(connections(), roomOf(leaves, ROOM_COUNT), leaves, ['7011'])
  await markGone(connections(), roomOf(ends, ROOM_COUNT), ends)
  for (const app of [stays, leaves, ends]) gateway.take(app)
  await readMembers(play)
  await play([feed.ticks(feed.tick('7011', 2))])
  assert.deepEqual(
    [stays, leaves, ends].map(app => gateway.take(app).length),
    [1, 0, 0],
  )
})

test('an environment that was not used for a while reads its members before it sends', async () => {
  const { play } = environment()
  const feed = line()
  const leaves = await connect('7012')
  await play([feed.ticks(feed.tick('7012', 1))])
  await removeIssues(connections(), roomOf(leaves, ROOM_COUNT), leaves, ['7012'])
  gateway.take(leaves)
  const comes = await connect('7012')
  await sleep(STALE_AFTER_MS + 10)
  const tick = feed.tick('7012', 2)
  await play([feed.ticks(tick)])
  assert.deepEqual(gateway.take(leaves), [])
  const [update] = updatesOf(gateway.take(comes))
  assert.ok(update !== undefined && 'board' in update)
  assert.deepEqual(update.board, boardToJson(tick))
})

test('a 410 removes a connection only when it is really gone', async () => {
  const { play } = environment()
  const feed = line()
  const [gone, doubtful] = await Promise.all([connect('8306'), connect('8306')])
  gateway.gone.add(gone)
  gateway.doubtful.add(doubtful)
  const result = await play([feed.ticks(feed.tick('8306', 1))])
  assert.deepEqual(
    result.pushes.flatMap(push => push.gone),
    [gone],
  )
  assert.deepEqual(
    result.pushes.flatMap(push => push.failed),
    [doubtful],
  )
  const again = await play([feed.ticks(feed.tick('8306', 2))])
  assert.deepEqual(again.pushes, [])
  const other = await environment().play([feed.ticks(feed.tick('8306', 3))])
  assert.deepEqual(
    other.pushes.flatMap(push => [...push.gone, ...push.failed]),
    [doubtful],
  )
})

test('a throttled post is tried once more', async () => {
  const { play } = environment()
  const feed = line()
  const app = await connect('8411')
  gateway.throttled.set(app, 1)
  await play([feed.ticks(feed.tick('8411', 1))])
  assert.equal(updatesOf(gateway.take(app)).length, 1)
})

test('a stalled connection costs the others nothing, and gets whole boards when it is back', async () => {
  const { play } = environment()
  const feed = line()
  const [stalled, well] = await Promise.all([connect('4502'), connect('4502')])
  gateway.stalled.add(stalled)
  const first = await play([feed.ticks(feed.tick('4502', 1))])
  assert.deepEqual(
    first.pushes.flatMap(push => push.failed),
    [stalled],
  )
  await play([feed.ticks(feed.tick('4502', 2))])
  assert.equal(updatesOf(gateway.take(well)).length, 2)
  gateway.stalled.delete(stalled)
  assert.equal(updatesOf(gateway.take(stalled)).length, 0)
  const last = feed.tick('4502', 3)
  await play([feed.ticks(last)])
  // It rests a while after what it did not take; then the board it is owed comes with any round.
  let received: Update[] = []
  while (received.length === 0) {
    await sleep(100)
    await play([feed.ticks(feed.tick('9999', 1))])
    received = updatesOf(gateway.take(stalled))
  }
  assert.deepEqual(received, [{ board: boardToJson(last) }])
})

test('events go to everybody, each once however many lines say it, and stand in the boards table', async () => {
  const { play } = environment()
  const feed = line()
  const app = await connect()
  const phase: MarketEvent = { type: 'phase', time: '2026-11-20T09:00:00.000000+09:00', phase: 'morning' }
  const earlier: MarketEvent = {
    type: 'phase',
    time: '2026-11-20T08:00:00.000000+09:00',
    phase: 'order-acceptance',
  }
  const state: MarketEvent = {
    type: 'line',
    line: 2,
    state: 'live',
    since: '2026-11-20T08:00:01.000000+09:00',
  }
  const news: MarketEvent = {
    type: 'news',
    time: '2026-11-20T09:00:02.000000+09:00',
    headline: '新製品',
    issues: ['7203'],
  }
  const master: MarketEvent = {
    type: 'issues',
    line: 1,
    part: 0,
    issues: [
      { code: '7203', name: 'トヨタ', section: 'プライム', unit: 100, basePrice: 10_000, topix500: true },
    ],
  }
  await play([feed.events(master, phase, state), feed.events(phase, earlier, news)])
  await environment().play([feed.events(phase, news, state)])
  const events = gateway.take(app).map(message => (message.type === 'event' ? message.event : message))
  assert.deepEqual(events, [phase, state, news])
  assert.deepEqual(await readStatus(boards()), { phase, lines: [state], news: [news] })
  assert.deepEqual(await readMaster(boards()), master.issues)
})

const phaseAt = (time: string): MarketEvent => ({
  type: 'phase',
  time: `2026-11-20T${time}.000000+09:00`,
  phase: 'lunch',
})
const eventsOf = (messages: readonly ServerMessage[]): MarketEvent[] =>
  messages.flatMap(message => (message.type === 'event' ? [message.event] : []))

test('who rests while the phase changes, or does not take it, gets phase and lines when it is back', async () => {
  const { play } = environment()
  const feed = line()
  const [stalled, well] = await Promise.all([connect('4503'), connect()])
  const state: MarketEvent = {
    type: 'line',
    line: 3,
    state: 'live',
    since: '2026-11-20T11:00:00.000000+09:00',
  }
  gateway.stalled.add(stalled)
  await play([feed.events(state, phaseAt('11:30:00'))])
  gateway.stalled.delete(stalled)
  const resting = phaseAt('11:31:00')
  await play([feed.events(resting)])
  assert.deepEqual(eventsOf(gateway.take(stalled)), [])
  let received: MarketEvent[] = []
  while (received.length === 0) {
    await sleep(100)
    await play([])
    received = eventsOf(gateway.take(stalled))
  }
  const { lines } = await readStatus(boards())
  assert.ok(lines.length > 0)
  assert.deepEqual(received, [resting, ...lines])
  assert.deepEqual(eventsOf(gateway.take(well)), [state, phaseAt('11:30:00'), resting])
  await play([])
  assert.deepEqual(gateway.take(stalled), [])
})

test('who was not read yet when the phase changed gets phase and lines after it was', async () => {
  const { play } = environment()
  const feed = line()
  await play([])
  const app = await connect()
  const phase = phaseAt('11:32:00')
  await play([feed.events(phase)])
  assert.deepEqual(gateway.take(app), [])
  await readMembers(play)
  await play([])
  const { lines } = await readStatus(boards())
  assert.deepEqual(eventsOf(gateway.take(app)), [phase, ...lines])
})

test('an environment that starts anew reads quiet issues from a key frame: for the table, and for apps', async () => {
  const feed = line()
  const missed = feed.tick('6504', 1)
  feed.ticks(missed)
  const app = await connect('6504')
  const { play } = environment()
  const result = await play([feed.keyFrame()])
  assert.deepEqual(updatesOf(gateway.take(app)), [{ board: boardToJson(missed) }])
  const [read] = await readBoards(boards(), ['6504'])
  assert.equal(read?.sequence, missed.sequence)
  assert.deepEqual([result.ticks, result.updates, result.youngest], [0, 1, undefined])
  const again = await play([feed.keyFrame()])
  assert.equal(again.updates, 0)
  const next = feed.tick('6504', 2)
  await play([feed.ticks(next)])
  const [change] = updatesOf(gateway.take(app))
  assert.ok(change !== undefined && 'changes' in change)
  assert.equal(change.follows, missed.sequence)
})

test('a bad envelope is counted and stops nobody', async () => {
  const { play, warnings } = environment()
  const feed = line()
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

test('the table being away stops no post', async () => {
  const posts = createPosts(gateway.endpoint)
  const warnings: string[] = []
  const away = { ...boards(), table: 'no-such-table' }
  const play = createRounds({
    boards: away,
    rooms: createRooms(connections(), ROOM_COUNT),
    push: push => pushRoom(push, posts, connections()),
    warn: message => warnings.push(message),
  })
  const feed = line()
  const app = await connect('6502')
  const { boardsDue } = await play([feed.ticks(feed.tick('6502', 1))])
  assert.equal(boardsDue, 1)
  assert.deepEqual(warnings, ['boards could not be written'])
  assert.equal(updatesOf(gateway.take(app)).length, 1)
})

test('a table that does not answer holds up no update', async () => {
  const silent = createServer(() => {})
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const client = new DynamoDBClient({ endpoint, maxAttempts: 1 })
  const posts = createPosts(gateway.endpoint)
  const play = createRounds({
    boards: { client, table: TABLES.BOARDS_TABLE },
    rooms: createRooms(connections(), ROOM_COUNT),
    push: push => pushRoom(push, posts, connections()),
    warn: () => {},
  })
  const feed = line()
  const app = await connect('6503')
  const phase: MarketEvent = { type: 'phase', time: '2026-11-20T09:00:00.000000+09:00', phase: 'morning' }
  const round = play([feed.events(phase), feed.ticks(feed.tick('6503', 1))])
  let updates: Update[] = []
  while (updates.length === 0) {
    await sleep(10)
    updates = updatesOf(gateway.take(app))
  }
  silent.closeAllConnections()
  silent.close()
  const { boardsDue } = await round
  assert.equal(boardsDue, 1)
  assert.deepEqual(gateway.take(app), [{ type: 'event', event: phase }])
  client.destroy()
})
