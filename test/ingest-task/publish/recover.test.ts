import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PutRecordsCommand, UpdateShardCountCommand } from '@aws-sdk/client-kinesis'
import { masterParts } from '../../../ingest-task/master-parts.ts'
import { type Published, readPublished } from '../../../ingest-task/publish/recover.ts'
import { type Envelope, encodeEvents } from '../../../market/codec/envelope.ts'
import { laneHashKey, laneName, laneOf } from '../../../market/lane.ts'
import type { MarketEvent } from '../../../market/market-event.ts'
import type { Tick } from '../../../market/tick.ts'
import { asEpochMillis, asTradingDate } from '../../../market/units.ts'
import { toNextVersion } from '../../next-release/next-envelope.ts'
import { STREAM } from '../ingest-stream.ts'
import { assertOrdered, ticksOf } from '../line-truth.ts'
import { listedIssues } from '../listed-issues.ts'
import { DATE, KEY_FRAMES, LANES, LINE, open, openTask, recover, tickOf } from './recover-stage.ts'

const bySequence = (a: Tick, b: Tick): number => a.sequence - b.sequence

test('a new task finds the end of each lane, every board, and the position of the line', async t => {
  const stream = await open(t)
  const task = openTask(stream)
  task.readTo(500)
  t.mock.timers.tick(KEY_FRAMES)
  task.readTo(700)
  await task.publisher.drain()
  const { published } = await recover(stream)
  assert.ok(published !== undefined)
  assert.equal(published.tradingDate, DATE)
  assert.deepEqual([published.position, published.reached], [700, 700])
  assert.deepEqual(published.boards.toSorted(bySequence), [...task.latest.values()].toSorted(bySequence))
  const envelopes = (await stream.envelopes()).filter(({ line }) => line === LINE)
  for (const [lane, { epoch, counter, sequence }] of published.lanes.entries()) {
    const ours = envelopes.filter(envelope => envelope.lane === lane)
    assert.deepEqual([epoch, counter], [ours[0]!.epoch, ours.length])
    const ticks = [...task.latest.values()].filter(({ board }) => laneOf(board.issue, LANES) === lane)
    assert.equal(sequence, Math.max(...ticks.map(tick => tick.sequence)))
  }
})

test('a new task finds the newest issue master of which all parts were published', async t => {
  const stream = await open(t)
  const task = openTask(stream)
  task.readTo(500)
  t.mock.timers.tick(KEY_FRAMES)
  const issues = listedIssues(700)
  const old = masterParts(LINE, DATE, issues)
  const corrected = masterParts(LINE, DATE, issues.slice(1))
  assert.deepEqual([old.length, corrected.length], [3, 3])
  for (const part of [...old, ...corrected.slice(0, 2)]) task.publisher.events(DATE, [part])
  await task.publisher.drain()
  assert.deepEqual((await recover(stream)).published?.master, old)
  const next = openTask(stream, (await recover(stream)).published)
  next.publisher.events(DATE, [corrected[2]!])
  await next.publisher.drain()
  assert.deepEqual((await recover(stream)).published?.master, corrected)
})

test('a task continues before the envelopes that a newer release wrote', async t => {
  const stream = await open(t)
  const task = openTask(stream)
  task.readTo(500)
  t.mock.timers.tick(KEY_FRAMES)
  await task.publisher.drain()
  const header = {
    line: LINE,
    epoch: asEpochMillis(Date.now()),
    tradingDate: DATE,
    position: 600,
    reached: 600,
  }
  const records = Array.from({ length: LANES }, (_, lane) => ({
    PartitionKey: laneName(LINE, lane),
    ExplicitHashKey: laneHashKey(LINE, lane, LANES),
    Data: toNextVersion(encodeEvents({ ...header, lane, counter: 1 }, [])),
  }))
  await stream.client.send(new PutRecordsCommand({ StreamName: STREAM, Records: records }))
  const { published } = await recover(stream)
  assert.deepEqual([published?.position, published?.reached], [500, 500])
})

test('every message is published once by a sequence of tasks and over a resharding', async t => {
  const stream = await open(t)
  let published: Published | undefined
  for (let number = 1; number <= 4; number++) {
    const task = openTask(stream, published)
    task.readTo(number * 400)
    // The third task ends before its first key frame.
    if (number !== 3) t.mock.timers.tick(KEY_FRAMES)
    task.readTo(number * 400 + 150)
    await task.publisher.drain()
    if (number === 2) {
      await stream.client.send(
        new UpdateShardCountCommand({
          StreamName: STREAM,
          TargetShardCount: 3,
          ScalingType: 'UNIFORM_SCALING',
        }),
      )
      await stream.active()
    }
    ;({ published } = await recover(stream))
    assert.equal(published?.position, number * 400 + 150)
    assert.deepEqual(published.boards.toSorted(bySequence), [...task.latest.values()].toSorted(bySequence))
  }
  const envelopes = (await stream.envelopes()).filter(({ line }) => line === LINE)
  const ticks = ticksOf(envelopes, LINE)
  assert.deepEqual(
    ticks.map(tick => tick.sequence).toSorted((a, b) => a - b),
    Array.from({ length: 4 * 400 + 150 }, (_, index) => index + 1),
  )
  assertOrdered(ticks)
  for (let lane = 0; lane < LANES; lane++) assertGoesOn(envelopes.filter(envelope => envelope.lane === lane))
})

/** Checks that each epoch follows the last envelope of the epoch before. */
function assertGoesOn(envelopes: readonly Envelope[]): void {
  let last: Envelope | undefined
  for (const envelope of envelopes) {
    if (envelope.epoch === last?.epoch) assert.equal(envelope.counter, last.counter + 1)
    else assert.deepEqual(envelope.follows, last && { epoch: last.epoch, counter: last.counter })
    last = envelope
  }
}

