import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { createPublisher, type Publisher } from '../../../ingest-task/publish/publisher.ts'
import type { Published } from '../../../ingest-task/publish/recover.ts'
import { emptyBoard, F } from '../../../market/board.ts'
import { momentOf } from '../../../market/clock.ts'
import { decodeEnvelope, type Envelope } from '../../../market/envelope.ts'
import { laneHashKey, laneName, laneOf } from '../../../market/lane.ts'
import type { Tick } from '../../../market/tick.ts'
import { kinesisClient } from '../stream.ts'
import { assertOrdered, ticksOf } from '../truth.ts'

const LINE = 2
const LANES = 4
const DATE = 20261120
const ISSUES = ['1301', '130A', '7203', '6758', '25935', '9984', '8058', '4755']

interface Put {
  readonly Data: string
  readonly PartitionKey: string
  readonly ExplicitHashKey: string
}

/** A server that speaks PutRecords over HTTP and takes each record, or not, as `accept` says. */
async function openServer(accept: (request: number, record: number) => boolean | 'hang-up') {
  const taken: Put[] = []
  /** Lanes of each request. */
  const requests: string[][] = []
  const server = createServer(async (request, response) => {
    const { Records: records } = JSON.parse(await text(request)) as { Records: Put[] }
    const number = requests.push(records.map(({ PartitionKey }) => PartitionKey))
    const verdicts = records.map((_, index) => accept(number, index))
    if (verdicts.includes('hang-up')) return response.destroy()
    const results = records.map((record, index) => {
      if (verdicts[index] !== true) {
        return { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'Rate exceeded' }
      }
      taken.push(record)
      return { SequenceNumber: String(taken.length), ShardId: 'shardId-000000000000' }
    })
    const failed = results.filter(result => 'ErrorCode' in result).length
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    response.end(JSON.stringify({ FailedRecordCount: failed, Records: results }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = kinesisClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return {
    client,
    taken,
    requests,
    envelopes: (): Envelope[] => taken.map(({ Data }) => decodeEnvelope(Buffer.from(Data, 'base64'))),
    async close() {
      client.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Parts {
  readonly published?: Published
  boards?(): Iterable<Tick>
}

function open(
  server: Awaited<ReturnType<typeof openServer>>,
  { published, boards = () => [] }: Parts = {},
): { publisher: Publisher; failures: string[]; pressure: boolean[]; delivered: number[] } {
  const delivered: number[] = []
  const failures: string[] = []
  const pressure: boolean[] = []
  const publisher = createPublisher({
    client: server.client,
    streamName: 'ticks',
    line: LINE,
    lanes: LANES,
    published,
    boards,
    pressure: high => pressure.push(high),
    failed: (_, reason) => failures.push(reason),
    delivered: newest => delivered.push(newest),
  })
  return { publisher, failures, pressure, delivered }
}

/** A tick whose board is full of numbers that compress badly, as those of a busy market would. */
function tickOf(sequence: number, issue = ISSUES[sequence % ISSUES.length]!): Tick {
  const board = emptyBoard(issue)
  let noise = sequence * 2_654_435_761
  for (let field = 0; field < board.values.length; field++) {
    noise = (noise * 1_103_515_245 + 12_345) % 2 ** 31
    board.values[field] = noise
  }
  board.values[F.updateNumber] = sequence
  return { tradingDate: DATE, line: LINE, sequence, time: sequence, board }
}

/** Lanes of each request must differ, and each lane's counters must come without a gap or a step back. */
function assertLanesInOrder(server: Awaited<ReturnType<typeof openServer>>): void {
  for (const lanes of server.requests) assert.equal(new Set(lanes).size, lanes.length)
  const envelopes = server.envelopes()
  for (let lane = 0; lane < LANES; lane++) {
    const counters = envelopes.filter(envelope => envelope.lane === lane).map(({ counter }) => counter)
    assert.deepEqual(
      counters,
      counters.map((_, index) => index + 1),
    )
  }
}

test('ticks stay in order and none is lost when records, requests and connections fail', async t => {
  let state = 1
  const server = await openServer(() => {
    state = (state * 48_271) % 0x7fff_ffff
    return state % 23 === 0 ? 'hang-up' : state % 3 !== 0
  })
  t.after(() => server.close())
  const { publisher, failures } = open(server)
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
  assert.ok(failures.some(reason => reason.startsWith('ProvisionedThroughputExceededException: Rate')))
  assert.equal(publisher.stats.waitingBytes, 0)
})

test('an envelope stays within a put unit, and travels under the key of its lane', async t => {
  const server = await openServer(() => true)
  t.after(() => server.close())
  const { publisher } = open(server)
  for (let sequence = 1; sequence <= 3000; sequence++) publisher.tick(tickOf(sequence), true)
  await publisher.drain()
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
  const { publisher } = open(server)
  const issue = ISSUES.findIndex(code => laneOf(code, LANES) === 0)
  const phase = { type: 'phase', time: '2026-11-20T09:00:00.000000+09:00', phase: 'morning' } as const
  publisher.tick(tickOf(issue), true)
  publisher.events(DATE, [phase])
  publisher.tick(tickOf(issue + ISSUES.length), true)
  await publisher.drain()
  const told = server
    .envelopes()
    .map(envelope =>
      envelope.kind === 'events' ? envelope.events : envelope.ticks.map(({ sequence }) => sequence),
    )
  assert.deepEqual(told, [[issue], [phase], [issue + ISSUES.length]])
})

/** Time that publishers see passing between key frames. */
function keyFrameTimer(t: TestContext): (milliseconds: number) => void {
  t.mock.timers.enable({ apis: ['setInterval'] })
  return milliseconds => t.mock.timers.tick(milliseconds)
}

test('every lane publishes its boards every ten seconds, in parts that each fit a put unit, behind its ticks', async t => {
  const pass = keyFrameTimer(t)
  const server = await openServer(() => true)
  t.after(() => server.close())
  const latest = new Map<string, Tick>()
  const { publisher } = open(server, { boards: () => latest.values() })
  const count = 1000
  for (let sequence = 1; sequence <= count; sequence++) {
    const tick = tickOf(sequence, String(1000 + sequence))
    latest.set(tick.board.issue, tick)
    publisher.tick(tick, true)
  }
  publisher.position(DATE, count)
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
  for (const { Data } of server.taken) assert.ok(Buffer.from(Data, 'base64').length <= 25 * 1024)
  assertLanesInOrder(server)
  assert.equal(publisher.stats.ticks, count)
})

test('key frames come at once when boards are whole, then lane after lane, and none before', async t => {
  const pass = keyFrameTimer(t)
  const server = await openServer(() => true)
  t.after(() => server.close())
  const { publisher } = open(server, { boards: () => [tickOf(1)] })
  pass(10_000)
  assert.equal(publisher.stats.waitingEnvelopes, 0)
  publisher.position(DATE, 1)
  const perLane = Array.from({ length: LANES }, (_, lane) => `boards ${lane}`)
  const seen = (): string[] => server.envelopes().map(({ kind, lane }) => `${kind} ${lane}`)
  while (publisher.stats.envelopes < LANES) await new Promise(resolve => setTimeout(resolve, 1))
  assert.deepEqual(seen(), perLane)
  for (let turn = 1; turn <= LANES; turn++) {
    pass(10_000 / LANES)
    assert.equal(publisher.stats.waitingEnvelopes, turn)
  }
  await publisher.drain()
  assert.deepEqual(seen(), [...perLane, ...perLane])
})

test('key frames do not pile up while the stream takes nothing', async t => {
  const pass = keyFrameTimer(t)
  let broken = true
  const server = await openServer(() => !broken)
  t.after(() => server.close())
  const { publisher } = open(server, { boards: () => [tickOf(1)] })
  publisher.position(DATE, 1)
  pass(100_000)
  assert.equal(publisher.stats.waitingEnvelopes, LANES)
  broken = false
  await publisher.drain()
  assert.equal(server.taken.length, LANES)
})

test('an envelope says how far the line was read on its trading date when it was closed', async t => {
  const server = await openServer(() => true)
  t.after(() => server.close())
  const { publisher } = open(server)
  const issue = ISSUES.findIndex(code => laneOf(code, LANES) === 0)
  publisher.tick(tickOf(issue), true)
  publisher.events(DATE, [])
  publisher.position(DATE, 41)
  publisher.tick(tickOf(issue + ISSUES.length), true)
  publisher.position(DATE, 42)
  await publisher.drain()
  publisher.events(DATE + 1, [])
  await publisher.drain()
  const places = server.envelopes().map(({ position, reached }) => [position, reached])
  assert.deepEqual(places, [
    [0, 0],
    [0, 0],
    [42, issue + ISSUES.length],
    [0, 0],
  ])
})

test('the newest tick of an envelope is told when it is published, unless it is of a snapshot', async t => {
  const server = await openServer(() => true)
  t.after(() => server.close())
  const { publisher, delivered } = open(server)
  publisher.tick(tickOf(8), true)
  publisher.tick(tickOf(16), false)
  publisher.tick(tickOf(1), false)
  publisher.events(DATE, [])
  await publisher.drain()
  assert.deepEqual(delivered, [momentOf(DATE, 8)])
})

test('who goes on from another process says so once a lane, in a later epoch whatever the clock says', async t => {
  const server = await openServer((_, record) => record % 2 === 0)
  t.after(() => server.close())
  const lanes = Array.from({ length: LANES }, (_, lane) => ({
    epoch: 4e12 + lane,
    counter: 70 + lane,
    sequence: 9,
  }))
  const { publisher } = open(server, {
    published: { tradingDate: DATE, position: 5, reached: 9, lanes, boards: [] },
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

test('when too much waits the line is made to wait, and goes on when most is published', async t => {
  let broken = true
  const server = await openServer(() => !broken)
  t.after(() => server.close())
  const { publisher, pressure } = open(server)
  let sequence = 0
  while (pressure.length === 0) {
    for (let i = 0; i < 2000; i++) publisher.tick(tickOf(++sequence), true)
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  assert.deepEqual(pressure, [true])
  broken = false
  await publisher.drain()
  assert.deepEqual(pressure, [true, false])
  assert.equal(ticksOf(server.envelopes(), LINE).length, sequence)
})
