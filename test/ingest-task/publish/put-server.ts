/** A publisher, and a server that accepts or refuses its records. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Publisher } from '../../../ingest-task/publish/publisher.ts'
import type { Published } from '../../../ingest-task/publish/recover.ts'
import { emptyBoard, F } from '../../../market/board.ts'
import { decodeEnvelope, type Envelope } from '../../../market/codec/envelope.ts'
import type { Tick } from '../../../market/tick.ts'
import { asTradingDate } from '../../../market/units.ts'
import { kinesisClient } from '../ingest-stream.ts'

export const LINE = 2
export const LANES = 4
export const DATE = asTradingDate(20261120)
export const ISSUES = ['1301', '130A', '7203', '6758', '25935', '9984', '8058', '4755']

interface Put {
  readonly Data: string
  readonly PartitionKey: string
  readonly ExplicitHashKey: string
}

/** Opens a server of PutRecords that accepts or refuses each record, as `accept` decides. */
export async function openServer(accept: (request: number, record: number) => boolean | 'hang-up') {
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

type PutServer = Awaited<ReturnType<typeof openServer>>

interface Parts {
  readonly published?: Published
  boards?(): Iterable<Tick>
}

/** Opens a publisher to a server, and records its reports. */
export function openPublisher(
  server: PutServer,
  { published, boards = () => [] }: Parts = {},
): { publisher: Publisher; failures: string[]; pressure: boolean[]; delivered: number[] } {
  const delivered: number[] = []
  const failures: string[] = []
  const pressure: boolean[] = []
  const publisher = new Publisher({
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

/** Returns a tick whose board is full of numbers that compress badly, as in a busy market. */
export function tickOf(sequence: number, issue = ISSUES[sequence % ISSUES.length]!): Tick {
  const board = emptyBoard(issue)
  let noise = sequence * 2_654_435_761
  for (let field = 0; field < board.values.length; field++) {
    noise = (noise * 1_103_515_245 + 12_345) % 2 ** 31
    board.values[field] = noise
  }
  board.values[F.updateNumber] = sequence
  return { tradingDate: DATE, line: LINE, sequence, time: sequence, board }
}

/** Checks that the lanes of each request differ, and that the counters of each lane are in order without a gap. */
export function assertLanesInOrder(server: PutServer): void {
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
