/** A stream and its shards as DescribeStreamSummary and ListShards return them. */
import { arn } from '../template/place.ts'
import { createdSeconds, type DataStream, openShards } from './data-stream.ts'
import { formatSequenceNumber } from './sequence-number.ts'
import type { StreamShard } from './stream-shard.ts'

/** Hours that DescribeStreamSummary reports, the default of Kinesis. What is really kept: see record-log.ts. */
const RETENTION_HOURS = 24

export function summaryOf(stream: DataStream): object {
  return {
    StreamName: stream.name,
    StreamARN: arn('kinesis', `stream/${stream.name}`),
    StreamStatus: stream.isUpdating ? 'UPDATING' : 'ACTIVE',
    StreamModeDetails: { StreamMode: 'PROVISIONED' },
    RetentionPeriodHours: RETENTION_HOURS,
    StreamCreationTimestamp: stream.createdAt / 1000,
    EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
    EncryptionType: 'NONE',
    OpenShardCount: openShards(stream).length,
    ConsumerCount: 0,
  }
}

export function describeShard(stream: DataStream, shard: StreamShard): object {
  const { number, id, parents, firstKey, lastKey, start, startedAt, end, closedAt } = shard
  const created = createdSeconds(stream)
  const [parent, adjacentParent] = parents
  return {
    ShardId: id,
    ...(parent !== undefined && { ParentShardId: parent }),
    ...(adjacentParent !== undefined && { AdjacentParentShardId: adjacentParent }),
    HashKeyRange: { StartingHashKey: firstKey.toString(), EndingHashKey: lastKey.toString() },
    SequenceNumberRange: {
      StartingSequenceNumber: formatSequenceNumber(
        { created, position: start, shard: number },
        'start',
        startedAt,
      ),
      ...(end !== undefined && {
        EndingSequenceNumber: formatSequenceNumber(
          { created, position: end - 1, shard: number },
          'end',
          closedAt ?? startedAt,
        ),
      }),
    },
  }
}
