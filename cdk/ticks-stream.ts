import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Stream, StreamConsumer, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis'
import { Construct } from 'constructs'
import { SHARDS_AWAKE } from './sizing.ts'

/** How long an envelope waits for a consumer that is down: the least Kinesis keeps without extra cost. */
const RETENTION = Duration.hours(24)

/** The stream of envelopes, and the reader of it that cannot wait. */
export class Ticks extends Construct {
  readonly stream: Stream
  /** Enhanced fan-out for broadcast: about 70 ms instead of 200–1,000 ms, and a read rate of its own. */
  readonly broadcastConsumer: StreamConsumer

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.stream = new Stream(this, 'Stream', {
      streamMode: StreamMode.PROVISIONED,
      shardCount: SHARDS_AWAKE,
      retentionPeriod: RETENTION,
      encryption: StreamEncryption.MANAGED,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.broadcastConsumer = new StreamConsumer(this, 'Broadcast', {
      stream: this.stream,
      streamConsumerName: 'broadcast',
    })
  }
}
