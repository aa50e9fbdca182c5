import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReplay, noteDelivery, startReplay, wasDelivered } from '../../../ingest-task/line/replay.ts'
import type { LineContent } from '../../../ingest-task/line-seam.ts'
import { momentOf } from '../../../market/moment.ts'
import { asTradingDate } from '../../../market/units.ts'
import { SESSION, TRADING_DATE } from './machine-run.ts'

const ANSWER = { tradingDate: TRADING_DATE, session: SESSION }
const NINE = 32_400_000_000
const at = (time: number) => momentOf(TRADING_DATE, time)

const news = (time: number): LineContent => ({ kind: 'news', time, headline: '', issues: [], position: 1 })
const phase = (time: number): LineContent => ({ kind: 'phase', time, phase: 'morning', position: 1 })
const prices: LineContent = { kind: 'messages', bytes: new Uint8Array(0), snapshot: false, position: 1 }

test('a session that repeats the day drops news up to the resume point', () => {
  const resume = { tradingDate: TRADING_DATE, position: 0, time: NINE }
  const replay = startReplay(createReplay(resume), ANSWER, true)
  assert.deepEqual(
    [NINE - 1, NINE, NINE + 1].map(time => wasDelivered(replay, news(time))),
    [true, true, false],
  )
  const repeatsNothing = startReplay(createReplay(resume), ANSWER, false)
  assert.equal(wasDelivered(repeatsNothing, news(NINE)), false)
})

test('a session that repeats the day drops news up to the latest content delivered', () => {
  const first = startReplay(createReplay(undefined), ANSWER, true)
  assert.equal(wasDelivered(first, news(0)), false)
  const again = startReplay(noteDelivery(first, prices, at(NINE)), ANSWER, true)
  assert.deepEqual(
    [NINE, NINE + 1].map(time => wasDelivered(again, news(time))),
    [true, false],
  )
})

test('phases before the latest phase are dropped, and the latest phase may come twice', () => {
  const replay = noteDelivery(startReplay(createReplay(undefined), ANSWER, false), phase(NINE), at(NINE + 9))
  assert.deepEqual(
    [NINE - 1, NINE, NINE + 1].map(time => wasDelivered(replay, phase(time))),
    [true, false, false],
  )
  // Other content does not change the latest phase.
  assert.equal(wasDelivered(noteDelivery(replay, prices, at(2 * NINE)), phase(NINE)), false)
  assert.equal(wasDelivered(noteDelivery(replay, prices, at(2 * NINE)), phase(NINE - 1)), true)
})

test('a phase with a time that is to come counts from its arrival', () => {
  const replay = noteDelivery(startReplay(createReplay(undefined), ANSWER, false), phase(2 * NINE), at(NINE))
  assert.deepEqual(
    [NINE - 1, NINE].map(time => wasDelivered(replay, phase(time))),
    [true, false],
  )
})

test('phases and news of a new trading date are delivered', () => {
  const replay = noteDelivery(startReplay(createReplay(undefined), ANSWER, false), phase(NINE), at(NINE))
  const next = { tradingDate: asTradingDate(20261124), session: SESSION }
  const started = startReplay(replay, next, true)
  assert.equal(wasDelivered(started, phase(0)), false)
  assert.equal(wasDelivered(started, news(0)), false)
})

test('prices are never dropped', () => {
  const resume = { tradingDate: TRADING_DATE, position: 0, time: NINE }
  assert.equal(wasDelivered(startReplay(createReplay(resume), ANSWER, true), prices), false)
})
