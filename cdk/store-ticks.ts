import { Duration } from 'aws-cdk-lib'
import type { Stream } from 'aws-cdk-lib/aws-kinesis'
import { MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda'
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { Construct } from 'constructs'
import type { FailedBatches } from './failed-batches.ts'
import { type FunctionSetting, ItaFunction } from './ita-function.ts'
import { KEEP_DAYS, STORE_TIMEOUT_SECONDS, STORE_UNITS_PER_LANE, STORE_WINDOW_SECONDS } from './sizing.ts'
import type { Tables } from './tables.ts'

/** The most records a batch can have (Lambda); its 6 MB of payload end a batch earlier. */
const BATCH_SIZE = 10_000
/**
 * Batches of a shard at a time, the most there can be (Lambda), told apart by their partition keys, which are lanes: a
 * batch is full when it holds 6 MB, and of one lane that is three times as long as of the three of a shard. The longer,
 * the more ticks an item: docs/storage.md. Lambda does not say how it deals keys out; two may meet.
 */
const BATCHES_AT_ONCE = 10
/**
 * Retries of one batch. Splitting {@link BATCH_SIZE} records down to one bad envelope takes 14 halvings, and the Lambda
 * guide does not say whether a halving counts as a retry: this is enough if it does, and few enough if it does not, for
 * all behind it wait meanwhile. A table that fails is tried by store-ticks itself until its time is over.
 */
const RETRIES = 20
/** A batch that could not be stored for so long gives way to what waits behind it. */
const RECORD_AGE = Duration.hours(2)

export interface StoreProps {
  readonly setting: FunctionSetting
  readonly stream: Stream
  readonly tables: Tables
  readonly failed: FailedBatches
}

/** store-ticks and its reading of the stream: late, wide, and losing nothing. */
export class Store extends Construct {
  readonly storeTicks: ItaFunction
  /** Id of the event source mapping, for its metrics. */
  readonly mapping: string

  constructor(scope: Construct, id: string, { setting, stream, tables, failed }: StoreProps) {
    super(scope, id)
    this.storeTicks = new ItaFunction(this, 'StoreTicks', {
      ...setting,
      name: 'store-ticks',
      memory: 1769,
      timeout: Duration.seconds(STORE_TIMEOUT_SECONDS),
      environment: {
        TICKS_TABLE: tables.ticks.tableName,
        KEEP_DAYS: String(KEEP_DAYS),
        UNITS_PER_LANE: String(STORE_UNITS_PER_LANE),
      },
    })
    this.storeTicks.allow(
      ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem', 'dynamodb:Query'],
      [tables.ticks.tableArn],
    )
    const source = new KinesisEventSource(stream, {
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
    this.storeTicks.lambda.addEventSource(source)
    this.mapping = source.eventSourceMappingId
  }
}
