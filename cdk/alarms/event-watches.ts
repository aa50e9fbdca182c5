/** What rules of EventBridge watch: what AWS reports as an event, and no metric has. */

import type { IBackupVault } from 'aws-cdk-lib/aws-backup'
import { EventField, type EventPattern } from 'aws-cdk-lib/aws-events'
import type { Key } from 'aws-cdk-lib/aws-kms'
import type { Severity } from './alarms-config.ts'

/** A rule publishes each event that fits. Unlike an alarm it has no end. */
export interface EventWatch {
  readonly severity: Severity
  readonly pattern: EventPattern
  /** Members of the event that the message has in addition to the description. */
  readonly fields: readonly string[]
  /** What is wrong, as sentences. */
  readonly description: string
  /** The heading in docs/operations.md that says what to do, as an anchor. */
  readonly runbook: string
}

/** The last states of a job that has made no backup, or a part of it (AWS Backup API reference, BackupJob and CopyJob, "State"). */
const FAILED_STATES = ['FAILED', 'ABORTED', 'EXPIRED', 'PARTIAL']

/**
 * Watches the jobs of a vault. AWS Backup sends the end of each job as an event, without a trail and at no price (AWS Backup
 * developer guide, "Monitoring AWS Backup events using Amazon EventBridge"). Its metrics have no documented dimensions for one vault.
 */
export function backupWatches(vault: IBackupVault): Readonly<Record<string, EventWatch>> {
  const source = ['aws.backup']
  return {
    BackupFails: {
      severity: 'notice',
      pattern: {
        source,
        detailType: ['Backup Job State Change'],
        detail: { state: FAILED_STATES, backupVaultName: [vault.backupVaultName] },
      },
      fields: ['state', 'resourceArn', 'statusMessage'],
      description: 'A backup of a table has failed.',
      runbook: 'a-backup-fails',
    },
    BackupCopyFails: {
      severity: 'notice',
      pattern: {
        source,
        detailType: ['Copy Job State Change'],
        detail: { state: FAILED_STATES, sourceBackupVaultArn: [vault.backupVaultArn] },
      },
      fields: ['state', 'resourceArn', 'destinationBackupVaultArn', 'statusMessage'],
      description: 'The copy of a backup to the other account has failed.',
      runbook: 'a-backup-fails',
    },
  }
}

/**
 * Watches the keys. KMS reports by itself only that a key has been deleted. The requests that disable a key come by CloudTrail, if the
 * account has a trail (KMS developer guide, "Monitor KMS keys with Amazon EventBridge"; EventBridge user guide, "AWS service events
 * delivered via AWS CloudTrail"). A request may name a key by its id or its ARN.
 */
export function keyWatches(keys: readonly Key[]): Readonly<Record<string, EventWatch>> {
  const source = ['aws.kms']
  const ids = keys.map(({ keyId }) => keyId)
  return {
    KeyDisabled: {
      severity: 'page',
      pattern: {
        source,
        detailType: ['AWS API Call via CloudTrail'],
        detail: {
          eventSource: ['kms.amazonaws.com'],
          eventName: ['DisableKey', 'ScheduleKeyDeletion'],
          requestParameters: { keyId: [...ids, ...keys.map(({ keyArn }) => keyArn)] },
        },
      },
      fields: ['eventName', 'requestParameters.keyId', 'userIdentity.arn', 'errorCode'],
      description: 'Somebody disables a key of the stack, or schedules its deletion.',
      runbook: 'keys',
    },
    KeyDeleted: {
      severity: 'page',
      pattern: { source, detailType: ['KMS CMK Deletion'], detail: { 'key-id': ids } },
      fields: ['key-id'],
      description: 'A key of the stack is deleted. What it has encrypted cannot be read any more.',
      runbook: 'keys',
    },
  }
}

/** Returns the message about an event: one line, because a topic sends it as a mail. */
export function messageOf(name: string, { description, fields, runbook }: EventWatch): string {
  const values = fields.map(field => `${field}: ${EventField.fromPath(`$.detail.${field}`)}`)
  return `itastream ${name}: ${description} ${values.join(', ')}. Runbook: docs/operations.md#${runbook}`
}
