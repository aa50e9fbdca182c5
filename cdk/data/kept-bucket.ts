/** What the buckets of the stack have in common: their key, and the log of requests to them. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  type LifecycleRule,
} from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { acknowledge } from '../acknowledge.ts'
import type { Keys } from './keys.ts'

export interface KeptBucketProps {
  readonly keys: Keys
  /** Undefined: S3 does not log the requests. */
  readonly accessLogs: AccessLogBucket | undefined
}

/** What differs between the buckets. */
interface BucketRules extends Pick<BucketProps, 'objectLockDefaultRetention'> {
  readonly lifecycleRules: LifecycleRule[]
  /** Why a stage may do without a log of the requests. */
  readonly withoutLog: string
  /** Why there is no copy in another region. */
  readonly withoutReplica: string
}

const COMMON = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  enforceSSL: true,
  versioned: true,
  removalPolicy: RemovalPolicy.RETAIN,
} satisfies BucketProps

/** Adds a bucket that is private, versioned and encrypted, and stays when the stack is deleted. */
export function keptBucket(
  scope: Construct,
  id: string,
  { keys, accessLogs }: KeptBucketProps,
  { withoutLog, withoutReplica, ...rules }: BucketRules,
): Bucket {
  const bucket = new Bucket(scope, id, {
    ...COMMON,
    ...rules,
    // With a key of the bucket, S3 asks KMS seldom (S3 user guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys").
    ...(keys.data === undefined
      ? { encryption: BucketEncryption.S3_MANAGED }
      : { encryption: BucketEncryption.KMS, encryptionKey: keys.data, bucketKeyEnabled: true }),
    ...(accessLogs === undefined
      ? {}
      : { serverAccessLogsBucket: accessLogs.bucket, serverAccessLogsPrefix: `${scope.node.id}/` }),
  })
  if (accessLogs === undefined) acknowledge(bucket, { S1: withoutLog, S3BucketLoggingEnabled: withoutLog })
  acknowledge(bucket, { S3BucketReplicationEnabled: withoutReplica })
  return bucket
}

/** The bucket of access logs: who asked for which object of the other buckets. */
export class AccessLogBucket extends Construct {
  readonly bucket: Bucket

  /** @param kept how long a log is kept. */
  constructor(scope: Construct, id: string, kept: Duration) {
    super(scope, id)
    this.bucket = new Bucket(this, 'Bucket', {
      ...COMMON,
      // S3 does not deliver access logs to a bucket with a key of KMS (S3 user guide, "Enabling Amazon S3 server access logging").
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [{ expiration: kept, noncurrentVersionExpiration: Duration.days(1) }],
    })
    // It has no access log itself, which the rules allow: each log of a log would make another.
    acknowledge(this.bucket, {
      S3BucketReplicationEnabled: 'The logs help to look at an incident, and are in three zones.',
      S3DefaultEncryptionKMS:
        'S3 does not deliver access logs to a bucket with a key of KMS. Keys of S3 encrypt them.',
    })
  }
}
