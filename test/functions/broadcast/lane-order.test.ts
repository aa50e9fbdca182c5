/** The rules by which lanes and ticks continue, one envelope at a time. conflate.test.ts has their properties. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_TRADES_PER_UPDATE } from '../../../functions/broadcast/issue-log.ts'
import { createLaneOrder } from '../../../functions/broadcast/lane-order.ts'
import { emptyBoard, F } from '../../../market/board.ts'
import type { Envelope, EnvelopeHeader } from '../../../market/codec/envelope.ts'
import type { IssueUpdate } from '../../../market/issue-update.ts'
import { POST_BYTES } from '../../../market/protocol.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis, asTradingDate } from '../../../market/units.ts'
import { MORNING, TRADING_DATE } from '../stored-market.ts'
import { openRounds } from './log-rounds.ts'

const NEXT_DATE = asTradingDate(TRADING_DATE + 4)
const [OLD, EPOCH, NEW] = [1, 2, 3].map(asEpochMillis) as [never, never, never]

/** A tick whose volume is its sequence. */
function tickOf(sequence: number, more: Partial<Tick> = {}, issue = '7203'): Tick {
  const board = emptyBoard(issue)
  board.values[F.volume] = sequence
  return { tradingDate: TRADING_DATE, line: 1, sequence, time: MORNING + sequence, board, ...more }
}

const headerOf = (counter: number, more: Partial<EnvelopeHeader> = {}): EnvelopeHeader => ({
  line: 1,
  lane: 0,
  epoch: EPOCH,
  counter,
  tradingDate: TRADING_DATE,
  position: 0,
  reached: 0,
  ...more,
})
/** An envelope with one tick. */
const ticks = (counter: number, tick: Tick, more: Partial<EnvelopeHeader> = {}): Envelope => ({
  ...headerOf(counter, more),
  kind: 'ticks',
  ticks: [tick],
})
const keyFrame = (counter: number, tick: Tick, more: Partial<EnvelopeHeader> = {}): Envelope => ({
  ...headerOf(counter, more),
  kind: 'boards',
  part: 1,
  parts: 1,
  ticks: [tick],
})
const events = (counter: number): Envelope => ({ ...headerOf(counter), kind: 'events', events: [] })

/** Returns the updates after each envelope: the sequence, and what the update follows. */
function updatesOf(...envelopes: Envelope[]): (readonly [sequence: number, follows: number | undefined])[] {
  const rounds = openRounds()
  return envelopes.flatMap(envelope => {
    rounds.take(envelope)
    return rounds.finish().map(({ tick, follows }) => [tick.sequence, follows] as const)
  })
}

const FIRST = ticks(5, tickOf(1))

test('the next envelope of a lane continues it: the update follows; the first update and one after a gap do not', () => {
  assert.deepEqual(updatesOf(FIRST, ticks(6, tickOf(2))), [
    [1, undefined],
    [2, 1],
  ])
  assert.deepEqual(updatesOf(FIRST, ticks(7, tickOf(2))), [
    [1, undefined],
    [2, undefined],
  ])
  assert.deepEqual(updatesOf(FIRST, ticks(7, tickOf(2)), ticks(8, tickOf(3))), [
    [1, undefined],
    [2, undefined],
    [3, 2],
  ])
})

test('an envelope with a counter, an epoch or a date that the lane has passed is ignored', () => {
  for (const late of [
    ticks(5, tickOf(2)),
    ticks(4, tickOf(2)),
    ticks(6, tickOf(2), { epoch: OLD }),
    ticks(6, tickOf(2), { epoch: NEW, tradingDate: asTradingDate(TRADING_DATE - 1) }),
  ])
    assert.deepEqual(updatesOf(FIRST, late), [[1, undefined]])
})

test('a later epoch restarts the counters of a lane, and a later date its epochs', () => {
  assert.deepEqual(updatesOf(FIRST, ticks(1, tickOf(2), { epoch: NEW })), [
    [1, undefined],
    [2, undefined],
  ])
  const monday = { tradingDate: NEXT_DATE }
  assert.deepEqual(updatesOf(FIRST, ticks(1, tickOf(1, monday), { ...monday, epoch: OLD })), [
    [1, undefined],
    [1, undefined],
  ])
})

test('a new process continues a lane if it follows an envelope that the lane has passed', () => {
  const followed = (follows: EnvelopeHeader['follows']) =>
    updatesOf(FIRST, ticks(1, tickOf(2), { epoch: NEW, ...(follows && { follows }) }))[1]?.[1]
  assert.equal(followed({ epoch: EPOCH, counter: 5 }), 1)
  assert.equal(followed({ epoch: EPOCH, counter: 4 }), 1, 'the lane has passed later envelopes too')
  assert.equal(followed({ epoch: EPOCH, counter: 6 }), undefined)
  assert.equal(followed({ epoch: OLD, counter: 5 }), undefined)
  assert.equal(followed(undefined), undefined)
})

test('a new process may follow a process that others have replaced meanwhile, up to eight', () => {
  const follows = { epoch: EPOCH, counter: 5 }
  const lastAfter = (others: number) => {
    const all = Array.from({ length: others + 1 }, (_, index) =>
      ticks(1, tickOf(2 + index), { epoch: asEpochMillis(EPOCH + 1 + index), follows }),
    )
    return updatesOf(FIRST, ...all).at(-1)
  }
  assert.deepEqual(lastAfter(1), [3, 2])
  assert.deepEqual(lastAfter(8), [10, 9])
  assert.deepEqual(lastAfter(9), [11, undefined])
})

