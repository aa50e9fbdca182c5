/** The stream `ticks` in a real kinesalite, in this process, and all that was published to it. */
import { once } from 'node:events'
import { Agent, type IncomingMessage, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { decodeEnvelope, type Envelope } from '../../market/codec/envelope.ts'

type Kinesalite = (options: { createStreamMs: number; shardLimit: number }) => Server
const kinesalite = createRequire(import.meta.url)('kinesalite') as Kinesalite

export const STREAM = 'ticks'
const SHARDS = 2
/** Of the records that kinesalite needs: it gives no iterator by time for a shard that has none. */
const FIRST = 'first'
/** Room for a resharding. */
const SHARD_LIMIT = 2 * SHARDS

export interface Stream {
  readonly client: KinesisClient
  readonly endpoint: string
  /** Everything published so far, in the order of each shard. */
  envelopes(): Promise<Envelope[]>
  /** Resolves when a change of its shards is done. */
  active(): Promise<void>
  close(): Promise<void>
}

export function kinesisClient(endpoint: string): KinesisClient {
  return new KinesisClient({
    endpoint,
    region: 'ap-northeast-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ httpAgent: new Agent({ keepAlive: true }) }),
  })
}

export async function openStream(): Promise<Stream> {
  const server = kinesalite({ createStreamMs: 0, shardLimit: SHARD_LIMIT })
  // It throws from its own handler when a client hangs up in the middle of a request.
  server.prependListener('request', (request: IncomingMessage) => {
    const on = request.on.bind(request)
    request.on = (event: string, listener: (...parts: never[]) => void) =>
      on(event, event === 'error' ? () => {} : (listener as () => void))
  })
  // A client that comes back in the moment its connection has been idle for too long finds it closed.
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = kinesisClient(endpoint)
  await client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: SHARDS }))
  const active = async (): Promise<void> => {
    let status: string | undefined
    while (status !== 'ACTIVE') {
      const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName: STREAM }))
      status = answer.StreamDescriptionSummary?.StreamStatus
    }
  }
  await active()
  const Records = Array.from({ length: SHARDS }, (_, shard) => ({
    Data: Buffer.from(FIRST),
    PartitionKey: FIRST,
    ExplicitHashKey: String((BigInt(shard) << 128n) / BigInt(SHARDS)),
  }))
  await client.send(new PutRecordsCommand({ StreamName: STREAM, Records }))

  const recordsOf = async (shard: string): Promise<Envelope[]> => {
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({
        StreamName: STREAM,
        ShardId: shard,
        ShardIteratorType: 'TRIM_HORIZON',
      }),
    )
    const envelopes: Envelope[] = []
    for (let iterator = ShardIterator; iterator !== undefined; ) {
      const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator }))
      if (answer.Records === undefined || answer.Records.length === 0) break
      for (const { Data, PartitionKey } of answer.Records)
        if (PartitionKey !== FIRST) envelopes.push(decodeEnvelope(Data!))
      iterator = answer.NextShardIterator
    }
    return envelopes
  }

  return {
    client,
    endpoint,
    active,
    async envelopes() {
      const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: STREAM }))
      return (await Promise.all(Shards.map(({ ShardId }) => recordsOf(ShardId!)))).flat()
    },
    async close() {
      client.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
