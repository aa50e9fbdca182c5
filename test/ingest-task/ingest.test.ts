import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openExchange } from '../../local/exchange/exchange.ts'
import { timeOfDay } from '../../market/clock.ts'
import { LANES, MARKET, marketClock, openLines, runIngest, statesOf } from './line-and-stream.ts'
import { openStream } from './stream.ts'
import { assertOrdered, assertTrue, assertWhole, openTruth, ticksOf } from './truth.ts'

test('every message of three lines comes out of the stream as a true tick, in order', async t => {
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
