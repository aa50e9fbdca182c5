import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  addTick,
  closeEntry,
  createIssueLog,
  dropEntries,
  isChangedSince,
  MAX_TRADES_PER_UPDATE,
  reachedAt,
  replaceTick,
  updatesSince,
} from '../../../functions/broadcast/issue-log.ts'
import { ASKS, BIDS, copyBoard, F } from '../../../market/board.ts'
import type { Tick } from '../../../market/tick.ts'
import { VIEWS, type View } from '../../../market/view.ts'
import { plainTick } from './plain-tick.ts'

const BEST_ASK = ASKS
const BEST_BID = BIDS
const DEEP_ASK = ASKS + 2
const DEEP_BID = BIDS + 3

/** How a tick differs from the tick before. */
interface Change {
  readonly fields?: readonly number[]
  readonly price?: number
  readonly lost?: true
  /** The log misses ticks before this one. */
  readonly isAfterGap?: true
}

/** The log of an issue whose first tick has sequence 0 and is in no round. Later ticks have sequences from 1. */
function openLog() {
  const log = createIssueLog(plainTick('7203', 0))
  const next = ({ fields = [], price, lost }: Change): Tick => {
    const { tick } = log
    const board = copyBoard(tick.board)
    for (const field of fields) board.values[field] = tick.sequence
    const trade = price === undefined ? undefined : { price, quantity: 100 }
    return {
      ...plainTick('7203', tick.sequence + 1),
      board,
      ...(trade && { trade }),
      ...(lost && { lost }),
    }
  }
  const add = (round: number, change: Change): void =>
    addTick(log, round, next(change), change.isAfterGap === undefined)
  const since = (round: number, view: View = 'board', hasBoard = true) =>
    updatesSince(log, view, round, hasBoard)
  return {
    log,
    add,
    next,
    /** Plays a round with the changes, one a tick. */
    round(round: number, ...changes: Change[]): void {
      for (const change of changes) add(round, change)
      closeEntry(log)
    },
    since,
    /** The sequences that the updates after a round follow and have. */
    chain: (round: number, view: View) =>
      since(round, view).map(({ follows, tick }) => [follows, tick.sequence]),
  }
}

test('each view notices the fields that it shows', () => {
  const cases: readonly (readonly [name: string, field: number, views: readonly View[]])[] = [
    ['last', F.last, VIEWS],
    ['best ask', BEST_ASK, VIEWS],
    ['best bid', BEST_BID, VIEWS],
    ['deep ask', DEEP_ASK, ['board']],
    ['deep bid', DEEP_BID, ['board']],
    ['OVER', F.over, ['board']],
    ['update number', F.updateNumber, []],
    ['status time', F.statusTime, []],
    ['volume time', F.volumeTime, []],
  ]
  for (const [name, field, views] of cases) {
    const { log, round, since } = openLog()
    round(1, { fields: [field] })
    for (const view of VIEWS) {
      assert.equal(isChangedSince(log, view, 0), views.includes(view), `${name} in ${view}`)
      assert.equal(isChangedSince(log, view, 1), false)
      assert.equal(since(0, view).length, views.includes(view) ? 1 : 0, `${name} in ${view}`)
    }
    assert.equal(log.entries.length, Math.min(1, views.length), name)
  }
})

test('a trade, lost messages and a gap are visible in every view, without any changed field', () => {
  for (const change of [{ price: 100 }, { lost: true }, { isAfterGap: true }] as const) {
    const { log, round, since } = openLog()
    round(1, change)
    for (const view of VIEWS) {
      assert.equal(isChangedSince(log, view, 0), true)
      assert.equal(since(0, view)[0]?.tick.sequence, 1)
    }
  }
})

test('an update follows the last tick that its view has shown', () => {
  const { round, chain, since } = openLog()
  round(1, { fields: [BEST_ASK] })
  round(2, { fields: [DEEP_ASK] }, { fields: [DEEP_BID] })
  round(3, { fields: [F.updateNumber] })
  round(4, { fields: [BEST_BID] })
  round(5, { fields: [DEEP_ASK] })
  assert.deepEqual(chain(0, 'quote'), [[0, 6]])
  assert.deepEqual(chain(1, 'quote'), [[1, 6]])
  assert.deepEqual(chain(2, 'quote'), [[1, 6]])
  assert.deepEqual(chain(3, 'quote'), [[1, 6]])
  assert.deepEqual(chain(4, 'quote'), [])
  assert.deepEqual(chain(1, 'board'), [[1, 6]])
  // The tick of round 3 shows nothing. Its sequence is that of no update.
  assert.deepEqual(chain(2, 'board'), [[3, 6]])
  assert.deepEqual(chain(4, 'board'), [[5, 6]])
  const touched = since(2)[0]!.touched
  assert.deepEqual([touched[BEST_BID], touched[DEEP_ASK], touched[DEEP_BID]], [1, 1, 0])
})

