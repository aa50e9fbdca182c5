import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, beforeEach, test } from 'node:test'
import { SINCE_REACH_MS } from '../../../functions/broadcast/note-since.ts'
import { addIssues } from '../../../functions/message/subscriptions.ts'
import { FASTEST_PACE_MS, type MissedTrades, type ServerMessage } from '../../../market/protocol.ts'
import { nowMillis } from '../../../market/units.ts'
import type { View } from '../../../market/view.ts'
import { roomOf } from '../../../tables/connections/connections-table.ts'
import { openStage, ROOM_COUNT, readMembers, stopClock, updatesOf } from './broadcast-stage.ts'
import { createFeed } from './feed.ts'

const { gateway, connections, environment, connect, clear, close } = await openStage()
beforeEach(clear)
after(close)

const DATE = '2026-11-20'
const missedOf = (messages: readonly ServerMessage[]): MissedTrades[] =>
  messages.flatMap(message => (message.type === 'updates' ? (message.missed ?? []) : []))

/** Subscribes an app to issues of which it has every trade up to a sequence. */
async function subscribeSince(
  app: string,
  sequences: Record<string, number>,
  view: View = 'board',
  date = DATE,
): Promise<void> {
  const request = { id: randomUUID(), at: nowMillis(), date, sequences }
  await addIssues(connections, roomOf(app, ROOM_COUNT), app, Object.keys(sequences), view, request)
}

test('an app that connects again gets the trades of issues that nobody held meanwhile', async t => {
  stopClock(t)
  const { play } = environment()
  const feed = createFeed()
  // 7203 has the sequences 1 to 4, 2914 has 5.
  await play([feed.ticks(feed.tick('7203', 100), feed.tick('7203', 200), feed.tick('7203', 300))])
  await play([feed.ticks(feed.tick('7203', 400), feed.tick('2914', 100))])
  const app = await connect()
  await subscribeSince(app, { 7203: 2, 2914: 5 })
  await readMembers(t, play)
  await play([])
  const messages = gateway.take(app)
  assert.deepEqual(
    missedOf(messages).map(({ issue, date, follows, sequence, trades }) => [
      issue,
      date,
      follows,
      sequence,
      trades,
    ]),
    [
      ['2914', DATE, 5, 5, []],
      [
        '7203',
        DATE,
        2,
        4,
        [
          [1000, 100, null, 3, 1],
          [1000, 100, null, 4, 0],
        ],
      ],
    ],
  )
  assert.deepEqual(
    new Map(
      updatesOf(messages).flatMap(update =>
        'board' in update ? [[update.board.issue, update.board.sequence]] : [],
      ),
    ),
    new Map([
      ['7203', 4],
      ['2914', 5],
    ]),
  )
  // The request is answered once.
  await readMembers(t, play)
  await play([])
  await play([feed.ticks(feed.tick('7203', 500))])
  const later = gateway.take(app)
  assert.deepEqual(missedOf(later), [])
  assert.deepEqual(
    updatesOf(later).map(update => 'changes' in update && update.sequence),
    [6],
  )
})

test('an app learns how far an environment reaches back', async t => {
  stopClock(t)
  const { play } = environment()
  const feed = createFeed()
  await play([feed.ticks(feed.tick('6501', 100), feed.tick('6501', 200))])
  const app = await connect()
  await subscribeSince(app, { 6501: 0 })
  await readMembers(t, play)
  await play([])
  // The first tick has a volume, and no trade: trades before it are not known.
  assert.deepEqual(
    missedOf(gateway.take(app)).map(({ follows, trades }) => [
      follows,
      trades.map(([, , , sequence]) => sequence),
    ]),
    [[1, [2]]],
  )
})

test('an issue that has no tick yet is answered with its first tick', async t => {
  stopClock(t)
  const { play } = environment()
  const feed = createFeed()
  const app = await connect()
  await subscribeSince(app, { 8306: 77 })
  await readMembers(t, play)
  await play([])
  assert.deepEqual(missedOf(gateway.take(app)), [])
  await play([feed.ticks(feed.tick('8306', 100))])
  const [entry] = missedOf(gateway.take(app))
  // The app is ahead of this environment.
  assert.deepEqual([entry?.follows, entry?.sequence, entry?.trades], [77, 77, []])
})

test('a view without trades asks for nothing', async t => {
  stopClock(t)
  const { play } = environment()
  const feed = createFeed()
  await play([feed.ticks(feed.tick('9432', 100), feed.tick('9432', 200))])
  const app = await connect()
  await subscribeSince(app, { 9432: 1 }, 'quote')
  await readMembers(t, play)
  await play([])
  await play([feed.ticks(feed.tick('9432', 300))])
  const messages = gateway.take(app)
  assert.deepEqual(missedOf(messages), [])
  assert.ok(updatesOf(messages).length > 0)
})

test('a request that an environment cannot answer holds updates back for half a minute, however often it is repeated', async t => {
  stopClock(t)
  const { play } = environment()
  const feed = createFeed()
  await play([feed.ticks(feed.tick('7203', 100), feed.tick('6758', 100))])
  const app = await connect()
  const ask = (): Promise<void> => subscribeSince(app, { 7203: 1, 9984: 1 }, 'board', '2026-11-21')
  const askedAt = nowMillis()
  await addIssues(connections, roomOf(app, ROOM_COUNT), app, ['6758'])
  await ask()
  await readMembers(t, play)
  await ask()
  await readMembers(t, play)
  gateway.take(app)
  t.mock.timers.setTime(askedAt + SINCE_REACH_MS)
  await play([feed.ticks(feed.tick('7203', 200), feed.tick('6758', 200))])
  assert.deepEqual(issuesOf(gateway.take(app)), ['6758'])
  // A member whose trades have no place in a round waits for a random part of the fastest pace.
  t.mock.timers.tick(1 + FASTEST_PACE_MS)
  await play([feed.ticks(feed.tick('6758', 300))])
  const late = gateway.take(app)
  assert.deepEqual(issuesOf(late), ['6758', '7203'])
  assert.ok(updatesOf(late).some(update => 'board' in update && update.board.issue === '7203'))
  // The other issue has its first tick now.
  await play([feed.ticks(feed.tick('9984', 100))])
  const first = gateway.take(app)
  assert.deepEqual([issuesOf(first), missedOf(first)], [['9984'], []])
})

/** Returns the issues of all updates, in order of their codes. */
function issuesOf(messages: readonly ServerMessage[]): string[] {
  return updatesOf(messages)
    .map(update => ('board' in update ? update.board.issue : update.issue))
    .sort()
}
