/** The bucket of batches that a function could not process. */
import { Duration } from 'aws-cdk-lib'
import type { IEventSourceDlq } from 'aws-cdk-lib/aws-lambda'
import type { Bucket } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import type { ItaFunction } from '../ita-function.ts'
import { acknowledgeWildcard } from '../nag-wildcard.ts'
import { type KeptBucketProps, keptBucket } from './kept-bucket.ts'

/** Lambda names the objects: this prefix, then mapping, shard and time. */
const PREFIX = 'aws/lambda/'
const KEPT = Duration.days(30)

/**
 * The destination of batches that a function could not process. Only into a bucket does Lambda write the whole batch;
 * a queue or a topic gets the batch's place in the stream, which keeps records for some days.
 */
export class FailedBatches extends Construct {
  readonly bucket: Bucket

  constructor(scope: Construct, id: string, props: KeptBucketProps) {
    super(scope, id)
    this.bucket = keptBucket(this, 'Bucket', props, {
      lifecycleRules: [{ expiration: KEPT, noncurrentVersionExpiration: KEPT }],
      withoutReplica: 'A batch waits here until it is stored, for 30 days at most.',
      withoutLog: 'Only Lambda writes to the bucket, and only operators read it.',
    })
  }

  /** Returns the destination for an event source mapping of `fn`, and allows `fn` the two actions that Lambda requires. */
  destinationOf(fn: ItaFunction): IEventSourceDlq {
    const objects = this.bucket.arnForObjects(`${PREFIX}*`)
    fn.allow(['s3:PutObject'], [objects])
    fn.allow(['s3:ListBucket'], [this.bucket.bucketArn])
    acknowledgeWildcard(fn, objects, 'Lambda chooses the names of the objects.')
    return { bind: () => ({ destination: this.bucket.bucketArn }) }
  }
}
