/** A real stream, and a mapping at work on it that ends when it has brought everything. */
import type { LocalFunction } from '../../../local/cloud/functions/function.ts'
import type { MappingDefinition } from '../../../local/cloud/mappings/definition.ts'
import { readShard } from '../../../local/cloud/mappings/shard.ts'
import { openKinesisStore } from '../../../local/cloud/stores/kinesis.ts'
import type { ObjectStore } from '../../../local/cloud/stores/objects.ts'
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
  readonly ShardId: string
  readonly SequenceNumber: string
}

export interface BringOptions {
  /** Whether nothing more is put: then it ends when everything there is has been brought. */
  isOver(): boolean
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
  const kinesis = openKinesisStore(clock)
  const call = (name: string, input: object): Promise<object> => kinesis.operation(name)!(input)
  await call('CreateStream', { StreamName: STREAM, ShardCount: SHARDS })
  while ((await kinesis.shards(STREAM).catch(() => [])).length < SHARDS) {
    await new Promise(resolve => setImmediate(resolve))
  }
  const closing = new AbortController()
  const places: (Place & { readonly put: Put })[] = []
  const at = async ({ ShardId, SequenceNumber }: Place): Promise<string> => {
    const ShardIteratorType = 'AT_SEQUENCE_NUMBER'
    const input = { StreamName: STREAM, ShardId, ShardIteratorType, StartingSequenceNumber: SequenceNumber }
    return ((await call('GetShardIterator', input)) as { readonly ShardIterator: string }).ShardIterator
  }
  return {
    async put(records) {
      const output = await call('PutRecords', {
        StreamName: STREAM,
        Records: records.map(({ key, hashKey, bytes }) => ({
          PartitionKey: key,
          ExplicitHashKey: hashKey,
          Data: Buffer.from(bytes).toString('base64'),
        })),
      })
      const { Records } = output as { readonly Records: readonly Place[] }
      places.push(...records.map((put, index) => ({ put, ...Records[index]! })))
    },
    async bring(plan, target, { isOver, signal: breaking, from }) {
      const rest = from && places.slice(places.findIndex(({ put }) => put === from))
      const mapping = mappingOf(plan)
      const signal = AbortSignal.any([closing.signal, ...(breaking === undefined ? [] : [breaking])])
      const putFailure = async (key: string, body: string): Promise<void> => {
        await objects.put(BUCKET, key, body)
      }
      const shards = await kinesis.shards(STREAM)
      await Promise.all(
        shards.map(async ({ ShardId }) => {
          const first = rest?.find(place => place.ShardId === ShardId)
          const iterator = first === undefined ? kinesis.iterator(STREAM, ShardId, 'TRIM_HORIZON') : at(first)
          const delivery = { mapping, target, roleArn: 'drill', shardId: ShardId, putFailure, signal, log }
          // A shard that takes no more ends its reader when everything in it is processed.
          await readShard({ kinesis, clock, iterator, isClosed: isOver, delivery }).done
        }),
      )
    },
    async close() {
      closing.abort()
      await kinesis.close()
    },
  }
}
