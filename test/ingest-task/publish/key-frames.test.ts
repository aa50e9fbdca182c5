import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { decodeEnvelope } from '../../../market/codec/envelope.ts'
import { momentOf } from '../../../market/moment.ts'
import type { Tick } from '../../../market/tick.ts'
import { addMicros } from '../../../market/units.ts'
import { until } from '../../until.ts'
import { assertLanesInOrder, DATE, LANES, openPublisher, openServer, tickOf } from './put-server.ts'

/** Lets time pass for the timers of key frames. */
function keyFrameTimer(t: TestContext): (milliseconds: number) => void {
  t.mock.timers.enable({ apis: ['setInterval'] })
  return milliseconds => t.mock.timers.tick(milliseconds)
}

test('every lane publishes its boards every ten seconds, after its ticks, in parts that fit a put unit', async t => {
  const pass = keyFrameTimer(t)
  const server = await openServer(() => true)
  t.after(() => server.close())
  const latest = new Map<string, Tick>()
  const { publisher } = openPublisher(server, { boards: () => latest.values() })
  const count = 1000
  for (let sequence = 1; sequence <= count; sequence++) {
    const tick = tickOf(sequence, String(1000 + sequence))
    latest.set(tick.board.issue, tick)
    publisher.tick(tick, true)
  }
  publisher.position(DATE, count, count)
  pass(10_000)
  await publisher.drain()
  const issues: string[] = []
  for (let lane = 0; lane < LANES; lane++) {
    const envelopes = server.envelopes().filter(envelope => envelope.lane === lane)
    const first = envelopes.findIndex(({ kind }) => kind === 'boards')
    const frame = envelopes.slice(first)
    assert.ok(frame.length > 1)
    for (const [index, envelope] of frame.entries()) {
      assert.ok(envelope.kind === 'boards')
      assert.deepEqual([envelope.part, envelope.parts], [index + 1, frame.length])
      for (const tick of envelope.ticks) assert.deepEqual(tick, latest.get(tick.board.issue))
      issues.push(...envelope.ticks.map(({ board }) => board.issue))
    }
    const ticks = envelopes
      .slice(0, first)
      .flatMap(envelope => (envelope.kind === 'ticks' ? envelope.ticks : []))
    assert.equal(
      ticks.length,
      frame.flatMap(envelope => (envelope.kind === 'boards' ? envelope.ticks : [])).length,
    )
  }
  assert.deepEqual(issues.toSorted(), [...latest.keys()].toSorted())
  for (const { Data } of server.taken) {
    const bytes = Buffer.from(Data, 'base64')
    if (decodeEnvelope(bytes).kind === 'boards') assert.ok(bytes.length <= 25 * 1024, `${bytes.length} bytes`)
  }
  assertLanesInOrder(server)
  assert.equal(publisher.stats.ticks, count)
})

test('key frames start when boards are whole: at once for all lanes, then lane after lane', async t => {
  const pass = keyFrameTimer(t)
  const server = await openServer(() => true)
  t.after(() => server.close())
  const { publisher } = openPublisher(server, { boards: () => [tickOf(1)] })
  pass(10_000)
  assert.equal(publisher.stats.waitingEnvelopes, 0)
  publisher.position(DATE, 1, 1)
  const perLane = Array.from({ length: LANES }, (_, lane) => `boards ${lane}`)
  const seen = (): string[] => server.envelopes().map(({ kind, lane }) => `${kind} ${lane}`)
  await until(() => publisher.stats.envelopes === LANES, 'a key frame of every lane')
  assert.deepEqual(seen(), perLane)
  for (let turn = 1; turn <= LANES; turn++) {
    pass(10_000 / LANES)
    assert.equal(publisher.stats.waitingEnvelopes, turn)
  }
  await publisher.drain()
  assert.deepEqual(seen(), [...perLane, ...perLane])
})

test('a fast market clock has a key frame of every lane in two minutes of its time', async t => {
  const pass = keyFrameTimer(t)
  const server = await openServer(() => true)
  t.after(() => server.close())
  const { publisher } = openPublisher(server, { boards: () => [tickOf(1)] })
  const from = momentOf(DATE, tickOf(1).time)
  const read = (minutes: number): void => publisher.complete(DATE, addMicros(from, minutes * 60_000_000))
  const framesAfter = async (): Promise<number> => {
    await until(() => publisher.stats.waitingEnvelopes === 0, 'published envelopes')
    return server.envelopes().filter(({ kind }) => kind === 'boards').length
  }
  // Boards are not whole yet.
  read(-5)
  read(-1)
  assert.equal(await framesAfter(), 0)
  read(0)
  publisher.position(DATE, 1, 1)
  assert.equal(await framesAfter(), LANES)
  read(1.9)
  assert.equal(await framesAfter(), LANES)
  read(2)
  assert.equal(await framesAfter(), 2 * LANES)
  read(3.9)
  assert.equal(await framesAfter(), 2 * LANES)
  // The key frames of the usual interval count.
  pass(10_000)
  assert.equal(await framesAfter(), 3 * LANES)
  read(4.9)
  assert.equal(await framesAfter(), 3 * LANES)
  read(5.9)
  assert.equal(await framesAfter(), 4 * LANES)
  await publisher.drain()
})

test('the first report of a task has no key frame', async t => {
  keyFrameTimer(t)
  const server = await openServer(() => true)
  t.after(() => server.close())
  const { publisher } = openPublisher(server, { boards: () => [tickOf(1)] })
  publisher.position(DATE, 1, 1)
  publisher.complete(DATE, momentOf(DATE, tickOf(1).time))
  await publisher.drain()
  assert.equal(server.envelopes().filter(({ kind }) => kind === 'boards').length, LANES)
})

test('key frames do not pile up while the stream accepts nothing', async t => {
  const pass = keyFrameTimer(t)
  let broken = true
  const server = await openServer(() => !broken)
  t.after(() => server.close())
  const { publisher } = openPublisher(server, { boards: () => [tickOf(1)] })
  publisher.position(DATE, 1, 1)
  pass(100_000)
  assert.equal(publisher.stats.waitingEnvelopes, LANES)
  broken = false
  await publisher.drain()
  assert.equal(server.taken.length, LANES)
})
