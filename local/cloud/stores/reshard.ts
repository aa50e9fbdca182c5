/**
 * UpdateShardCount, which kinesalite lacks: even shards by splitting at the borders that are missing and merging
 * over those that are too many. Records keep their order: a reader goes from parents to children.
 */
import type { KinesisShard } from 'kinesalite/db/index.js'
import { DAY_MICROSECONDS } from '../../../market/moment.ts'
import { AwsError } from '../endpoint/error.ts'

/** Calls of UpdateShardCount per rolling day (Kinesis quotas). */
const RESHARDINGS_PER_DAY = 10
const KEY_SPACE = 1n << 128n

export interface Reshard {
  update(input: object): Promise<object>
  /** Whether the stream's shards are being changed just now. */
  underWay(stream: string): boolean
  close(): Promise<void>
}

interface ReshardOptions {
  /** An operation of kinesalite. */
  call<T>(operation: string, input: object): Promise<T>
  /** Market time, µs. */
  now(): number
  onChange(stream: string): void
}

interface UpdateShardCountInput {
  readonly StreamName: string
  readonly TargetShardCount: number
}

/** Waits of this many ms until kinesalite has done what it has accepted; with a delay of 0 it takes a few turns. */
const SETTLE_MS = 2

export function createReshard({ call, now, onChange }: ReshardOptions): Reshard {
  const calls = new Map<string, number[]>()
  const running = new Map<string, Promise<void>>()
  let closed = false

  const openShards = async (StreamName: string): Promise<KinesisShard[]> => {
    const { Shards } = await call<{ Shards: readonly KinesisShard[] }>('ListShards', { StreamName })
    return Shards.filter(shard => shard.SequenceNumberRange.EndingSequenceNumber === undefined).sort(
      (a, b) => (startOf(a) < startOf(b) ? -1 : 1),
    )
  }
  const settled = async (StreamName: string): Promise<void> => {
    for (;;) {
      const { StreamDescriptionSummary: summary } = await call<{
        StreamDescriptionSummary: { StreamStatus: string }
      }>('DescribeStreamSummary', { StreamName })
      if (summary.StreamStatus === 'ACTIVE') return
      await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
    }
  }

  async function run(StreamName: string, target: number): Promise<void> {
    const borders = Array.from({ length: target }, (_, i) => (BigInt(i) * KEY_SPACE) / BigInt(target))
    for (const border of borders) {
      const shard = (await openShards(StreamName)).find(s => startOf(s) < border && border <= endOf(s))
      if (shard === undefined || closed) continue
      await call('SplitShard', {
        StreamName,
        ShardToSplit: shard.ShardId,
        NewStartingHashKey: border.toString(),
      })
      await settled(StreamName)
    }
    const wanted = new Set(borders)
    for (;;) {
      const shards = await openShards(StreamName)
      const second = shards.findIndex(shard => !wanted.has(startOf(shard)))
      if (second < 1 || closed) break
      await call('MergeShards', {
        StreamName,
        ShardToMerge: shards[second - 1]!.ShardId,
        AdjacentShardToMerge: shards[second]!.ShardId,
      })
      await settled(StreamName)
    }
  }

  return {
    async update(input) {
      const { StreamName, TargetShardCount: target } = input as UpdateShardCountInput
      const current = (await openShards(StreamName)).length
      if (running.has(StreamName)) {
        throw new AwsError(400, 'ResourceInUseException', `Stream ${StreamName} is being updated`)
      }
      if (!(target >= Math.ceil(current / 2) && target <= current * 2)) {
        throw new AwsError(
          400,
          'InvalidArgumentException',
          `TargetShardCount must be between half and double of ${current}, got ${target}`,
        )
      }
      const recent = (calls.get(StreamName) ?? []).filter(at => at > now() - DAY_MICROSECONDS)
      if (recent.length >= RESHARDINGS_PER_DAY) {
        throw new AwsError(
          400,
          'LimitExceededException',
          `Stream ${StreamName} was resharded ${RESHARDINGS_PER_DAY} times within 24 hours`,
        )
      }
      calls.set(StreamName, [...recent, now()])
      const work = run(StreamName, target).finally(() => {
        running.delete(StreamName)
        onChange(StreamName)
      })
      running.set(StreamName, work)
      // A failure shows in the shard count, as it does in Kinesis, which answers before it has finished.
      work.catch(error => console.error(`resharding ${StreamName}:`, error))
      return { StreamName, CurrentShardCount: current, TargetShardCount: target }
    },
    underWay: stream => running.has(stream),
    async close() {
      closed = true
      await Promise.allSettled(running.values())
    },
  }
}

function startOf(shard: KinesisShard): bigint {
  return BigInt(shard.HashKeyRange.StartingHashKey)
}

function endOf(shard: KinesisShard): bigint {
  return BigInt(shard.HashKeyRange.EndingHashKey)
}