test('after a take-over a new task resumes after the newer task, although the replaced task went on', async t => {
  const stream = await open(t)
  const replaced = openTask(stream)
  replaced.readTo(500)
  t.mock.timers.tick(KEY_FRAMES)
  await replaced.publisher.drain()
  const { published: place } = await recover(stream)
  const holder = openTask(stream, place)
  replaced.readTo(600)
  await replaced.publisher.drain()
  holder.readTo(650)
  await holder.publisher.drain()
  replaced.readTo(900)
  await replaced.publisher.drain()
  const { published } = await recover(stream)
  assert.deepEqual([published?.position, published?.reached], [650, 650])
  assert.deepEqual(published?.boards.toSorted(bySequence), [...holder.latest.values()].toSorted(bySequence))
  assert.deepEqual(
    published?.lanes.map(({ epoch }) => epoch > place!.lanes[0]!.epoch),
    Array(LANES).fill(true),
  )
})

test('a task that starts within three minutes resumes, and a later task starts from a snapshot', async t => {
  const stream = await open(t)
  const task = openTask(stream)
  task.readTo(500)
  t.mock.timers.tick(KEY_FRAMES)
  await task.publisher.drain()
  for (const wait of [5_000, 40_000, 120_000]) {
    t.mock.timers.tick(wait)
    assert.equal((await recover(stream)).published?.position, 500)
  }
  t.mock.timers.tick(60_000)
  assert.equal((await recover(stream)).published, undefined)
})

test('a task starts from a snapshot when nothing was published', async t => {
  const stream = await open(t)
  const Data = Uint8Array.of(250, 1, LINE, 0)
  const laterVersion = new PutRecordsCommand({ StreamName: STREAM, Records: [{ Data, PartitionKey: 'any' }] })
  await stream.client.send(laterVersion)
  const { published, warnings } = await recover(stream)
  assert.equal(published, undefined)
  assert.deepEqual(warnings, ['lane 0: expected envelopes, found none'])
})

test('a task reads a stream that has just started a few times, not back through its empty past', async t => {
  const stream = await open(t)
  // In the morning the other tasks publish the states of their lines first.
  await stream.client.send(
    new PutRecordsCommand({
      StreamName: STREAM,
      Records: ['1-0', '3-1'].map(key => ({ Data: Uint8Array.of(250, 1, 1, 0), PartitionKey: key })),
    }),
  )
  let reads = 0
  stream.client.middlewareStack.add(
    (next, { commandName }) =>
      args => {
        if (commandName === 'GetRecordsCommand') reads++
        return next(args)
      },
    { step: 'initialize' },
  )
  assert.equal((await recover(stream)).published, undefined)
  assert.ok(reads <= 6, `expected at most three reads of each of the two shards, got ${reads}`)
})

test('a task starts from a snapshot when the previous task had no whole boards', async t => {
  const stream = await open(t)
  const task = openTask(stream)
  task.readTo(500)
  t.mock.timers.tick(KEY_FRAMES)
  await task.publisher.drain()
  assert.ok((await recover(stream)).published !== undefined)
  const next = openTask(stream)
  next.publisher.tick(tickOf(600), true)
  await next.publisher.drain()
  const { published, warnings } = await recover(stream)
  assert.equal(published, undefined)
  assert.match(
    warnings.join(),
    /^lane \d: the last envelope, 1 of epoch \d+, has no position to resume after$/,
  )
})

test('a task starts from a snapshot when the number of lanes has changed', async t => {
  const stream = await open(t)
  const task = openTask(stream)
  task.readTo(500)
  t.mock.timers.tick(KEY_FRAMES)
  await task.publisher.drain()
  for (const lanes of [LANES - 1, LANES + 1]) {
    const { published, warnings } = await recover(stream, lanes)
    assert.equal(published, undefined)
    assert.match(warnings.join(), /their number has changed$|^expected 3 lanes, found an envelope of lane 3$/)
  }
})

test('a task starts from a snapshot when the stream cannot be read', async t => {
  const stream = await open(t)
  const warnings: string[] = []
  const options = { client: stream.client, streamName: 'other', line: LINE, lanes: LANES }
  const published = await readPublished({ ...options, warn: reason => warnings.push(reason) })
  assert.equal(published, undefined)
  assert.match(warnings.join(), /^ResourceNotFoundException/)
})

test('a new task finds how many messages were lost on the trading date', async t => {
  const stream = await open(t)
  const since = '2026-11-20T09:00:00.000000+09:00'
  const stateOf = (lost: number): MarketEvent => ({ type: 'line', line: LINE, state: 'live', since, lost })
  const news: MarketEvent = { type: 'news', time: since, headline: '決算', issues: [] }
  const task = openTask(stream)
  task.readTo(100)
  task.publisher.events(DATE, [stateOf(3), stateOf(7), news])
  t.mock.timers.tick(KEY_FRAMES)
  task.readTo(200)
  await task.publisher.drain()
  const { published } = await recover(stream)
  assert.equal(published?.lost, 7)
  const next = openTask(stream, published)
  next.publisher.events(DATE, [stateOf(9)])
  next.readTo(300)
  next.publisher.events(DATE, [news])
  await next.publisher.drain()
  assert.equal((await recover(stream)).published?.lost, 9)
})

test('losses of the previous trading date do not count', async t => {
  const stream = await open(t)
  const since = '2026-11-20T09:00:00.000000+09:00'
  const task = openTask(stream)
  task.publisher.events(asTradingDate(DATE - 1), [
    { type: 'line', line: LINE, state: 'live', since, lost: 7 },
  ])
  task.readTo(200)
  await task.publisher.drain()
  assert.equal((await recover(stream)).published?.lost, 0)
})
