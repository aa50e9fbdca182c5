import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { type Published, readPublished } from '../../../ingest-task/publish/recover.ts'
import type { Envelope } from '../../../market/codec/envelope.ts'
import { timeOfDay } from '../../../market/moment.ts'
import { openStream, STREAM, type Stream } from '../ingest-stream.ts'
import {
  LANES,
  lineEventsOf,
  MARKET,
  marketClock,
  openLines,
  type RunOptions,
  runIngest,
  statesOf,
} from '../line-and-stream.ts'
import { assertOrdered, assertTrue, joinedAt, openTruth, ticksOf } from '../line-truth.ts'
import { openCable } from './cable.ts'
import { always, isLivePrices, LIVE } from './line-faults.ts'

const LINE = 1
const clock = marketClock()

/** Checks that every message after the first snapshot has exactly one true tick. */
function assertAll(envelopes: readonly Envelope[]): void {
  const ticks = ticksOf(envelopes, LINE)
  assertOrdered(ticks)
  assertTrue(ticks, openTruth(MARKET).of(LINE, timeOfDay(clock.now())))
  const first = joinedAt(envelopes, LINE)
  const sequences = ticks.map(({ sequence }) => sequence).filter(sequence => sequence > first)
  assert.ok(sequences.length > 0)
  assert.deepEqual(
    sequences.sort((a, b) => a - b),
    sequences.map((_, index) => first + 1 + index),
  )
}

/** Checks that news are published once, and phases in their order. */
function assertNoRepeats(envelopes: readonly Envelope[]): void {
  const events = envelopes.flatMap(envelope => (envelope.kind === 'events' ? envelope.events : []))
  const news = events.flatMap(event => (event.type === 'news' ? [event.time + event.headline] : []))
  assert.equal(new Set(news).size, news.length)
  const phases = events.flatMap(event => (event.type === 'phase' ? [event.time] : []))
  assert.deepEqual(phases, phases.toSorted())
}

/** Returns what a new task would find in the stream. */
function publishedIn(stream: Stream): Promise<Published | undefined> {
  return readPublished({
    client: stream.client,
    ...{ streamName: STREAM, line: LINE, lanes: LANES },
    warn: reason => assert.fail(reason),
  })
}

async function live(stream: Stream, port: number, options?: RunOptions) {
  const task = runIngest(stream, clock, LINE, port, options)
  await task.logged('line is live')
  await wait(200)
  return task
}

test('a line that starts a new session is read from its start, without a loss or a repeat', async t => {
  const stream = await openStream()
  t.after(() => stream.close())
  const before = await openLines(clock)
  const task = await live(stream, before.ports[LINE - 1]!)
  const again = task.logged('line is live')
  await before.close()
  const after = await openLines(clock, MARKET.tradingDate, before.ports)
  t.after(() => after.close())
  await again
  await wait(200)
  await task.close()
  const envelopes = await stream.envelopes()
  assertAll(envelopes)
  assertNoRepeats(envelopes)
  assert.deepEqual(statesOf(envelopes, LINE), [...LIVE, 'recovering', 'live', 'stale'])
  assert.equal(task.stats().line.snapshots, 1)
})

test('a new process resumes without a loss on a line that has started a new session', async t => {
  const stream = await openStream()
  t.after(() => stream.close())
  const before = await openLines(clock)
  const first = await live(stream, before.ports[LINE - 1]!)
  await first.close()
  await before.close()
  const published = await publishedIn(stream)
  const after = await openLines(clock)
  t.after(() => after.close())
  const second = await live(stream, after.ports[LINE - 1]!, { published })
  await second.close()
  const envelopes = await stream.envelopes()
  assertAll(envelopes)
  assert.equal(second.stats().line.snapshots, 0)
})

test('a new process publishes the losses of the process before, and does not count them again', async t => {
  const stream = await openStream()
  t.after(() => stream.close())
  const lines = await openLines(clock)
  t.after(() => lines.close())
  const port = lines.ports[LINE - 1]!
  const cable = await openCable(port)
  t.after(() => cable.close())
  const loser = await live(stream, cable.port)
  const again = loser.logged('line is live')
  cable.refuseResends()
  // Both connections go through the cable. A snapshot replaces only the last message of an issue.
  cable.damage(always(() => [], isLivePrices, 30))
  await again
  await loser.close()
  const { lost } = loser.stats()
  assert.ok(lost > 0)
  const next = await live(stream, port, { published: await publishedIn(stream) })
  await next.close()
  assert.equal(next.stats().lost, 0)
  const events = lineEventsOf(await stream.envelopes(), LINE)
  assert.deepEqual(
    events.slice(-2).map(event => [event.state, event.lost]),
    [
      ['live', lost],
      ['stale', lost],
    ],
  )
})
