import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMarketLog } from '../../../functions/broadcast/market-log.ts'
import {
  BYTES_PER_ROUND,
  createMissedTexts,
  TRADES_PER_ROUND,
} from '../../../functions/broadcast/missed-texts.ts'
import { createTradeJournal } from '../../../functions/broadcast/trade-journal.ts'
import { emptyBoard, F } from '../../../market/board.ts'
import { decodeEnvelope, EnvelopeWriter } from '../../../market/codec/envelope.ts'
import type { MissedTrades } from '../../../market/protocol.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis } from '../../../market/units.ts'
import { POSTS_PER_PUSH } from '../../../posts/push.ts'
import { TRADING_DATE } from '../stored-market.ts'
import { createFeed } from './feed.ts'
import { plainTick } from './plain-tick.ts'

const DATE = '2026-11-20'
const PLENTY = 1e9
/** When the apps asked. */
const askedAt = asEpochMillis(5)

/** An environment that knows the trades of some issues. */
function openEnvironment() {
  const journal = createTradeJournal()
  const log = createMarketLog(() => false, journal)
  const missed = createMissedTexts(log, journal)
  const feed = createFeed()
  return {
    log,
    missed,
    /** A round with trades of an issue. Returns the last sequence. */
    trade(issue: string, count: number): number {
      const volume = log.latest(issue)?.board.values[F.volume] ?? 0
      const ticks = Array.from({ length: count }, (_, index) => feed.tick(issue, volume + 100 * (index + 1)))
      log.take(decodeEnvelope(Buffer.from(feed.ticks(...ticks), 'base64')))
      log.endRound(asEpochMillis(0))
      return ticks.at(-1)!.sequence
    },
    /** Returns the entries of one post, and the sequence that the connection has with them. */
    entries(issue: string, sequence: number, most = PLENTY, date = DATE) {
      missed.startPost()
      const part = missed.of(issue, { date, sequence, askedAt }, most)
      assert.ok(part !== 'unknown', `${issue}: unknown`)
      return (
        part && { entries: part.texts.map(text => JSON.parse(text) as MissedTrades), reached: part.reached }
      )
    },
    /** Returns whether the environment cannot answer yet. */
    isUnknown: (issue: string, date = DATE) =>
      missed.of(issue, { date, sequence: 1, askedAt }, PLENTY) === 'unknown',
  }
}

test('a part has as many entries as begin within the bytes, one at least, and the next part continues it', () => {
  const { trade, entries, missed } = openEnvironment()
  const last = trade('7203', 1 + 3 * 200 + 50)
  missed.startRound()
  const first = entries('7203', 1, 1)
  assert.deepEqual(
    first?.entries.map(each => [each.follows, each.sequence, each.trades.length]),
    [[1, 201, 200]],
  )
  assert.deepEqual(first?.reached, { date: DATE, sequence: 201, askedAt })
  const rest = entries('7203', 201)
  assert.deepEqual(
    rest?.entries.map(each => [each.follows, each.sequence, each.trades.length]),
    [
      [201, 401, 200],
      [401, 601, 200],
      [601, last, 50],
    ],
  )
  assert.equal(rest?.reached, undefined)
})

test('times of trades count from the last of their entry', () => {
  const { trade, entries, missed } = openEnvironment()
  trade('7203', 4)
  missed.startRound()
  const [entry] = entries('7203', 2)!.entries
  // The ticks have 3 and 4 microseconds after nine.
  assert.equal(entry?.time, 1_795_132_800_000_004)
  assert.deepEqual(
    entry?.trades.map(([, , , sequence, before]) => [sequence, before]),
    [
      [3, 1],
      [4, 0],
    ],
  )
})

test('an earlier date gets the whole present date, and a later date waits for its first tick', () => {
  const { trade, entries, isUnknown, missed } = openEnvironment()
  trade('7203', 3)
  missed.startRound()
  const [entry] = entries('7203', 99, PLENTY, '2026-11-19')!.entries
  // The first tick of the feed has a volume without a trade.
  assert.deepEqual([entry?.date, entry?.follows, entry?.trades.length], [DATE, 1, 2])
  assert.deepEqual(
    [isUnknown('7203'), isUnknown('7203', '2026-11-21'), isUnknown('9999')],
    [false, true, true],
  )
})

test('a round makes a bounded number of trades, and keeps them for the next round', () => {
  const { trade, entries, missed } = openEnvironment()
  trade('7203', 1 + TRADES_PER_ROUND)
  trade('6758', 1 + 200)
  missed.startRound()
  assert.equal(entries('7203', 1)?.reached, undefined)
  assert.equal(entries('6758', TRADES_PER_ROUND + 2), undefined)
  missed.startRound()
  // The texts of 7203 take nothing of this round.
  assert.equal(entries('7203', 1)?.reached, undefined)
  assert.equal(entries('6758', TRADES_PER_ROUND + 2)?.reached, undefined)
})

test('a round sends a bounded number of bytes, and a shared text counts once a push', () => {
  const { trade, missed } = openEnvironment()
  trade('7203', 1 + 2_000)
  missed.startRound()
  const mark = { date: DATE, sequence: 1, askedAt }
  missed.startPost()
  const whole = missed.of('7203', mark, PLENTY)
  assert.ok(typeof whole === 'object')
  const { bytes } = whole
  let posts = 1
  for (let isAll = true; isAll; posts++) {
    missed.startPost()
    const part = missed.of('7203', mark, PLENTY)
    isAll = typeof part === 'object' && part.reached === undefined
  }
  // Each push but the last has all entries. The entry that reaches the bound may go over it.
  const pushes = Math.floor((posts - 1) / POSTS_PER_PUSH)
  const [least, most] = [Math.floor(BYTES_PER_ROUND / bytes), Math.ceil(BYTES_PER_ROUND / bytes)]
  assert.ok(pushes === least || pushes === most, `${pushes} pushes of ${bytes} bytes`)
})

test('an entry tells that the line has lost messages', () => {
  const { log, missed, entries } = openEnvironment()
  const tickOf = (sequence: number, volume: number, more: Partial<Tick> = {}): Tick => {
    const board = emptyBoard('7203')
    board.values[F.updateNumber] = sequence
    board.values[F.last] = 10_000_000
    board.values[F.volume] = volume
    return { ...plainTick('7203', sequence), board, trade: { price: 10_000_000, quantity: 100 }, ...more }
  }
  const writer = new EnvelopeWriter()
  for (const tick of [tickOf(1, 100), tickOf(2, 200), tickOf(7, 900, { lost: true }), tickOf(8, 1_000)])
    writer.add(tick)
  const header = { line: 1, lane: 0, epoch: asEpochMillis(1), position: 0, reached: 0 }
  log.take(decodeEnvelope(writer.finish({ ...header, counter: 1, tradingDate: TRADING_DATE })))
  log.endRound(asEpochMillis(0))
  missed.startRound()
  const lostAfter = (sequence: number) =>
    entries('7203', sequence)!.entries.map(each => [each.follows, each.lost])
  assert.deepEqual([lostAfter(0), lostAfter(2), lostAfter(7)], [[[0, true]], [[2, true]], [[7, undefined]]])
})