test('an envelope that came in time is repeated, not late, after a newer process has taken over', () => {
  const lanes = createLaneOrder()
  const places = [
    headerOf(5),
    headerOf(1, { epoch: NEW, follows: { epoch: EPOCH, counter: 5 } }),
    headerOf(5),
    headerOf(6),
    headerOf(1, { epoch: NEW }),
    headerOf(9, { lane: 1 }),
  ]
  assert.deepEqual(
    places.map(header => lanes.enter(header)),
    ['gap', 'next', 'repeated', 'late', 'repeated', 'gap'],
  )
})

test('envelopes of events count in their lane', () => {
  assert.deepEqual(updatesOf(FIRST, events(6), ticks(7, tickOf(2))), [
    [1, undefined],
    [2, 1],
  ])
  assert.deepEqual(updatesOf(FIRST, events(7), ticks(8, tickOf(2))), [
    [1, undefined],
    [2, undefined],
  ])
})

test('a gap breaks the issues of its lane only', () => {
  const other = { lane: 1 }
  const updates = updatesOf(
    FIRST,
    ticks(1, tickOf(2, {}, '6758'), other),
    events(9),
    ticks(2, tickOf(3, {}, '6758'), other),
    ticks(10, tickOf(4)),
  )
  assert.deepEqual(updates, [
    [1, undefined],
    [2, undefined],
    [3, 2],
    [4, undefined],
  ])
})

test('an issue that comes in another lane starts with a whole board', () => {
  const updates = updatesOf(FIRST, ticks(1, tickOf(2), { lane: 1 }), ticks(2, tickOf(3), { lane: 1 }))
  assert.deepEqual(updates, [
    [1, undefined],
    [2, undefined],
    [3, 2],
  ])
})

test('a key frame with the latest tick proves that nothing was missed; repeated ticks do not', () => {
  assert.deepEqual(updatesOf(FIRST, keyFrame(7, tickOf(1)), ticks(8, tickOf(2))), [
    [1, undefined],
    [2, 1],
  ])
  assert.deepEqual(updatesOf(FIRST, ticks(7, tickOf(1)), ticks(8, tickOf(2))), [
    [1, undefined],
    [2, undefined],
  ])
  const newer = updatesOf(FIRST, keyFrame(7, tickOf(2)), ticks(8, tickOf(3)))
  assert.deepEqual(newer, [
    [1, undefined],
    [2, undefined],
    [3, 2],
  ])
  const older = updatesOf(ticks(5, tickOf(2)), keyFrame(7, tickOf(1)), ticks(8, tickOf(3)))
  assert.deepEqual(older, [
    [2, undefined],
    [3, undefined],
  ])
  const yesterday = tickOf(1, { tradingDate: asTradingDate(TRADING_DATE - 1) })
  assert.deepEqual(updatesOf(FIRST, keyFrame(7, yesterday), ticks(8, tickOf(2))), [
    [1, undefined],
    [2, undefined],
  ])
})

test('a tick of a later date is later, whatever its sequence, and its update is a whole board', () => {
  const monday = { tradingDate: NEXT_DATE }
  const updates = updatesOf(
    ticks(5, tickOf(9)),
    ticks(6, tickOf(1, monday), monday),
    ticks(7, tickOf(2, monday), monday),
  )
  assert.deepEqual(updates, [
    [9, undefined],
    [1, undefined],
    [2, 1],
  ])
})

/** Returns the updates of one round with the given ticks, after the tick with sequence 1. */
function roundOf(...round: Tick[]): IssueUpdate[] {
  const rounds = openRounds()
  rounds.take(FIRST)
  rounds.finish()
  for (const [index, tick] of round.entries()) rounds.take(ticks(6 + index, tick))
  return rounds.finish()
}

test('an update marks exactly the fields that its round has changed, with 1', () => {
  const [update] = roundOf(tickOf(2), tickOf(3))
  assert.equal(update?.follows, 1)
  assert.deepEqual(
    [...update!.touched.entries()].filter(([, mark]) => mark !== 0),
    [[F.volume, 1]],
  )
})

test('an update has highest and lowest price and the mark of lost messages of its round only', () => {
  const trade = (price: number) => ({ trade: { price, quantity: 100 } })
  const [update] = roundOf(
    tickOf(2, trade(30)),
    tickOf(3, trade(10)),
    tickOf(4, { ...trade(20), lost: true }),
    tickOf(5),
  )
  assert.deepEqual([update?.high, update?.low, update?.lost, update?.trades.length], [30, 10, true, 3])
  const [quiet] = roundOf(tickOf(2))
  assert.deepEqual([quiet?.high, quiet?.low, quiet?.lost, quiet?.trades], [undefined, undefined, false, []])
})

test('an update with the most trades fits into a post, and the next trade opens another', () => {
  // A trade has at most 80 bytes of JSON.
  assert.ok(MAX_TRADES_PER_UPDATE * 80 < POST_BYTES)
  const trade = { price: 1, quantity: 100 }
  const traded = (count: number): Tick[] =>
    Array.from({ length: count }, (_, index) => tickOf(2 + index, { trade }))
  const full = traded(MAX_TRADES_PER_UPDATE)
  const last = full.at(-1)!.sequence
  const rangesOf = (...ticks: Tick[]) =>
    roundOf(...ticks).map(({ follows, tick }) => [follows, tick.sequence])
  assert.deepEqual(rangesOf(...full), [[1, last]])
  assert.deepEqual(rangesOf(...full, tickOf(last + 1)), [[1, last + 1]])
  assert.deepEqual(rangesOf(...full, tickOf(last + 1, { trade })), [
    [1, last],
    [last, last + 1],
  ])
})
