/** A Kinesis of its own for a test: the stand-in, or an account of another implementation. */
import { randomInt } from 'node:crypto'
import {
  CreateStreamCommand,
  type CreateStreamCommandInput,
  DescribeStreamSummaryCommand,
  type KinesisClient,
} from '@aws-sdk/client-kinesis'
import { startKinesisEndpoint } from '@itastream/local-cloud/kinesis-endpoint'
import { until } from '../until.ts'
import { OTHER_KINESIS } from './other-endpoints.ts'

export interface StreamEndpoint {
  readonly url: string
  /** Access key of the callers. */
  readonly accessKeyId: string
  close(): Promise<void>
}

/**
 * Starts a Kinesis without streams.
 * @param shardLimits whether the limits of a shard hold. Another implementation has none.
 */
export async function startStreamEndpoint(shardLimits = false): Promise<StreamEndpoint> {
  if (OTHER_KINESIS === undefined) {
    return { ...(await startKinesisEndpoint({ shardLimits })), accessKeyId: 'test' }
  }
  // kinesis-local has an account for each access key of twelve digits.
  const accessKeyId = String(randomInt(1e11, 1e12))
  return { url: OTHER_KINESIS, accessKeyId, close: async () => {} }
}

/** Creates a stream, and waits until it takes records. */
export async function createStream(client: KinesisClient, input: CreateStreamCommandInput): Promise<void> {
  await client.send(new CreateStreamCommand(input))
  await streamActive(client, input.StreamName!)
}

/** Waits until a stream is created, or until its shards are changed. */
export function streamActive(client: KinesisClient, StreamName: string): Promise<void> {
  return until(async () => {
    const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName }))
    return answer.StreamDescriptionSummary?.StreamStatus === 'ACTIVE'
  }, `stream ${StreamName} to become active`)
}
