import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openExchange } from '../../local/exchange/exchange.ts'
import type { Envelope } from '../../market/codec/envelope.ts'
import { momentFromIso, timeOfDay } from '../../market/moment.ts'
import { openStream } from './ingest-stream.ts'
import {
  LANES,
  lineEventsOf,
  MARKET,
  marketClock,
  NOBODY,
  openLines,
  runIngest,
  statesOf,
} from './line-and-stream.ts'
import { assertOrdered, assertTrue, assertWhole, openTruth, ticksOf } from './line-truth.ts'

/** Time between two publications of the line's state, milliseconds. */
const PULSE = 3000

test('every message of three lines becomes a true tick in the stream, in order', async t => {
  const stream = await openStream()
  t.after(() => stream.close())
  const clock = marketClock()
  const lines = await openLines(clock)
  t.after(() => lines.close())
  const tasks = lines.ports.map((port, index) => runIngest(stream, clock, index + 1, port))
  await Promise.all(tasks.map(task => task.logged('line is live')))
  await wait(2000)
  await Promise.all(tasks.map(task => task.close()))
  const until = timeOfDay(clock.now())
  const envelopes = await stream.envelopes()
  const truth = openTruth(MARKET)
  for (const line of [1, 2, 3]) {
    const ticks = ticksOf(envelopes, line)
    assertOrdered(ticks)
    const facts = truth.of(line, until)
    assertTrue(ticks, facts)
    const live = assertWhole(ticks, facts)
    assert.ok(live > 100, `${live} messages after the snapshot`)
    assert.deepEqual(statesOf(envelopes, line), ['stale', 'recovering', 'live', 'stale'])
    const lanes = envelopes.filter(envelope => envelope.line === line)
    for (let lane = 0; lane < LANES; lane++) {
      const counters = lanes.filter(envelope => envelope.lane === lane).map(({ counter }) => counter)
      assert.deepEqual(
        counters,
        counters.map((_, index) => index + 1),
        'lane counters have no gap',
      )
    }
  }
  const listed = envelopes.flatMap(envelope =>
    envelope.kind === 'events'
      ? envelope.events.flatMap(event => (event.type === 'issues' ? event.issues : []))
      : [],
  )
  const { issues } = openExchange(MARKET)
  assert.deepEqual(
    new Map(listed.map(issue => [issue.code, issue])),
    new Map(issues.map(issue => [issue.code, issue])),
  )
})

test('a task publishes the state of its line again and again, live or stale, until it ends', async t => {
  const stream = await openStream()
  t.after(() => stream.close())
  const clock = marketClock()
  const lines = await openLines(clock)
  t.after(() => lines.close())
  const [live, stale] = [1, 2]
  const tasks = [
    runIngest(stream, clock, live, lines.ports[live - 1]!),
    runIngest(stream, clock, stale, [NOBODY, NOBODY]),
  ]
  await tasks[0]!.logged('line is live')
  await wait(2.2 * PULSE)
  await Promise.all(tasks.map(task => task.close()))
  await wait(1.1 * PULSE)
  const envelopes = await stream.envelopes()

  const ofLive = lineEventsOf(envelopes, live)
  assert.equal(ofLive.at(-1)!.state, 'stale')
  const states = ofLive.filter(({ state }) => state === 'live')
  assert.ok(states.length >= 3, `${states.length} times live`)
  // The last event is the end of the task; no event follows it.
  assert.deepEqual(ofLive.slice(-1 - states.length, -1), states)
  for (const event of states) assert.deepEqual(event, states[0])

  const now = clock.now()
  for (let lane = 0; lane < LANES; lane++) {
    const reported = completeOf(envelopes, live, lane)
    assert.ok(reported.length >= 2, `lane ${lane} was reported complete ${reported.length} times`)
    assert.deepEqual(
      reported,
      reported.toSorted((a, b) => a - b),
    )
    const behind = (now - reported.at(-1)!) / clock.speed() / 1000
    assert.ok(behind > 0 && behind < 3 * PULSE, `complete up to ${behind} ms ago`)
    assert.deepEqual(completeOf(envelopes, stale, lane), [], 'a line that is never read is not complete')
  }

  const ofStale = lineEventsOf(envelopes, stale)
  assert.ok(ofStale.length >= 3, `${ofStale.length} times stale`)
  for (const event of ofStale) assert.deepEqual(event, { ...ofStale[0]!, state: 'stale' })
})

/** Returns the market times (epoch µs) up to which the envelopes of a lane report it as complete. */
function completeOf(envelopes: readonly Envelope[], line: number, lane: number): number[] {
  return envelopes
    .filter(envelope => envelope.line === line && envelope.lane === lane)
    .flatMap(envelope => (envelope.kind === 'events' ? envelope.events : []))
    .flatMap(event => (event.type === 'complete' ? (momentFromIso(event.until) ?? []) : []))
}
