/** A stream of one Kinesis, and the calls that tests of streams need. */
import type { TestContext } from 'node:test'
import {
  type ChildShard,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  KinesisClient,
  PutRecordsCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { createStream, type StreamEndpoint, streamActive } from '../../other-aws/stream-endpoint.ts'

export const STREAM = 'ticks'
export const FIRST_SHARD = 'shardId-000000000000'

type Position = Omit<GetShardIteratorCommandInput, 'StreamName' | 'ShardId'> & { readonly shard?: string }

interface Read {
  readonly texts: string[]
  readonly next: string | undefined
  readonly behind: number | undefined
  readonly children: readonly ChildShard[]
}

/** A stream, and the calls that the tests need. */
export interface StreamClient {
  readonly sdk: KinesisClient
  put(...texts: readonly string[]): Promise<string[]>
  iterator(position: Position): Promise<string>
  /** Reads once. */
  read(iterator: string): Promise<Read>
  textsFrom(position: Position): Promise<string[]>
}

/** Opens a stream at an endpoint until the test ends. */
export async function openStream(
  t: TestContext,
  endpoint: StreamEndpoint,
  shards = 1,
): Promise<StreamClient> {
  t.after(() => endpoint.close())
  const sdk = new KinesisClient({
    endpoint: endpoint.url,
    region: 'ap-northeast-1',
    credentials: { accessKeyId: endpoint.accessKeyId, secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
  })
  t.after(() => sdk.destroy())
  await createStream(sdk, { StreamName: STREAM, ShardCount: shards })
  const client: StreamClient = {
    sdk,
    async put(...texts) {
      const Records = texts.map(text => ({
        PartitionKey: 'key',
        ExplicitHashKey: '0',
        Data: Buffer.from(text),
      }))
      const output = await sdk.send(new PutRecordsCommand({ StreamName: STREAM, Records }))
      return output.Records!.map(({ SequenceNumber }) => SequenceNumber!)
    },
    async iterator({ shard = FIRST_SHARD, ...position }) {
      const input = { StreamName: STREAM, ShardId: shard, ...position }
      return (await sdk.send(new GetShardIteratorCommand(input))).ShardIterator!
    },
    async read(ShardIterator) {
      const output = await sdk.send(new GetRecordsCommand({ ShardIterator }))
      return {
        texts: output.Records!.map(({ Data }) => Buffer.from(Data!).toString()),
        next: output.NextShardIterator,
        behind: output.MillisBehindLatest,
        children: output.ChildShards ?? [],
      }
    },
    textsFrom: async position => (await client.read(await client.iterator(position))).texts,
  }
  return client
}

/** Changes the number of open shards, and waits until the stream is active again. */
export async function reshard(stream: StreamClient, TargetShardCount: number): Promise<void> {
  const input = { StreamName: STREAM, TargetShardCount, ScalingType: 'UNIFORM_SCALING' as const }
  await stream.sdk.send(new UpdateShardCountCommand(input))
  await streamActive(stream.sdk, STREAM)
}
