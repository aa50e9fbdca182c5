/** The open shards of the stream. */
import {
  DescribeStreamSummaryCommand,
  type KinesisClient,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis'
import { change } from './aws-limit.ts'
import type { MarketResource } from './market-resource.ts'

/** @param name the name of the value. */
export function streamShards(kinesis: KinesisClient, stream: string, name: string): MarketResource {
  return {
    kind: 'shards',
    name,
    async read() {
      const { StreamDescriptionSummary } = await kinesis.send(
        new DescribeStreamSummaryCommand({ StreamName: stream }),
      )
      const { OpenShardCount = 0, StreamStatus } = StreamDescriptionSummary ?? {}
      return { value: OpenShardCount, busy: StreamStatus !== 'ACTIVE' }
    },
    apply: to =>
      change(
        kinesis.send(
          new UpdateShardCountCommand({
            StreamName: stream,
            TargetShardCount: Number(to),
            ScalingType: 'UNIFORM_SCALING',
          }),
        ),
      ),
  }
}
