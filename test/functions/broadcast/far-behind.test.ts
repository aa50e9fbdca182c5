/** Connections that were further behind than a new environment repeats. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBook } from '../../../client/board-book.ts'
import { catchUp } from '../../../functions/broadcast/catch-up.ts'
import { createEventLog } from '../../../functions/broadcast/event-log.ts'
import { createMarketLog } from '../../../functions/broadcast/market-log.ts'
import { addMember, createMembers, setIssues } from '../../../functions/broadcast/members.ts'
import { noteServed } from '../../../functions/broadcast/post-outcome.ts'
import type { TailRecord } from '../../../functions/broadcast/read-tail.ts'
import { copyBoard, F } from '../../../market/board.ts'
import { boardInView } from '../../../market/board-to-json.ts'
import type { Update } from '../../../market/protocol.ts'
import { plainUpdate, type QuoteRow } from '../../../market/quote-row.ts'
import type { Tick } from '../../../market/tick.ts'
import { addMillis, asEpochMillis, asEpochSeconds, type Millis } from '../../../market/units.ts'
import type { View } from '../../../market/view.ts'
import { createFeed } from './feed.ts'
import { plainPlan } from './plain-plan.ts'

const BATCH_AT = asEpochMillis(1_800_000_000_000)
/** 9:00 on 2026-11-20, and one microsecond a sequence. */
const moment = (sequence: number): number => 1_795_132_800_000_000 + sequence
const UNCHANGED = { issue: '7203', follows: 2, sequence: 2, time: moment(2), changes: {} }

const recordAt = (ago: Millis, data: string): TailRecord => ({
  sequenceNumber: '1',
  data: Buffer.from(data, 'base64'),
  arrivedAt: addMillis(BATCH_AT, -ago),
})

/** A tick of 7203 that changes only a quantity which no quote shows. */
function deeper(tick: Tick): Tick {
  const { trade: _, ...rest } = tick
  const board = copyBoard(tick.board)
  board.values[F.over] = tick.sequence + 1
  return { ...rest, sequence: tick.sequence + 1, time: tick.time + 1, board }
}

/** A new environment that has read records back, and a connection that it finds, with a pace of 500 ms. */
function openEnvironment(view: View, records: readonly TailRecord[]) {
  const log = createMarketLog(() => true)
  const { welcome } = catchUp(log, records, BATCH_AT)
  const item = {
    room: 'room-0',
    connection: 'app',
    changedAt: asEpochMillis(0),
    expires: asEpochSeconds(0),
    pace: 500,
  }
  const members = createMembers()
  const { since, boards } = welcome(item)
  assert.equal(boards, 'current')
  const member = addMember(members, 'app', 'room-0', { encoding: 'json', pace: 500, since, eventsSince: 0 })
  setIssues(members, member, new Map([['7203', view]]))
  member.mayBeBehind = true
  const post = (): unknown[] => {
    const [post] = plainPlan([member], log, createEventLog()).posts
    if (post !== undefined) noteServed(member, post.content)
    return post?.updates.map(text => JSON.parse(text) as unknown) ?? []
  }
  return { log, member, post }
}

test('the first post names the last visible sequence of an issue without an update, and an older board has a gap', () => {
  const feed = createFeed()
  const [first, second] = [feed.tick('7203', 100), feed.tick('7203', 200)]
  const records = [recordAt(5_000, feed.ticks(first)), recordAt(4_000, feed.ticks(second))]
  for (const [view, expected] of [
    ['board', UNCHANGED],
    ['quote', ['7203', 2, 2, moment(2)]],
    ['quote-trades', ['7203', 2, 2, moment(2)]],
  ] as const) {
    const { post } = openEnvironment(view, records)
    const updates = post()
    assert.deepEqual(updates, [expected])
    assert.deepEqual(post(), [])
    for (const [has, isBehind] of [
      [first, true],
      [second, false],
      [deeper(second), false],
    ] as const) {
      const book = createBook()
      book.want('7203', view)
      book.apply({ board: boardInView(has, view) })
      assert.equal(book.apply(plainUpdate(updates[0] as Update | QuoteRow)), undefined)
      assert.equal(book.hasGap('7203'), isBehind)
      book.apply({ board: boardInView(second, view) })
      assert.equal(book.hasGap('7203'), false)
    }
  }
})

test('a post that has an update of the issue proves what the app must have without another difference', () => {
  const feed = createFeed()
  const ticks = [feed.tick('7203', 100), feed.tick('7203', 200), feed.tick('7203', 300)]
  const ages = [5_000, 4_000, 1_000]
  const records = ticks.map((tick, index) => recordAt(ages[index]!, feed.ticks(tick)))
  const updates = openEnvironment('board', records).post() as Update[]
  assert.deepEqual(
    updates.map(update => 'changes' in update && [update.follows, update.sequence]),
    [[2, 3]],
  )
})

test('a quote follows the last tick that changed it, whichever ticks were in its round', () => {
  const feed = createFeed()
  const [first, second] = [feed.tick('7203', 100), feed.tick('7203', 200)]
  const records = [
    recordAt(5_000, feed.ticks(first)),
    recordAt(4_000, feed.ticks(second, deeper(second))),
    recordAt(1_000, feed.ticks({ ...deeper(deeper(second)), trade: second.trade! })),
  ]
  const [update] = openEnvironment('quote', records).post() as QuoteRow[]
  assert.deepEqual(update?.slice(0, 3), ['7203', 2, 4])
})

test('whole boards go where the last tick that changed the view is not known', () => {
  const feed = createFeed()
  const tick = feed.tick('7203', 100)
  const records = [recordAt(5_000, feed.keyFrame())]
  const wholeOf = (view: View) => ({ board: JSON.parse(JSON.stringify(boardInView(tick, view))) as unknown })
  // Whether the tick of a key frame has changed a quote is not known. It has nearly certainly changed the board.
  assert.deepEqual(openEnvironment('quote', records).post(), [wholeOf('quote')])
  assert.deepEqual(openEnvironment('board', records).post(), [
    { ...UNCHANGED, follows: 1, sequence: 1, time: moment(1) },
  ])
  const later = [recordAt(2_000, feed.keyFrame())]
  assert.deepEqual(openEnvironment('board', later).post(), [wholeOf('board')])
})

test('a post that fails leaves the check to the next post', () => {
  const feed = createFeed()
  const records = [recordAt(5_000, feed.ticks(feed.tick('7203', 100), feed.tick('7203', 200)))]
  const { log, member, post } = openEnvironment('board', records)
  const plan = () => plainPlan([member], log, createEventLog()).posts[0]?.updates
  assert.deepEqual(plan(), plan())
  assert.deepEqual(post(), [UNCHANGED])
  assert.equal(plan(), undefined)
})
