/** A stream and its shards as DescribeStreamSummary, ListShards and GetRecords return them. */
import { arn } from '../template/place.ts'
import { createdSeconds, type DataStream, openShards } from './data-stream.ts'
import { formatSequenceNumber } from './sequence-number.ts'
import type { StreamShard } from './stream-shard.ts'

/** Hours that DescribeStreamSummary reports: the default of Kinesis. The log keeps records for minutes (record-log.ts). */
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
  const { number, id, parents, start, startedAt, end, closedAt } = shard
  const created = createdSeconds(stream)
  const [parent, adjacentParent] = parents
  const numberAt = (position: number, time: number): string =>
    formatSequenceNumber({ created, position, shard: number }, time)
  return {
    ShardId: id,
    ParentShardId: parent,
    AdjacentParentShardId: adjacentParent,
    HashKeyRange: hashKeyRange(shard),
    SequenceNumberRange: {
      StartingSequenceNumber: numberAt(start, startedAt),
      EndingSequenceNumber: end === undefined ? undefined : numberAt(end, closedAt ?? startedAt),
    },
  }
}

/** Returns the shards that continue a closed shard, as GetRecords returns them at its end. */
export function childrenOf({ shards }: DataStream, { id }: StreamShard): object[] {
  return shards
    .filter(({ parents }) => parents.includes(id))
    .map(child => ({ ShardId: child.id, ParentShards: child.parents, HashKeyRange: hashKeyRange(child) }))
}

function hashKeyRange({ firstKey, lastKey }: StreamShard): object {
  return { StartingHashKey: firstKey.toString(), EndingHashKey: lastKey.toString() }
}