test('a quote follows the last tick that changed it, also within a round', () => {
  const { round, chain } = openLog()
  round(1, { fields: [BEST_ASK] }, { fields: [DEEP_ASK] })
  round(2, { fields: [DEEP_ASK] })
  round(3, { fields: [BEST_ASK] })
  assert.deepEqual([chain(0, 'quote'), chain(2, 'quote')], [[[0, 4]], [[1, 4]]])
})

test('the last tick that changed a view is known up to each round, but not the first tick of a quote', () => {
  const { log, round } = openLog()
  round(1, { isAfterGap: true, fields: [F.last] })
  round(2, { fields: [DEEP_ASK] })
  round(3, { fields: [F.last] }, { fields: [DEEP_ASK] })
  round(4, { fields: [DEEP_ASK] })
  const reached = (view: View) => [0, 1, 2, 3, 4].map(after => reachedAt(log, view, after)?.sequence)
  assert.deepEqual(reached('board'), [undefined, 1, 2, 4, 5])
  // The tick of round 1 may show the same quote as the ticks before it, which the log does not have.
  assert.deepEqual(reached('quote'), [undefined, undefined, undefined, 3, 3])
  assert.deepEqual(reached('quote-trades'), reached('quote'))
  dropEntries(log, 2)
  assert.deepEqual(reached('board'), [undefined, undefined, undefined, 4, 5])
})

test('after a gap the update is whole, also merged with other rounds; the next one follows it', () => {
  const { round, chain } = openLog()
  round(1, { fields: [F.last] })
  round(2, { fields: [F.last] }, { isAfterGap: true, fields: [F.last] })
  round(3, { fields: [F.last] })
  assert.deepEqual(chain(0, 'board'), [[undefined, 4]])
  assert.deepEqual(chain(1, 'quote'), [[undefined, 4]])
  assert.deepEqual(chain(2, 'board'), [[3, 4]])
})

test('high, low, trades and lost messages of all rounds come in one update', () => {
  const { round, since } = openLog()
  round(1, { price: 105 }, { fields: [F.last] }, { price: 103 })
  round(2, { fields: [F.last] })
  round(3, { price: 107, lost: true }, { price: 104 })
  const [update, ...others] = since(0)
  assert.deepEqual([update?.high, update?.low, update?.lost, others.length], [107, 103, true, 0])
  assert.deepEqual(
    update?.trades.map(({ sequence, trade }) => [sequence, trade.price]),
    [
      [1, 105],
      [3, 103],
      [5, 107],
      [6, 104],
    ],
  )
  const [quote] = since(1, 'quote')
  assert.deepEqual([quote?.high, quote?.low, quote?.traded, quote?.trades], [107, 104, 200, []])
  const [quiet] = since(1, 'quote-trades')
  assert.equal(quiet?.trades.length, 2)
})

test('the ticks of the open round are not in an update', () => {
  const { log, add, since } = openLog()
  add(1, { fields: [F.last] })
  assert.deepEqual([isChangedSince(log, 'board', 0), since(0)], [false, []])
  closeEntry(log)
  closeEntry(log)
  assert.equal(log.entries.length, 1)
})

const trades = (count: number): Change[] => Array.from({ length: count }, () => ({ price: 100 }))

test('an update has at most 200 trades: more make further updates that follow each other', () => {
  assert.equal(MAX_TRADES_PER_UPDATE, 200)
  const cases: readonly (readonly [rounds: readonly number[], updates: readonly number[]])[] = [
    [[200], [200]],
    [[201], [200, 1]],
    [[401], [200, 200, 1]],
    [[100, 100], [200]],
    [
      [100, 101],
      [100, 101],
    ],
    [
      [150, 40, 20, 190],
      [190, 20, 190],
    ],
  ]
  for (const [rounds, expected] of cases) {
    const { round, since, log } = openLog()
    for (const [index, count] of rounds.entries()) round(index + 1, ...trades(count))
    const updates = since(0)
    assert.deepEqual(
      updates.map(({ trades }) => trades.length),
      expected,
    )
    let sequence = 0
    for (const { follows, tick } of updates) {
      assert.equal(follows, sequence)
      sequence = tick.sequence
    }
    assert.equal(sequence, log.tick.sequence)
    // A view without trades needs one update.
    assert.deepEqual(
      since(0, 'quote').map(({ follows, trades }) => [follows, trades.length]),
      [[0, 0]],
    )
  }
})

