/** The Kinesis stream of envelopes. */
import { type Duration, RemovalPolicy } from 'aws-cdk-lib'
import { type CfnStream, Stream, StreamConsumer, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis'
import { Construct } from 'constructs'
import { acknowledge } from '../acknowledge.ts'
import type { ItaFunction } from '../ita-function.ts'
import { SHARDS_ASLEEP } from '../sizing.ts'
import type { Keys } from './keys.ts'

export interface TicksStreamProps {
  readonly keys: Keys
  /** How long an envelope waits for a failed consumer. */
  readonly retention: Duration
}

/** The stream of envelopes, and the consumer of broadcast. */
export class TicksStream extends Construct {
  readonly stream: Stream
  /** Enhanced fan-out: broadcast gets a record after about 70 ms instead of 200–1,000 ms, at a read rate of its own. */
  readonly broadcastConsumer: StreamConsumer
  readonly #keys: Keys

  constructor(scope: Construct, id: string, { keys, retention }: TicksStreamProps) {
    super(scope, id)
    this.#keys = keys
    this.stream = new Stream(this, 'Stream', {
      streamMode: StreamMode.PROVISIONED,
      // market-hours adds those of trading hours.
      shardCount: SHARDS_ASLEEP,
      retentionPeriod: retention,
      encryption: StreamEncryption.MANAGED,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    // Not the property `encryptionKey`: with it CDK lets the readers decrypt anything with the key. Keys.allow names the service.
    if (keys.data !== undefined) {
      const cfnStream = this.stream.node.defaultChild as CfnStream
      cfnStream.streamEncryption = { encryptionType: 'KMS', keyId: keys.data.keyArn }
      acknowledge(this.stream, {
        KDS3: 'The account can audit, restrict and disable the key, which is worth its price of a dollar a month.',
      })
    }
    this.broadcastConsumer = new StreamConsumer(this, 'Broadcast', {
      stream: this.stream,
      streamConsumerName: 'broadcast',
    })
  }

  /** Allows a function, whose event source mapping reads the stream, to use the stream's key. CDK allows the rest. */
  allowKey(fn: ItaFunction): void {
    this.#keys.allow(fn.lambda.role!, ['kinesis:GetRecords'])
  }
}
