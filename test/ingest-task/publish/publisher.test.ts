import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeEnvelope } from '../../../market/codec/envelope.ts'
import { laneHashKey, laneName, laneOf } from '../../../market/lane.ts'
import { momentOf } from '../../../market/moment.ts'
import { asEpochMillis, asTradingDate } from '../../../market/units.ts'
import { until } from '../../until.ts'
import { assertOrdered, ticksOf } from '../line-truth.ts'
import {
  assertLanesInOrder,
  DATE,
  ISSUES,
  LANES,
  LINE,
  openPublisher,
  openServer,
  tickOf,
} from './put-server.ts'

/** The bound above which the line is paused. */
const HIGH_BYTES = 8 * 1024 * 1024

test('ticks stay in order and none is lost when records, requests and connections fail', async t => {
  let state = 1
  const server = await openServer(() => {
    state = (state * 48_271) % 0x7fff_ffff
    return state % 23 === 0 ? 'hang-up' : state % 3 !== 0
  })
  t.after(() => server.close())
  const { publisher, failures } = openPublisher(server)
  const count = 2000
  for (let sequence = 1; sequence <= count; sequence++) {
    publisher.tick(tickOf(sequence), true)
    if (sequence % 500 === 0) await new Promise(resolve => setTimeout(resolve, 5))
  }
  await publisher.drain()
  const ticks = ticksOf(server.envelopes(), LINE)
  assert.equal(ticks.length, count)
  assertOrdered(ticks)
  assertLanesInOrder(server)
  assert.ok(failures.length > 0)
  const { throttled, retries, waitingBytes } = publisher.stats
  assert.ok(throttled > 0 && retries > throttled, `${throttled} of ${retries} retries throttled`)
  assert.equal(waitingBytes, 0)
})

test('an envelope has the key of its lane, and fits a put unit while none waits', async t => {
  const server = await openServer(() => true)
  t.after(() => server.close())
  const { publisher } = openPublisher(server)
  for (let sequence = 1; sequence <= 1000; sequence++) {
    publisher.tick(tickOf(sequence), true)
    // Less than an envelope of each lane.
    if (sequence % 100 === 0) await until(() => publisher.stats.waitingBytes === 0, 'an empty publisher')
  }
  await publisher.drain()
  assert.ok(server.taken.length >= 10 * LANES)
  for (const { Data, PartitionKey, ExplicitHashKey } of server.taken) {
    const bytes = Buffer.from(Data, 'base64')
    assert.ok(bytes.length <= 25 * 1024, `${bytes.length} bytes`)
    const envelope = decodeEnvelope(bytes)
    assert.equal(PartitionKey, laneName(LINE, envelope.lane))
    assert.equal(ExplicitHashKey, laneHashKey(LINE, envelope.lane, LANES))
    assert.ok(envelope.kind === 'ticks')
    for (const { board } of envelope.ticks) assert.equal(laneOf(board.issue, LANES), envelope.lane)
  }
})

test('events keep their place among the ticks of the first lane', async t => {
  const server = await openServer(() => true)
  t.after(() => server.close())
  const { publisher } = openPublisher(server)
  const issue = ISSUES.findIndex(code => laneOf(code, LANES) === 0)
  const phase = { type: 'phase', time: '2026-11-20T09:00:00.000000+09:00', phase: 'morning' } as const
  publisher.tick(tickOf(issue), true)
  publisher.events(DATE, [phase])
  publisher.tick(tickOf(issue + ISSUES.length), true)
  await publisher.drain()
  const contents = server
    .envelopes()
    .map(envelope =>
      envelope.kind === 'events' ? envelope.events : envelope.ticks.map(({ sequence }) => sequence),
    )
  assert.deepEqual(contents, [[issue], [phase], [issue + ISSUES.length]])
})

test('an envelope has the position of the line on its trading date', async t => {
  const server = await openServer(() => true)
  t.after(() => server.close())
  const { publisher } = openPublisher(server)
  const issue = ISSUES.findIndex(code => laneOf(code, LANES) === 0)
  publisher.tick(tickOf(issue), true)
  publisher.events(DATE, [])
  publisher.position(DATE, 41, issue)
  publisher.tick(tickOf(issue + ISSUES.length), true)
  publisher.position(DATE, 42, issue + ISSUES.length)
  await publisher.drain()
  publisher.events(asTradingDate(DATE + 1), [])
  await publisher.drain()
  const places = server.envelopes().map(({ position, reached }) => [position, reached])
  assert.deepEqual(places, [
    [0, 0],
    [0, 0],
    [42, issue + ISSUES.length],
    [0, 0],
  ])
})

test('the newest live tick of an envelope is reported when the envelope is published', async t => {
  const server = await openServer(() => true)
  t.after(() => server.close())
  const { publisher, delivered } = openPublisher(server)
  publisher.tick(tickOf(8), true)
  publisher.tick(tickOf(16), false)
  publisher.tick(tickOf(1), false)
  publisher.events(DATE, [])
  await publisher.drain()
  assert.deepEqual(delivered, [momentOf(DATE, 8)])
})

test('a process that resumes names the envelope it follows once a lane, and has a later epoch whatever the clock says', async t => {
  const server = await openServer((_, record) => record % 2 === 0)
  t.after(() => server.close())
  const lanes = Array.from({ length: LANES }, (_, lane) => ({
    epoch: asEpochMillis(4e12 + lane),
    counter: 70 + lane,
    sequence: 9,
  }))
  const { publisher } = openPublisher(server, {
    published: { tradingDate: DATE, position: 5, reached: 9, lanes, boards: [], lost: 0, master: [] },
  })
  for (let sequence = 10; sequence < 3000; sequence++) publisher.tick(tickOf(sequence), true)
  await publisher.drain()
  assertLanesInOrder(server)
  const envelopes = server.envelopes()
  for (const { epoch, lane, counter, follows } of envelopes) {
    assert.equal(epoch, 4e12 + LANES)
    assert.deepEqual(follows, counter === 1 ? { epoch: 4e12 + lane, counter: 70 + lane } : undefined)
  }
  assert.ok(envelopes.length > LANES)
  const { throttled, retries } = publisher.stats
  assert.ok(retries > 0)
  assert.equal(throttled, retries)
})

test('pressure is reported each time too many bytes wait, and its end when most are published', async t => {
  let broken = true
  const server = await openServer(() => !broken)
  t.after(() => server.close())
  const { publisher, pressure } = openPublisher(server)
  let sequence = 0
  for (const times of [1, 2]) {
    broken = true
    while (pressure.length < 2 * times - 1) {
      for (let i = 0; i < 2000; i++) publisher.tick(tickOf(++sequence), true)
      await new Promise(resolve => setTimeout(resolve, 25))
    }
    assert.ok(publisher.stats.waitingBytes > HIGH_BYTES)
    broken = false
    await until(() => pressure.length === 2 * times, 'the end of pressure')
    assert.ok(publisher.stats.waitingBytes < HIGH_BYTES)
  }
  assert.deepEqual(pressure, [true, false, true, false])
  await publisher.drain()
  assert.equal(ticksOf(server.envelopes(), LINE).length, sequence)
})
