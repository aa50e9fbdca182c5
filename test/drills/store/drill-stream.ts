/** A real stream, and a running mapping that ends when it has delivered every record. */
import { createDataStream, openShards, putRecord, replaceShards } from '@itastream/local-cloud/data-stream'
import type { LocalFunction } from '@itastream/local-cloud/function'
import { type ShardReaderOptions, startShardReader } from '@itastream/local-cloud/shard-reader'
import { type Clock, shiftedClock } from '../../../market/clock.ts'
import { nowMillis } from '../../../market/units.ts'
import type { PassPlan } from './delivery-schedule.ts'
import type { Put } from './drill-market.ts'

const STREAM = 'ticks'
const SHARDS = 2
/** A minute of the mapping's window passes in a tenth of a second. */
const SPEED = 600
/**
 * Fewer than are deployed, so that giving a poison envelope up takes a second and not minutes: waits double from
 * 0.1 s. A schedule costs a good batch fewer attempts.
 */
const RETRIES = 3

/** Like the one of cdk/store-ticks.ts, whose template test/cdk holds to it: what a batch is differs from pass to pass. */
function mappingOf({ batchSize, parallelization }: PassPlan): Delivery['mapping'] {
  const streamArn = `arn:aws:kinesis:ap-northeast-1:000000000000:stream/${STREAM}`
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
    failureBucket: undefined,
  }
}

type Delivery = ShardReaderOptions['delivery']

interface Place {
  readonly put: Put
  readonly shard: ShardReaderOptions['shard']
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
  close(): void
}

/** @param putFailure receives every batch that the mapping gives up. */
export function openDrillStream(
  putFailure: Delivery['putFailure'],
  log: (text: string) => void,
): DrillStream {
  const now = nowMillis()
  const clock: Clock = shiftedClock([{ real: now, market: now, speed: SPEED }])
  const stream = createDataStream(STREAM, SHARDS)
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
      // The reader of a closed shard ends when all its records are processed.
      if (isOver && shards[0]!.end === undefined) replaceShards(stream, shards, [])
      await Promise.all(
        shards.map(async shard => {
          const position = rest?.find(place => place.shard === shard)?.position ?? shard.start
          const delivery = { mapping, target, roleArn: 'drill', shardId: shard.id, putFailure, signal, log }
          await startShardReader({ stream, shard, position, clock, delivery }).done
        }),
      )
    },
    close() {
      closing.abort()
    },
  }
}
