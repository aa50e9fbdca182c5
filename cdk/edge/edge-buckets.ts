/** The buckets of the edge: the files of the board page, and the access log of CloudFront. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3'
import type { Construct } from 'constructs'
import { acknowledge } from '../acknowledge.ts'
import type { LogConfig } from '../data/log-group.ts'

/** A file that a new version of the page has replaced can be restored for this long. */
const OLD_VERSIONS = Duration.days(30)

/** Returns the bucket of the board page. CloudFront alone reads it. */
export function pageBucket(scope: Construct): Bucket {
  const bucket = new Bucket(scope, 'Page', {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    versioned: true,
    lifecycleRules: [{ noncurrentVersionExpiration: OLD_VERSIONS }],
    removalPolicy: RemovalPolicy.RETAIN,
  })
  const logged =
    'Everybody may read the page, CloudFront alone reads the bucket, and CloudFront has an access log.'
  acknowledge(bucket, {
    S1: logged,
    S3BucketLoggingEnabled: logged,
    S3BucketReplicationEnabled: 'The files are built from the sources, in a minute.',
    S3DefaultEncryptionKMS: 'The files are public. Keys of S3 encrypt them.',
  })
  return bucket
}

/**
 * Returns the bucket of the access log. CloudFront writes its standard log by an ACL of the bucket: a delivery without ACLs must be
 * declared in us-east-1, after the distribution (CloudFront developer guide, "Standard logging (v2)").
 */
export function accessLogBucket(scope: Construct, { retention }: LogConfig): Bucket {
  const bucket = new Bucket(scope, 'AccessLog', {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
    lifecycleRules: [{ expiration: Duration.days(retention) }],
    removalPolicy: RemovalPolicy.RETAIN,
  })
  const itself = 'It is the access log itself.'
  acknowledge(bucket, {
    S1: itself,
    S3BucketLoggingEnabled: itself,
    S3BucketReplicationEnabled:
      'The log helps to look at an incident, and is kept for as long as other logs, in one region.',
    S3BucketVersioningEnabled: 'CloudFront writes each object once, and nobody else writes.',
    S3DefaultEncryptionKMS: 'Addresses and paths of readers, without tokens. Keys of S3 encrypt them.',
  })
  return bucket
}
