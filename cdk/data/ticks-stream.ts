/** The Kinesis stream of envelopes. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Stream, StreamConsumer, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis'
import { Construct } from 'constructs'
import { SHARDS_AWAKE } from '../sizing.ts'

/** How long an envelope waits for a failed consumer. Kinesis charges for more than a day. */
const RETENTION = Duration.hours(24)

/** The stream of envelopes, and the consumer of broadcast. */
export class TicksStream extends Construct {
  readonly stream: Stream
  /** Enhanced fan-out: broadcast gets a record after about 70 ms instead of 200–1,000 ms, at a read rate of its own. */
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
