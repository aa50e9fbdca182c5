/** Daily backups of the tables that people and users write, in a vault whose lock keeps them. */
import { Duration, Fn, Stack } from 'aws-cdk-lib'
import {
  BackupPlan,
  BackupPlanRule,
  BackupResource,
  BackupSelection,
  BackupVault,
  type IBackupVault,
} from 'aws-cdk-lib/aws-backup'
import type { Table } from 'aws-cdk-lib/aws-dynamodb'
import { Schedule } from 'aws-cdk-lib/aws-events'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { acknowledgeWildcard } from '../nag-wildcard.ts'
import { stackSuffix } from '../stack-suffix.ts'
import type { BackupConfig } from './data-config.ts'
import type { Keys } from './keys.ts'

/** 3:00 in Tokyo, when no task runs. */
const AT_NIGHT = Schedule.cron({ hour: '18', minute: '0' })
/** AWS Backup accepts no shorter time, in which a lock of the mode compliance can still be removed (developer guide, "Vault Lock"). */
const GRACE = Duration.days(3)
/** AWS Backup starts within this time, and a backup that takes longer than {@link COMPLETE} counts as failed. */
const START = Duration.hours(1)
const COMPLETE = Duration.hours(4)

export interface BackupsProps {
  readonly config: BackupConfig
  readonly keys: Keys
  readonly tables: readonly Table[]
}

/** The plan, its vault, and the role that AWS Backup takes. */
export class Backups extends Construct {
  readonly vault: BackupVault

  constructor(scope: Construct, id: string, { config, keys, tables }: BackupsProps) {
    super(scope, id)
    const kept = Duration.days(config.days)
    const vault = new BackupVault(this, 'Vault', {
      // A vault with backups cannot be deleted, so a new stack of the same name needs a new name.
      backupVaultName: Fn.join('-', [Stack.of(this).stackName, stackSuffix()]),
      ...(keys.data === undefined ? {} : { encryptionKey: keys.data }),
      // Without `changeableFor` the lock is of the mode governance.
      lockConfiguration: {
        minRetention: kept,
        ...(config.lock === 'compliance' ? { changeableFor: GRACE } : {}),
      },
    })
    this.vault = vault
    const copies =
      config.copyTo === undefined ? [] : [BackupVault.fromBackupVaultArn(this, 'Copies', config.copyTo)]
    const plan = new BackupPlan(this, 'Plan', { backupVault: vault })
    plan.addRule(
      new BackupPlanRule({
        ruleName: 'Daily',
        scheduleExpression: AT_NIGHT,
        startWindow: START,
        completionWindow: COMPLETE,
        deleteAfter: kept,
        ...(copies.length === 0
          ? {}
          : { copyActions: copies.map(vault => ({ destinationBackupVault: vault, deleteAfter: kept })) }),
      }),
    )
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('backup.amazonaws.com') })
    this.#allowBackups(role, vault, tables)
    if (copies.length > 0) this.#allowCopies(role, vault, copies)
    keys.allowBackups(role)
    new BackupSelection(this, 'Selection', {
      backupPlan: plan,
      resources: tables.map(table => BackupResource.fromDynamoDbTable(table)),
      role,
      disableDefaultBackupPolicy: true,
    })
  }

  /** Allows what AWSBackupServiceRolePolicyForBackup (version 30) has for DynamoDB, for these tables and this vault alone. */
  #allowBackups(role: Role, vault: BackupVault, tables: readonly Table[]): void {
    const arns = tables.map(table => table.tableArn)
    const backups = arns.map(arn => `${arn}/backup/*`)
    const points = this.#recoveryPoints()
    for (const [actions, resources] of [
      [
        [
          'dynamodb:CreateBackup',
          'dynamodb:DescribeTable',
          'dynamodb:ListTagsOfResource',
          'dynamodb:StartAwsBackupJob',
        ],
        arns,
      ],
      [['dynamodb:DeleteBackup', 'dynamodb:DescribeBackup'], backups],
      [['backup:CopyIntoBackupVault', 'backup:DescribeBackupVault'], [vault.backupVaultArn]],
      [['backup:TagResource'], [points]],
    ] as const)
      role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }))
    for (const arn of [...backups, points])
      acknowledgeWildcard(this, arn, 'AWS chooses the names of backups. The policy names the tables.')
  }

  #allowCopies(role: Role, vault: BackupVault, copies: readonly IBackupVault[]): void {
    role.addToPolicy(
      new PolicyStatement({
        actions: ['backup:CopyFromBackupVault'],
        resources: [vault.backupVaultArn, this.#recoveryPoints()],
      }),
    )
    role.addToPolicy(
      new PolicyStatement({
        actions: ['backup:CopyIntoBackupVault'],
        resources: copies.map(copy => copy.backupVaultArn),
      }),
    )
  }

  /** Returns the ARN of all recovery points of the account in the region. */
  #recoveryPoints(): string {
    return Stack.of(this).formatArn({ service: 'backup', resource: 'recovery-point:*' })
  }
}
