/** The stream `ticks` at an endpoint of this process, and everything that was published to it. */
import { Agent } from 'node:http'
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis'
import { startKinesisEndpoint } from '@itastream/local-cloud/kinesis-endpoint'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { decodeEnvelope, type Envelope } from '../../market/codec/envelope.ts'

export const STREAM = 'ticks'
const SHARDS = 2

export interface Stream {
  readonly client: KinesisClient
  readonly endpoint: string
  /** Reads everything published so far, in the order of each shard. */
  envelopes(): Promise<Envelope[]>
  /** Resolves when the stream is active, that is, when resharding is done. */
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
  const server = await startKinesisEndpoint({ shardLimits: false })
  const endpoint = server.url
  const client = kinesisClient(endpoint)
  await client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: SHARDS }))
  const active = async (): Promise<void> => {
    let status: string | undefined
    while (status !== 'ACTIVE') {
      const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName: STREAM }))
      status = answer.StreamDescriptionSummary?.StreamStatus
    }
  }

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
      for (const { Data } of answer.Records) envelopes.push(decodeEnvelope(Data!))
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
      await server.close()
    },
  }
}
