import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Publisher } from '../../../ingest-task/publish/publisher.ts'
import { laneName } from '../../../market/lane.ts'
import { momentOf } from '../../../market/moment.ts'
import { DATE, LINE, openServer, tickOf } from './put-server.ts'

/** Opens a publisher of two lanes to a server that accepts or refuses each record. */
async function open(accept: Parameters<typeof openServer>[0]) {
  const server = await openServer(accept)
  const failures: { lanes: readonly string[]; reason: string }[] = []
  const publisher = new Publisher({
    client: server.client,
    streamName: 'ticks',
    line: LINE,
    lanes: 2,
    published: undefined,
    boards: () => [],
    pressure() {},
    failed: (lanes, reason) => failures.push({ lanes, reason }),
    delivered() {},
  })
  return { server, publisher, failures }
}

const BOTH = [0, 1].map(lane => laneName(LINE, lane))

test('a throttled record is sent again, and counted instead of reported', async t => {
  const { server, publisher, failures } = await open((request, record) => request > 1 || record === 1)
  t.after(() => server.close())
  publisher.complete(DATE, momentOf(DATE, 0))
  await publisher.drain()
  assert.deepEqual(failures, [])
  const { retries, throttled, envelopes } = publisher.stats
  assert.deepEqual({ retries, throttled, envelopes }, { retries: 1, throttled: 1, envelopes: 2 })
})

test('records of a failed request are reported together, and are not throttled', async t => {
  const { server, publisher, failures } = await open(request => (request === 1 ? 'hang-up' : true))
  t.after(() => server.close())
  publisher.complete(DATE, momentOf(DATE, 0))
  await publisher.drain()
  assert.equal(failures.length, 1)
  assert.deepEqual(failures[0]?.lanes, BOTH)
  assert.match(failures[0].reason, /^\w+: .*[^: ]$/)
  const { retries, throttled, envelopes } = publisher.stats
  assert.deepEqual({ retries, throttled, envelopes }, { retries: 2, throttled: 0, envelopes: 2 })
})

test('published envelopes, their bytes and their ticks are counted', async t => {
  const { server, publisher } = await open(() => true)
  t.after(() => server.close())
  for (let sequence = 1; sequence <= 20; sequence++) publisher.tick(tickOf(sequence), true)
  const { waitingBytes, waitingEnvelopes } = publisher.stats
  assert.ok(waitingBytes > 0)
  assert.equal(waitingEnvelopes, 2)
  await publisher.drain()
  const bytes = server.taken.reduce((sum, { Data }) => sum + Buffer.from(Data, 'base64').length, 0)
  assert.deepEqual(publisher.stats, {
    envelopes: server.taken.length,
    bytes,
    ticks: 20,
    retries: 0,
    throttled: 0,
    waitingBytes: 0,
    waitingEnvelopes: 0,
  })
})
