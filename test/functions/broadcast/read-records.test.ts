import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRecords } from '../../../functions/broadcast/read-records.ts'
import { emptyBoard } from '../../../market/board.ts'
import { encodeEvents } from '../../../market/codec/envelope.ts'
import type { MarketEvent } from '../../../market/market-event.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis } from '../../../market/units.ts'
import { MORNING, openSender, sampleTicks, TRADING_DATE } from '../stored-market.ts'
import { createFeed } from './feed.ts'
import { openRounds } from './log-rounds.ts'

/** A record as Lambda delivers it. */
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

test('what a lane reports about its completeness is not for apps', () => {
  const header = {
    line: 1,
    lane: 0,
    epoch: asEpochMillis(1),
    counter: 1,
    tradingDate: TRADING_DATE,
    position: 1,
    reached: 1,
  }
  const time = '2026-11-20T09:00:00.000000+09:00'
  const phase: MarketEvent = { type: 'phase', time, phase: 'morning' }
  const bytes = encodeEvents(header, [{ type: 'complete', until: time }, phase])
  const { events } = readRecords([base64(bytes)], openRounds())
  assert.deepEqual(events, [{ event: phase, epoch: 1 }])
})

test('the ticks of a round are counted, and the youngest is the first with the latest time', () => {
  const sender = openSender(1)
  const tickAt = (sequence: number, time: number): Tick => ({
    tradingDate: TRADING_DATE,
    line: 1,
    sequence,
    time: MORNING + time,
    board: emptyBoard('7203'),
  })
  const records = [[tickAt(1, 1), tickAt(2, 3), tickAt(3, 3)], [tickAt(4, 3)], [tickAt(5, 2)]].flatMap(
    sender.send,
  )
  const read = readRecords(records.map(base64), openRounds())
  assert.deepEqual([read.ticks, read.youngest?.sequence, read.errors], [5, 2, []])
})

test('the boards of a key frame are not ticks of the round, and bad records are errors', () => {
  const sender = openSender(1)
  const sent = sender.send(sampleTicks(10))
  const records = [...sender.keyFrames(), Uint8Array.of(1, 2, 3), ...sent].map(base64)
  const { ticks, youngest, errors } = readRecords(records.slice(0, -sent.length), openRounds())
  assert.deepEqual([ticks, youngest, errors.length], [0, undefined, 1])
  assert.equal(readRecords(records, openRounds()).ticks, 10)
  assert.deepEqual(readRecords([], openRounds()), {
    events: [],
    ticks: 0,
    youngest: undefined,
    errors: [],
  })
})

test('records of a replaced task are dropped, with their events; repeated records are not', () => {
  const time = '2026-11-20T09:00:00.000000+09:00'
  const news: MarketEvent = { type: 'news', time, headline: '新製品', issues: [] }
  const old = createFeed(asEpochMillis(1))
  const first = old.events()
  const next = createFeed(asEpochMillis(2), { epoch: asEpochMillis(1), counter: 1 })
  const late = [old.events(news), old.ticks(old.tick('7203', 1))]
  const records = [first, next.events(news), ...late]
  const rounds = openRounds()
  for (const _ of [1, 2]) {
    const { events, ticks, youngest } = readRecords(records, rounds)
    assert.deepEqual([events, ticks, youngest], [[{ event: news, epoch: 2 }], 0, undefined])
  }
  assert.equal(rounds.latest('7203'), undefined)
})
