/** store-ticks and its event source mapping, which waits for a minute of ticks and loses none. */
import { Duration } from 'aws-cdk-lib'
import { MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda'
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { Construct } from 'constructs'
import { CALENDAR_ID } from '../tables/control/control-keys.ts'
import type { Tables } from './data/dynamo-tables.ts'
import type { FailedBatches } from './data/failed-batches.ts'
import type { TicksStream } from './data/ticks-stream.ts'
import { type FunctionSetting, ItaFunction } from './ita-function.ts'
import { KEEP_DAYS, STORE_TIMEOUT_SECONDS, STORE_UNITS_PER_LANE, STORE_WINDOW_SECONDS } from './sizing.ts'

/**
 * MB: half a vCPU (Lambda), because a batch mostly waits for its write units. At 9:00 a batch of two lanes has 131,000 ticks of 12.5 s:
 * 1.6 s of packing at half a vCPU and 6.7 s of writing. It then takes 430 MB, with a heap of 400 MB at most (docs/storage.md).
 */
const MEMORY = 896
/** The largest batch that Lambda allows, records. Usually the limit of 6 MB ends a batch earlier. */
const BATCH_SIZE = 10_000
/**
 * Batches of a shard in flight: the most that Lambda allows. Lambda divides a shard by partition key, which is the lane.
 * A batch of one lane reaches the limit of 6 MB six times later than a batch of the shard's six lanes, and a longer batch
 * gives more ticks an item (docs/storage.md). Lambda does not document how it assigns keys, so a batch may hold two lanes.
 */
const BATCHES_AT_ONCE = 10
/**
 * Retries of one batch. While the ticks table does not answer, an attempt lasts until two seconds before the time-out, so these
 * are two hours of a table that is away. A bad envelope fails at once, so its retries last minutes, not hours. Lambda halves a
 * failed batch until the bad envelope is alone, and a halving uses no retry (Lambda developer guide, retain discarded batch
 * records for Kinesis). Later batches of the lane wait meanwhile.
 */
const RETRIES = 65
/**
 * A batch that could not be stored for this long is given up, so that later batches can be stored. After a table was away for two
 * hours, the batches that have waited need time too: they are written a third faster than they came (docs/storage.md). The stream
 * keeps records for a day.
 */
const RECORD_AGE = Duration.hours(4)

export interface StoreTicksProps {
  readonly setting: FunctionSetting
  readonly ticks: TicksStream
  readonly tables: Tables
  readonly failed: FailedBatches
}

/** The function store-ticks and its event source mapping. */
export class StoreTicks extends Construct {
  readonly storeTicks: ItaFunction
  /** Id of the event source mapping, a dimension of its metrics. */
  readonly mapping: string

  constructor(scope: Construct, id: string, { setting, ticks, tables, failed }: StoreTicksProps) {
    super(scope, id)
    this.storeTicks = new ItaFunction(this, 'StoreTicks', {
      ...setting,
      name: 'store-ticks',
      memory: MEMORY,
      timeout: Duration.seconds(STORE_TIMEOUT_SECONDS),
      environment: {
        TICKS_TABLE: tables.ticks.tableName,
        CONTROL_TABLE: tables.control.tableName,
        KEEP_DAYS: String(KEEP_DAYS),
        UNITS_PER_LANE: String(STORE_UNITS_PER_LANE),
      },
    })
    this.storeTicks.allow(
      ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem', 'dynamodb:PutItem', 'dynamodb:Query'],
      [tables.ticks.tableArn],
    )
    this.storeTicks.allowItems(['dynamodb:GetItem'], tables.control, [CALENDAR_ID])
    const source = new KinesisEventSource(ticks.stream, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE,
      maxBatchingWindow: Duration.seconds(STORE_WINDOW_SECONDS),
      parallelizationFactor: BATCHES_AT_ONCE,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: RETRIES,
      maxRecordAge: RECORD_AGE,
      onFailure: failed.destinationOf(this.storeTicks),
      metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
    })
    ticks.allowKey(this.storeTicks)
    this.storeTicks.live.addEventSource(source)
    this.mapping = source.eventSourceMappingId
  }
}
