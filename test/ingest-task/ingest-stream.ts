/** The stream `ticks` at an endpoint of this process, and everything that was published to it. */
import { Agent } from 'node:http'
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { decodeEnvelope, type Envelope } from '../../market/codec/envelope.ts'
import { createStream, startStreamEndpoint, streamActive } from '../other-aws/stream-endpoint.ts'

export const STREAM = 'ticks'
const SHARDS = 2

export interface Stream {
  readonly client: KinesisClient
  readonly endpoint: string
  /** Access key of the callers. */
  readonly accessKeyId: string
  /** Reads everything published so far, in the order of each shard. */
  envelopes(): Promise<Envelope[]>
  /** Resolves when the stream is active, that is, when resharding is done. */
  active(): Promise<void>
  close(): Promise<void>
}

export function kinesisClient(endpoint: string, accessKeyId = 'test'): KinesisClient {
  return new KinesisClient({
    endpoint,
    region: 'ap-northeast-1',
    credentials: { accessKeyId, secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ httpAgent: new Agent({ keepAlive: true }) }),
  })
}

export async function openStream(): Promise<Stream> {
  const server = await startStreamEndpoint()
  const { url: endpoint, accessKeyId } = server
  const client = kinesisClient(endpoint, accessKeyId)
  await createStream(client, { StreamName: STREAM, ShardCount: SHARDS })

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
    accessKeyId,
    active: () => streamActive(client, STREAM),
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
