import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { addIssues } from '../../../functions/message/subscriptions.ts'
import type { MissedTrades, ServerMessage } from '../../../market/protocol.ts'
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
): Promise<void> {
  const request = { id: `${app}-${view}`, at: nowMillis(), date: DATE, sequences }
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