test('a round that follows 200 trades without a trade of its own is in their update', () => {
  const { round, since } = openLog()
  round(1, ...trades(200))
  round(2, { fields: [F.last] })
  assert.deepEqual(
    since(0).map(({ trades, tick }) => [trades.length, tick.sequence]),
    [[200, 201]],
  )
})

test('only the first update is whole if rounds were dropped', () => {
  const { log, round, since } = openLog()
  round(1, { fields: [F.last] })
  round(2, ...trades(200))
  round(3, ...trades(10))
  assert.equal(dropEntries(log, 1), 1)
  assert.deepEqual(
    since(0).map(({ follows, trades, lost }) => [follows, trades.length, lost]),
    [
      [undefined, 200, false],
      [201, 10, false],
    ],
  )
  assert.deepEqual(
    since(1).map(({ follows }) => follows),
    [1, 201],
  )
})

test('dropped trades are lost for a connection that has a board, also in a view without trades', () => {
  const { log, round, since } = openLog()
  round(1, { price: 100 })
  round(2, { fields: [F.last] })
  round(3, { fields: [F.last] })
  assert.equal(dropEntries(log, 2), 2)
  const seen = (after: number, view: View, hasBoard = true) =>
    since(after, view, hasBoard).map(({ follows, lost }) => [follows, lost])
  assert.deepEqual(seen(0, 'board'), [[undefined, true]])
  assert.deepEqual(seen(0, 'quote-trades'), [[undefined, true]])
  assert.deepEqual(seen(0, 'quote'), [[undefined, true]])
  assert.deepEqual(seen(0, 'board', false), [[undefined, false]])
  // The connection has the trade of round 1.
  for (const view of VIEWS) assert.deepEqual(seen(1, view), [[undefined, false]])
  assert.deepEqual(seen(2, 'board'), [[2, false]])
})

test('the shares are those after the last gap with missing trades', () => {
  for (const [volume, traded] of [
    [1_200, 200],
    [1_201, 100],
  ] as const) {
    const { log, next, round, since } = openLog()
    log.tick.board.values[F.volume] = 1_000
    round(1, { price: 100 })
    log.tick.board.values[F.volume] = 1_100
    const tick = next({ price: 100 })
    tick.board.values[F.volume] = volume
    addTick(log, 2, tick, false)
    closeEntry(log)
    assert.equal(since(0, 'quote')[0]?.traded, traded)
  }
})

test('a high and a low without those of the dropped trades come with the mark', () => {
  const { log, round, since } = openLog()
  round(1, { price: 120 })
  round(2, { price: 99 }, { price: 101 })
  dropEntries(log, 1)
  const range = (after: number) => since(after, 'quote').map(({ high, low, lost }) => [high, low, lost])
  assert.deepEqual([range(0), range(1)], [[[101, 99, true]], [[101, 99, false]]])
})

test('dropped lost messages are lost too', () => {
  const { log, round, since } = openLog()
  round(1, { fields: [F.last], lost: true })
  round(2, { fields: [F.last] })
  dropEntries(log, 1)
  assert.deepEqual([since(0)[0]?.lost, since(1)[0]?.lost], [true, false])
})

test('if every later round was dropped, the update is the latest board alone', () => {
  const { log, round, since } = openLog()
  round(1, { price: 100, fields: [F.last] })
  round(2, { fields: [F.last] })
  assert.equal(dropEntries(log, 0), 0)
  assert.equal(dropEntries(log, 5), 2)
  assert.equal(dropEntries(log, 5), 0)
  const [update, ...others] = since(0)
  assert.deepEqual(
    [update?.tick.sequence, update?.follows, update?.lost, update?.trades, update?.high, others.length],
    [2, undefined, true, [], undefined, 0],
  )
  assert.equal(update?.touched.some(Boolean), false)
  assert.deepEqual(since(2), [])
})

test('a replaced tick is in no update, and the next update follows it in every view', () => {
  const { log, add, next, round, since, chain } = openLog()
  round(1, { price: 100 })
  round(2, { fields: [DEEP_ASK] })
  add(3, { price: 100 })
  assert.equal(replaceTick(log, next({ fields: [F.last] })), 2)
  closeEntry(log)
  assert.deepEqual([log.entries.length, log.tick.sequence], [0, 4])
  round(4, { fields: [F.last] })
  for (const view of VIEWS) assert.deepEqual(chain(3, view), [[4, 5]])
  assert.deepEqual([since(1)[0]?.follows, since(1)[0]?.lost], [undefined, false])
  assert.deepEqual([since(0)[0]?.follows, since(0)[0]?.lost], [undefined, true])
})
