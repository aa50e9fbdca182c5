/** Tests that a task calls no lane complete while its line is behind the exchange, although heartbeats arrive in time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shiftedClock } from '../../market/clock.ts'
import type { Envelope } from '../../market/codec/envelope.ts'
import { momentFromIso, momentOf } from '../../market/moment.ts'
import { nowMillis, toEpochMillis } from '../../market/units.ts'
import { until } from '../until.ts'
import { openStream } from './ingest-stream.ts'
import { LANES, MARKET, openLines, runIngest } from './line-and-stream.ts'

/** Real time by which the exchange is behind the market clock of the task, ms. */
const BEHIND_MS = 6_000
/** Market seconds in a real second. */
const SPEED = 5
const LINE = 1
/** Reports of each lane to wait for. The task sends one in three seconds, and knows the line after ten. */
const REPORTS = 6

test('no tick follows a report that its lane is complete, although the line is seconds behind', async t => {
  const stream = await openStream()
  t.after(() => stream.close())
  const { tradingDate, from } = MARKET
  const start = { real: nowMillis(), market: toEpochMillis(momentOf(tradingDate, from)), speed: SPEED }
  const early = { ...start, market: toEpochMillis(momentOf(tradingDate, from + BEHIND_MS * 1000 * SPEED)) }
  const lines = await openLines(shiftedClock([start]))
  t.after(() => lines.close())
  const task = runIngest(stream, shiftedClock([early]), LINE, lines.ports[LINE - 1]!)
  await task.logged('line is live')
  const isReported = async (): Promise<boolean> => reportsOf(await stream.envelopes(), 0) >= REPORTS
  await until(isReported, `${REPORTS} reports`, { limitMs: 60_000, pollMs: 500 })
  await task.close()

  const envelopes = await stream.envelopes()
  for (let lane = 0; lane < LANES; lane++) {
    assert.ok(reportsOf(envelopes, lane) >= REPORTS)
    assert.deepEqual(ticksBefore(envelopes, lane), [])
  }
})

function reportsOf(envelopes: readonly Envelope[], lane: number): number {
  return laneSteps(envelopes, lane).filter(step => 'complete' in step).length
}

/** Returns the ticks of a lane that came after a report that all ticks of their time had come. */
function ticksBefore(envelopes: readonly Envelope[], lane: number): string[] {
  let complete = 0
  return laneSteps(envelopes, lane).flatMap(step => {
    if ('complete' in step) complete = Math.max(complete, step.complete)
    else if (step.time <= complete) return [`${step.issue}: ${(complete - step.time) / 1000} ms too late`]
    return []
  })
}

/** A tick, or a report that all ticks up to a time have come. Times are epoch µs. */
type Step = { readonly issue: string; readonly time: number } | { readonly complete: number }

/** Returns the steps of a lane in the order of the stream. */
function laneSteps(envelopes: readonly Envelope[], lane: number): Step[] {
  return envelopes
    .filter(envelope => envelope.line === LINE && envelope.lane === lane)
    .flatMap((envelope): Step[] => {
      if (envelope.kind === 'ticks')
        return envelope.ticks.map(({ board, tradingDate, time }) => ({
          issue: board.issue,
          time: momentOf(tradingDate, time),
        }))
      if (envelope.kind !== 'events') return []
      return envelope.events.flatMap(event =>
        event.type === 'complete' ? [{ complete: momentFromIso(event.until)! }] : [],
      )
    })
}
