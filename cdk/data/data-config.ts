/** How a stage keeps its data. */
import type { Duration } from 'aws-cdk-lib'

export interface DataConfig {
  /**
   * Whose keys encrypt what is stored. `customer`: KMS keys of this stack, which the account can audit, restrict and disable. `aws`: keys
   * of the services, without a monthly price.
   */
  readonly keys: 'aws' | 'customer'
  /** Whether AWS refuses to delete the stacks, the tables that cannot be written again, and the user pool, until this is false. */
  readonly deletionProtection: boolean
  /** How long the stream keeps an envelope for a consumer that does not work: from a day to a year. */
  readonly streamRetention: Duration
  /** How long no version of an archived file can be deleted. Undefined: files can be deleted. */
  readonly archiveLock: ArchiveLock | undefined
  /** Daily backups of the control and users tables. Undefined: none, apart from point-in-time recovery. */
  readonly backup: BackupConfig | undefined
  /** Whether S3 logs the requests to the buckets, in a bucket of its own. */
  readonly bucketLogs: boolean
}

export interface ArchiveLock {
  /**
   * S3 Object Lock. `governance`: a role with s3:BypassGovernanceRetention may delete all the same. `compliance`: nobody can, not even the
   * root user of the account, and the time cannot become shorter.
   */
  readonly mode: 'governance' | 'compliance'
  readonly days: number
}

export interface BackupConfig {
  /** Days for which each backup is kept. The lock of the vault refuses to delete it earlier. */
  readonly days: number
  /**
   * AWS Backup Vault Lock. `governance`: a role with backup:DeleteBackupVaultLockConfiguration may remove the lock, and then delete backups.
   * `compliance`: three days after the deployment nobody can, not even the root user of the account, and the lock and `days` cannot change
   * any more.
   */
  readonly lock: 'governance' | 'compliance'
  /** ARN of a vault in another account, which gets a copy of each backup: docs/deploy.md. Undefined: no copy. */
  readonly copyTo: string | undefined
}
