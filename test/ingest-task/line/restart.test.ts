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

/** Every message from the first snapshot on has made one true tick. */
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

/** News are told once, and phases in their order. */
function assertNothingToldAgain(envelopes: readonly Envelope[]): void {
  const events = envelopes.flatMap(envelope => (envelope.kind === 'events' ? envelope.events : []))
  const news = events.flatMap(event => (event.type === 'news' ? [event.time + event.headline] : []))
  assert.equal(new Set(news).size, news.length)
  const phases = events.flatMap(event => (event.type === 'phase' ? [event.time] : []))
  assert.deepEqual(phases, phases.toSorted())
}

/** What a task that ends now leaves to the next. */
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

test('a line that begins anew is read from its start: nothing is lost, and nothing is told twice', async t => {
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
  assertNothingToldAgain(envelopes)
  assert.deepEqual(statesOf(envelopes, LINE), [...LIVE, 'recovering', 'live', 'stale'])
  assert.equal(task.stats().line.snapshots, 1)
})

test('a process that finds its line begun anew goes on without a loss as well', async t => {
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

test('what an earlier process knew to be lost is told on by the next, and counted by it no more', async t => {
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
  // Both connections go through the cable. Of so many frames a snapshot makes good the last message of an issue alone.
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
