/** A real stream, and a running mapping that ends when it has delivered every record. */
import { createDataStream, openShards, putRecord, replaceShards } from '@itastream/local-cloud/data-stream'
import type { FunctionTarget } from '@itastream/local-cloud/function'
import { type ShardReaderOptions, startShardReader } from '@itastream/local-cloud/shard-reader'
import { type Clock, shiftedClock } from '../../../market/clock.ts'
import { nowMillis } from '../../../market/units.ts'
import type { PassPlan } from './delivery-schedule.ts'
import type { Put } from './drill-market.ts'

const STREAM = 'ticks'
const SHARDS = 2
/** Market seconds a real second: the mapping's window of a minute takes a tenth of a second. */
const SPEED = 600
/**
 * Retries of a batch. The stack has more; here a poison envelope is given up after a second instead of minutes (waits
 * double from 0.1 s). The deadly faults of a schedule are fewer, so no good batch runs out of retries.
 */
const RETRIES = 3

/** Returns the mapping of cdk/store-ticks.ts with the batch size and parallelization of a pass. */
export function mappingOf({
  batchSize,
  parallelization,
}: Pick<PassPlan, 'batchSize' | 'parallelization'>): Delivery['mapping'] {
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

export interface DeliverOptions {
  /** No more records are put: the mapping ends when it has delivered every record. */
  readonly isOver: boolean
  /** Aborts the pass. */
  readonly signal?: AbortSignal
  /** The first record to deliver, if all records are put. In each shard, delivery starts with the first record from there. */
  readonly from?: Put | undefined
}

export interface DrillStream {
  put(records: readonly Put[]): Promise<void>
  /** Reads the stream and delivers its records to `target`. */
  deliver(plan: PassPlan, target: FunctionTarget, options: DeliverOptions): Promise<void>
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
    async deliver(plan, target, { isOver, signal: aborting, from }) {
      const rest = from && places.slice(places.findIndex(({ put }) => put === from))
      const mapping = mappingOf(plan)
      const signal = AbortSignal.any([closing.signal, ...(aborting === undefined ? [] : [aborting])])
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
