import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { readPublished } from '../../../ingest-task/publish/recover.ts'
import type { Envelope } from '../../../market/codec/envelope.ts'
import { timeOfDay } from '../../../market/moment.ts'
import { openStream, STREAM } from '../ingest-stream.ts'
import { LANES, MARKET, marketClock, runIngest, statesOf } from '../line-and-stream.ts'
import { assertOrdered, assertTrue, openTruth, ticksOf } from '../line-truth.ts'
import { lineOpener } from './raw-line-opener.ts'
import { openRawLine } from './raw-line-server.ts'

const LINE = 1
const clock = marketClock()

async function open(t: TestContext) {
  const stream = await openStream()
  t.after(() => stream.close())
  const line = await openRawLine(clock)
  t.after(() => line.close())
  return { stream, line }
}

/**
 * Checks that every message has exactly one true tick, in the order of its issue.
 * @returns the counter of the last message.
 */
function assertAll(envelopes: readonly Envelope[]): number {
  const ticks = ticksOf(envelopes, LINE)
  const facts = openTruth(MARKET).of(LINE, timeOfDay(clock.now()))
  assertOrdered(ticks)
  assertTrue(ticks, facts)
  assert.deepEqual(
    ticks.map(({ sequence }) => sequence).sort((a, b) => a - b),
    ticks.map((_, index) => index + 1),
  )
  for (const { sequence, trade, lost } of ticks)
    assert.deepEqual([trade, lost], [facts[sequence]!.trade, undefined])
  return ticks.length
}

test('a line of another protocol brings every message to the stream, also after a cut in the middle of a message', async t => {
  const { stream, line } = await open(t)
  const task = runIngest(stream, clock, LINE, line.port, { opener: lineOpener })
  await task.logged('line is live')
  await wait(200)
  const again = task.logged('line is live')
  line.cut()
  await again
  await wait(200)
  await task.close()
  const envelopes = await stream.envelopes()
  assertAll(envelopes)
  const states = statesOf(envelopes, LINE)
  assert.deepEqual(
    states.filter(state => state !== 'recovering'),
    ['stale', 'live', 'stale', 'live', 'stale'],
  )
})

test('a new process resumes with the next message, whatever the protocol', async t => {
  const { stream, line } = await open(t)
  const options = { opener: lineOpener }
  const first = runIngest(stream, clock, LINE, line.port, options)
  await first.logged('line is live')
  await wait(200)
  await first.close()
  const published = await readPublished({
    client: stream.client,
    ...{ streamName: STREAM, line: LINE, lanes: LANES },
    warn: reason => assert.fail(reason),
  })
  assert.ok(published !== undefined && published.position > 0)
  const second = runIngest(stream, clock, LINE, line.port, { ...options, published })
  await second.logged('line is live')
  await wait(200)
  await second.close()
  const last = assertAll(await stream.envelopes())
  assert.equal(second.stats().messages, last - published.position)
})

test('only ingest-main.ts knows the protocol of the line', () => {
  const root = join(import.meta.dirname, '../../../ingest-task')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))
  const outside = files.filter(name => !/^(line|quick)\//.test(name))
  const knowing = outside.filter(name =>
    /from '[./]+(line|quick)\//.test(readFileSync(join(root, name), 'utf8')),
  )
  assert.deepEqual(knowing, ['ingest-main.ts'])
})
