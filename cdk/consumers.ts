import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { type IEventSourceDlq, MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda'
import { KinesisConsumerEventSource, KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { type FunctionSetting, ItaFunction } from './function.ts'
import type { Realtime } from './realtime.ts'
import { KEEP_DAYS, ROOM_COUNT } from './settings.ts'
import type { Ticks } from './stream.ts'
import { CHANGES_INDEX, type Tables } from './tables.ts'

/** The most records a batch can have (Lambda); its 6 MB payload ends a batch earlier. */
const MAX_BATCH_SIZE = 10_000
/** Delayed readers stand twenty minutes behind, so a minute of ticks can be packed at once. */
const STORE_WINDOW = Duration.seconds(60)
/** Retries of one batch, after bisecting down to the bad envelope. */
const STORE_RETRIES = 5
/** A batch that could not be stored for so long gives way: later ticks are waiting behind it. */
const STORE_RECORD_AGE = Duration.hours(2)
/** The least that Lambda allows: older ticks are history, newer ones hold the truth. */
const BROADCAST_RECORD_AGE = Duration.seconds(60)
const FAILED_KEPT = Duration.days(30)

const METRICS = { metrics: [MetricType.EVENT_COUNT] }

export interface ConsumersProps {
  readonly setting: FunctionSetting
  readonly ticks: Ticks
  readonly tables: Tables
  readonly realtime: Realtime
}

/** The two readers of the stream, and room by room the posts. */
export class Consumers extends Construct {
  readonly storeTicks: ItaFunction
  readonly broadcast: ItaFunction
  readonly pushRoom: ItaFunction
  /** Ids of the two event source mappings, for their metrics. */
  readonly storeMapping: string
  readonly broadcastMapping: string

  constructor(scope: Construct, id: string, { setting, ticks, tables, realtime }: ConsumersProps) {
    super(scope, id)
    const failed = this.#failedBatches()

    this.storeTicks = new ItaFunction(this, 'StoreTicks', {
      name: 'store-ticks',
      ...setting,
      memory: 1769,
      timeout: Duration.minutes(2),
      environment: { TICKS_TABLE: tables.ticks.tableName, KEEP_DAYS: String(KEEP_DAYS) },
    })
    this.storeTicks.allow(['dynamodb:PutItem', 'dynamodb:BatchWriteItem'], [tables.ticks.tableArn])
    const stored = new KinesisEventSource(ticks.stream, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: MAX_BATCH_SIZE,
      maxBatchingWindow: STORE_WINDOW,
      reportBatchItemFailures: true,
      bisectBatchOnError: true,
      retryAttempts: STORE_RETRIES,
      maxRecordAge: STORE_RECORD_AGE,
      onFailure: failed,
      metricsConfig: METRICS,
    })
    this.storeTicks.lambda.addEventSource(stored)
    this.storeMapping = stored.eventSourceMappingId

    const posts = {
      CONNECTIONS_TABLE: tables.connections.tableName,
      WEBSOCKET_ENDPOINT: realtime.url,
    }
    this.pushRoom = new ItaFunction(this, 'PushRoom', {
      name: 'push-room',
      ...setting,
      memory: 1769,
      timeout: Duration.seconds(30),
      environment: posts,
    })
    this.broadcast = new ItaFunction(this, 'Broadcast', {
      name: 'broadcast',
      ...setting,
      memory: 1769,
      timeout: Duration.seconds(30),
      environment: {
        ...posts,
        BOARDS_TABLE: tables.boards.tableName,
        ROOM_COUNT: String(ROOM_COUNT),
        PUSH_ROOM_FUNCTION: this.pushRoom.lambda.functionName,
      },
    })
    for (const fn of [this.broadcast, this.pushRoom]) {
      const { tableArn } = tables.connections
      fn.allow(['dynamodb:Query'], [tableArn, `${tableArn}/index/${CHANGES_INDEX}`])
      fn.allow(['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'], [tableArn])
      realtime.allowPosts(fn)
    }
    this.broadcast.allow(
      [
        'dynamodb:GetItem',
        'dynamodb:BatchGetItem',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
        'dynamodb:BatchWriteItem',
      ],
      [tables.boards.tableArn],
    )
    this.broadcast.allow(['lambda:InvokeFunction'], [this.pushRoom.lambda.functionArn])
    const sent = new KinesisConsumerEventSource(ticks.broadcastConsumer, {
      startingPosition: StartingPosition.LATEST,
      batchSize: MAX_BATCH_SIZE,
      retryAttempts: 0,
      maxRecordAge: BROADCAST_RECORD_AGE,
      onFailure: failed,
      metricsConfig: METRICS,
    })
    this.broadcast.lambda.addEventSource(sent)
    this.broadcastMapping = sent.eventSourceMappingId
  }

  /**
   * Where a batch goes that cannot be processed: a bucket, because only there does Lambda write the whole batch;
   * a queue or a topic would get where it was in the stream, which forgets it after a day.
   */
  #failedBatches(): IEventSourceDlq {
    const bucket = new Bucket(this, 'Failed', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [{ expiration: FAILED_KEPT }],
      removalPolicy: RemovalPolicy.RETAIN,
    })
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Only Lambda writes here, and only operators read.',
    })
    return {
      bind: (_mapping, handler) => {
        // What Lambda asks for in an S3 destination. The key is of its making: mapping, shard, time.
        bucket.grantPut(handler, 'aws/lambda/*')
        return { destination: bucket.bucketArn }
      },
    }
  }
}
