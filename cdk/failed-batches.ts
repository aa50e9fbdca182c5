import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import type { IEventSourceDlq } from 'aws-cdk-lib/aws-lambda'
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import type { ItaFunction } from './ita-function.ts'
import { acknowledgeWildcard } from './nag-wildcard.ts'

/** Lambda names the objects: this, then mapping, shard and time. */
const PREFIX = 'aws/lambda/'
const KEPT = Duration.days(30)

/**
 * Where a batch goes that cannot be processed: a bucket, because only there does Lambda write the whole batch;
 * a queue or a topic would be told where it was in the stream, which forgets it after a day.
 */
export class FailedBatches extends Construct {
  readonly #bucket: Bucket

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.#bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [{ expiration: KEPT }],
      removalPolicy: RemovalPolicy.RETAIN,
    })
    Validations.of(this.#bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Only Lambda writes here, and only operators read.',
    })
  }

  /** The destination of an event source mapping of `fn`, with the two permissions that Lambda asks for. */
  destinationOf(fn: ItaFunction): IEventSourceDlq {
    const objects = this.#bucket.arnForObjects(`${PREFIX}*`)
    fn.allow(['s3:PutObject'], [objects])
    fn.allow(['s3:ListBucket'], [this.#bucket.bucketArn])
    acknowledgeWildcard(fn, objects, 'Lambda names the objects it puts aside.')
    return { bind: () => ({ destination: this.#bucket.bucketArn }) }
  }
}
