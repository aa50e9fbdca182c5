/** broadcast, which reads the stream without a batching window, and push-room, which it invokes for rounds with many posts. */
import { Duration } from 'aws-cdk-lib'
import { MetricType, StartingPosition } from 'aws-cdk-lib/aws-lambda'
import { KinesisConsumerEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { Construct } from 'constructs'
import { CHANGES_INDEX, ROOM_PREFIX } from '../tables/connections/connections-keys.ts'
import type { Tables } from './data/dynamo-tables.ts'
import type { FailedBatches } from './data/failed-batches.ts'
import type { TicksStream } from './data/ticks-stream.ts'
import { type FunctionSetting, ItaFunction } from './ita-function.ts'
import type { RealtimeApi } from './realtime-api.ts'
import { POSTS_PER_SECOND, ROOM_COUNT, SHARDS_AWAKE } from './sizing.ts'

/** The largest batch that Lambda allows, records. A round takes every waiting record and conflates the updates. */
const BATCH_SIZE = 10_000
/** The shortest age that Lambda allows. Older ticks are no longer real time; newer ones carry the whole board. */
const RECORD_AGE = Duration.seconds(60)
/**
 * Retries of a round that failed. Apps ignore what they have. Ten retries bridge the minute in which a deployment replaces
 * the function (functions/broadcast/unknown-version.ts). After that {@link RECORD_AGE} ends the batch.
 */
const RETRIES = 10

export interface BroadcastProps {
  readonly setting: FunctionSetting
  readonly ticks: TicksStream
  readonly tables: Tables
  readonly realtime: RealtimeApi
  /** The parameter `Publish`. */
  readonly publish: string
  readonly failed: FailedBatches
}

/** The functions broadcast and push-room, and the event source mapping of broadcast. */
export class Broadcast extends Construct {
  readonly broadcast: ItaFunction
  readonly pushRoom: ItaFunction
  /** Id of the event source mapping, a dimension of its metrics. */
  readonly mapping: string

  constructor(scope: Construct, id: string, props: BroadcastProps) {
    super(scope, id)
    const { setting, realtime, publish, failed } = props
    const { stream, broadcastConsumer } = props.ticks
    const { boards, connections } = props.tables
    const common = { ...setting, memory: 1769, timeout: Duration.seconds(30), logsFailuresOnly: true }
    const posts = { WEBSOCKET_ENDPOINT: realtime.url }

    this.pushRoom = new ItaFunction(this, 'PushRoom', { ...common, name: 'push-room', environment: posts })
    this.broadcast = new ItaFunction(this, 'Broadcast', {
      ...common,
      name: 'broadcast',
      parameters: [publish],
      environment: {
        ...posts,
        PUBLISH: publish,
        BOARDS_TABLE: boards.tableName,
        CONNECTIONS_TABLE: connections.tableName,
        ROOM_COUNT: String(ROOM_COUNT),
        SHARDS: String(SHARDS_AWAKE),
        POSTS_PER_SECOND: String(POSTS_PER_SECOND),
        PUSH_ROOM_FUNCTION: this.pushRoom.live.functionArn,
        STREAM_NAME: stream.streamName,
      },
    })
    for (const fn of [this.broadcast, this.pushRoom]) realtime.allowPosts(fn)
    realtime.allowLookups(this.broadcast)
    realtime.allowCloses(this.broadcast)
    this.broadcast.allowItemsFrom(['dynamodb:UpdateItem'], connections, ROOM_PREFIX)
    const changes = `${connections.tableArn}/index/${CHANGES_INDEX}`
    this.broadcast.allow(['dynamodb:Query'], [connections.tableArn, changes])
    this.broadcast.allow(
      [
        'dynamodb:GetItem',
        'dynamodb:BatchGetItem',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
        'dynamodb:BatchWriteItem',
      ],
      [boards.tableArn],
    )
    this.broadcast.allow(['lambda:InvokeFunction'], [this.pushRoom.live.functionArn])
    // A new environment reads back what came before its first batch.
    this.broadcast.allow(['kinesis:GetShardIterator', 'kinesis:GetRecords'], [stream.streamArn])

    const source = new KinesisConsumerEventSource(broadcastConsumer, {
      startingPosition: StartingPosition.LATEST,
      batchSize: BATCH_SIZE,
      reportBatchItemFailures: true,
      retryAttempts: RETRIES,
      maxRecordAge: RECORD_AGE,
      onFailure: failed.destinationOf(this.broadcast),
      metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
    })
    this.broadcast.live.addEventSource(source)
    this.mapping = source.eventSourceMappingId
  }
}
