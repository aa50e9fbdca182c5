/** A real stream, and a running mapping that ends when it has delivered every record. */
import type { LocalFunction } from '../../../local/cloud/functions/function.ts'
import { openShards, putRecord, replaceShards } from '../../../local/cloud/kinesis/data-stream.ts'
import { openKinesisStore } from '../../../local/cloud/kinesis/kinesis-store.ts'
import { evenRanges, type StreamShard, shardIdOf } from '../../../local/cloud/kinesis/stream-shard.ts'
import type { MappingDefinition } from '../../../local/cloud/mappings/mapping-definition.ts'
import { startShardReader } from '../../../local/cloud/mappings/shard-reader.ts'
import type { ObjectStore } from '../../../local/cloud/stores/object-store.ts'
import { arn } from '../../../local/cloud/template/place.ts'
import { type Clock, shiftedClock } from '../../../market/clock.ts'
import type { PassPlan } from './delivery-schedule.ts'
import type { Put } from './drill-market.ts'

const STREAM = 'ticks'
const SHARDS = 2
export const BUCKET = 'failed-batches'
/** A minute of the mapping's window passes in a tenth of a second. */
const SPEED = 600
/**
 * Fewer than are deployed, so that giving a poison envelope up takes a second and not minutes: waits double from
 * 0.1 s. A schedule costs a good batch fewer attempts.
 */
const RETRIES = 3

/** Like the one of cdk/store-ticks.ts, whose template test/cdk holds to it: what a batch is differs from pass to pass. */
function mappingOf({ batchSize, parallelization }: PassPlan): MappingDefinition {
  const streamArn = arn('kinesis', `stream/${STREAM}`)
  return {
    logicalId: 'StoreTicksMapping',
    uuid: '4f2ac1f0-1c1f-4c2e-9a0f-7b1f4d6f0001',
    functionName: 'store-ticks',
    sourceArn: streamArn,
    streamName: STREAM,
    streamArn,
    fanOut: false,
    start: 'TRIM_HORIZON',
    startTimestamp: undefined,
    batchSize,
    windowSeconds: 60,
    parallelization,
    partialFailures: true,
    bisect: true,
    retries: RETRIES,
    maximumAgeSeconds: 7_200,
    failureBucket: BUCKET,
  }
}

interface Place {
  readonly put: Put
  readonly shard: StreamShard
  readonly position: number
}

export interface BringOptions {
  /** No more records are put: the mapping ends when it has delivered every record. */
  readonly isOver: boolean
  /** Ends it in the middle. */
  readonly signal?: AbortSignal
  /** Of a stream that is all put: the record to begin with, and in each shard with the first one behind it. */
  readonly from?: Put | undefined
}

export interface DrillStream {
  put(records: readonly Put[]): Promise<void>
  /** Reads the stream and brings everything to `target`. */
  bring(plan: PassPlan, target: LocalFunction, options: BringOptions): Promise<void>
  close(): Promise<void>
}

export async function openDrillStream(
  objects: ObjectStore,
  log: (text: string) => void,
): Promise<DrillStream> {
  const now = Date.now()
  const clock: Clock = shiftedClock([{ real: now, market: now, speed: SPEED }])
  const kinesis = openKinesisStore({ clock, writeLimits: false })
  const stream = kinesis.create(STREAM, SHARDS)
  const shards = openShards(stream)
  const closing = new AbortController()
  const places: Place[] = []
  return {
    async put(records) {
      for (const put of records) {
        const { shard, place } = putRecord(stream, BigInt(put.hashKey), put.key, Buffer.from(put.bytes))
        places.push({ put, shard, position: place!.position })
      }
    },
    async bring(plan, target, { isOver, signal: breaking, from }) {
      const rest = from && places.slice(places.findIndex(({ put }) => put === from))
      const mapping = mappingOf(plan)
      const signal = AbortSignal.any([closing.signal, ...(breaking === undefined ? [] : [breaking])])
      const putFailure = async (key: string, body: string): Promise<void> => {
        await objects.put(BUCKET, key, body)
      }
      // The reader of a closed shard ends when all its records are processed.
      if (isOver && shards[0]!.end === undefined) replaceShards(stream, shards, evenRanges(1))
      await Promise.all(
        shards.map(async shard => {
          const position = rest?.find(place => place.shard === shard)?.position ?? shard.start
          const shardId = shardIdOf(shard.number)
          const delivery = { mapping, target, roleArn: 'drill', shardId, putFailure, signal, log }
          await startShardReader({ stream, shard, position, clock, delivery }).done
        }),
      )
    },
    async close() {
      closing.abort()
      await kinesis.close()
    },
  }
}
