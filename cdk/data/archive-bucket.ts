/** The bucket of archived days. docs/archive.md lists its objects. */
import { Duration } from 'aws-cdk-lib'
import { type Bucket, ObjectLockRetention, StorageClass } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import type { ItaFunction } from '../ita-function.ts'
import { acknowledgeWildcard } from '../nag-wildcard.ts'
import { KEEP_DAYS } from '../sizing.ts'
import type { ArchiveLock } from './data-config.ts'
import { type KeptBucketProps, keptBucket } from './kept-bucket.ts'

/** A replaced or deleted object can be restored for this long. Nobody should replace or delete one. */
const OLD_VERSIONS = Duration.days(30)
/**
 * S3 then moves objects that nobody reads to cheaper tiers, and back with the next read: after 30 days without a read to half the
 * price, after 90 to a fifth (S3 user guide, Intelligent-Tiering). Every tier answers at once, and a read has no price of its own.
 * Objects below 128 KB stay as they are.
 */
const AT_ONCE = Duration.days(0)
/** Reports of parts help to archive a day again, which is possible while its ticks are stored. */
const REPORTS = Duration.days(2 * KEEP_DAYS)

export interface ArchiveBucketProps extends KeptBucketProps {
  /** Undefined: files can be deleted. */
  readonly lock: ArchiveLock | undefined
}

export class ArchiveBucket extends Construct {
  readonly bucket: Bucket

  constructor(scope: Construct, id: string, { lock, ...props }: ArchiveBucketProps) {
    super(scope, id)
    this.bucket = keptBucket(this, 'Bucket', props, {
      lifecycleRules: [
        {
          noncurrentVersionExpiration: OLD_VERSIONS,
          transitions: [{ storageClass: StorageClass.INTELLIGENT_TIERING, transitionAfter: AT_ONCE }],
        },
        { prefix: 'parts/', expiration: REPORTS },
      ],
      // A changed file is a new version, so the lock does not hinder close-of-day when it archives a day again.
      ...(lock === undefined
        ? {}
        : { objectLockDefaultRetention: ObjectLockRetention[lock.mode](Duration.days(lock.days)) }),
      withoutReplica:
        'Files are in three zones, and locked. Who needs a copy in another region adds it (docs/deploy.md).',
      withoutLog: 'Past prices are public; one function writes them, and operators read them.',
    })
  }

  /** Allows a function to list, read and write objects, but not to delete them. */
  allow(fn: ItaFunction): void {
    const objects = this.bucket.arnForObjects('*')
    fn.allow(['s3:GetObject', 's3:PutObject'], [objects])
    fn.allow(['s3:ListBucket'], [this.bucket.bucketArn])
    acknowledgeWildcard(fn, objects, 'The bucket holds the archive and nothing else.')
  }
}
