import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import type { ItaFunction } from './ita-function.ts'
import { acknowledgeWildcard } from './nag-wildcard.ts'
import { KEEP_DAYS } from './sizing.ts'

/** What was replaced or deleted can be had back for so long: nobody should do either. */
const OLD_VERSIONS = Duration.days(30)
/** Reports of parts serve runs that do a day again, which they can while its ticks are stored. */
const REPORTS = Duration.days(2 * KEEP_DAYS)

/** The bucket of finished days. What lies where: docs/archive.md. */
export class Archive extends Construct {
  readonly bucket: Bucket

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      lifecycleRules: [
        { noncurrentVersionExpiration: OLD_VERSIONS },
        { prefix: 'parts/', expiration: REPORTS },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    })
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Public prices of the past, which one function writes and operators read.',
    })
  }

  /** Lets a function read and write objects, and see which there are. It can delete none. */
  allow(fn: ItaFunction): void {
    const objects = this.bucket.arnForObjects('*')
    fn.allow(['s3:GetObject', 's3:PutObject'], [objects])
    fn.allow(['s3:ListBucket'], [this.bucket.bucketArn])
    acknowledgeWildcard(fn, objects, 'The bucket is the archive and nothing else.')
  }
}
