/** The KMS keys of the stack, and what a role may do with them: use a key through the service that stores the data, and not by itself. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import { type IRole, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Construct } from 'constructs'
import type { DataConfig } from './data-config.ts'

/** A service that calls KMS with the rights of its caller. */
export type KeyService = 'backup' | 'dynamodb' | 'kinesis' | 's3' | 'secretsmanager' | 'sqs'
export type KeyAction = 'kms:Decrypt' | 'kms:GenerateDataKey'

/**
 * What an action on data needs of the key, with the rights of the same role. A table has its data key from its creation, so also a write decrypts
 * only (DynamoDB developer guide, "encryption at rest: usage notes", Table keys; aws/aws-cdk#10010). Kinesis developer guide, "Permissions to
 * use user-generated KMS keys"; S3 user guide, "Using server-side encryption with AWS KMS keys"; SQS developer guide, "Key management".
 */
const NEEDS: readonly {
  readonly of: RegExp
  readonly service: KeyService
  readonly needs: readonly KeyAction[]
}[] = [
  {
    of: /^dynamodb:(BatchGetItem|BatchWriteItem|DeleteItem|GetItem|PutItem|Query|Scan|UpdateItem)$/,
    service: 'dynamodb',
    needs: ['kms:Decrypt'],
  },
  { of: /^kinesis:(GetRecords|SubscribeToShard)$/, service: 'kinesis', needs: ['kms:Decrypt'] },
  { of: /^kinesis:PutRecords$/, service: 'kinesis', needs: ['kms:GenerateDataKey'] },
  { of: /^s3:GetObject$/, service: 's3', needs: ['kms:Decrypt'] },
  { of: /^s3:PutObject$/, service: 's3', needs: ['kms:GenerateDataKey'] },
  { of: /^secretsmanager:GetSecretValue$/, service: 'secretsmanager', needs: ['kms:Decrypt'] },
]

/** The keys of a stack. A stage with the keys of AWS has none. */
export class Keys extends Construct {
  /** Encrypts the tables, the stream, the archive, failed batches, backups and the secret. */
  readonly data: Key | undefined
  /** Encrypts logs, topics and queues. Services write there by themselves, so its policy names them. */
  readonly events: Key | undefined

  constructor(scope: Construct, id: string, { keys }: Pick<DataConfig, 'keys'>) {
    super(scope, id)
    if (keys === 'aws') return
    this.data = this.#addKey('Data', 'tables, stream, archive, failed batches, backups and secret')
    this.events = this.#addKey('Events', 'logs, topics and queues')
    this.#letLogs(this.events)
    this.#letNotifiers(this.events)
  }

  /** Allows a role what its actions on data need of the key of the data. Actions on nothing encrypted need nothing. */
  allow(role: IRole, actions: readonly string[]): void {
    for (const { of, service, needs } of NEEDS)
      if (actions.some(action => of.test(action))) this.#allow(role, this.data, service, needs)
  }

  /** Allows a role to send to a queue that is encrypted with the key of the events. */
  allowSending(role: IRole): void {
    this.#allow(role, this.events, 'sqs', ['kms:Decrypt', 'kms:GenerateDataKey'])
  }

  /** Allows AWS Backup to read the tables, and to encrypt its backups with the key (AWSBackupServiceRolePolicyForBackup, version 30). */
  allowBackups(role: IRole): void {
    const { data } = this
    if (data === undefined) return
    for (const service of ['dynamodb', 'backup'] as const)
      this.#allow(role, data, service, ['kms:Decrypt', 'kms:GenerateDataKey'])
    const statement = { resources: [data.keyArn] }
    role.addToPrincipalPolicy(new PolicyStatement({ ...statement, actions: ['kms:DescribeKey'] }))
    role.addToPrincipalPolicy(
      new PolicyStatement({
        ...statement,
        actions: ['kms:CreateGrant'],
        conditions: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
      }),
    )
  }

  #allow(role: IRole, key: Key | undefined, service: KeyService, actions: readonly KeyAction[]): void {
    if (key === undefined) return
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: [...actions],
        resources: [key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': this.#endpoint(service) } },
      }),
    )
  }

  /** Adds a key. Without it nobody can read what it encrypts, so it stays when the stack is deleted. */
  #addKey(id: string, what: string): Key {
    const { stackName } = Stack.of(this)
    return new Key(this, id, {
      description: `itastream: ${what}`,
      alias: `${stackName}/${id.toLowerCase()}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
  }

  /** Lets CloudWatch Logs use the key for the log groups of this stack (CloudWatch Logs user guide, "Encrypt log data using KMS"). */
  #letLogs(key: Key): void {
    const groups = Stack.of(this).formatArn({
      service: 'logs',
      resource: `log-group:${Stack.of(this).stackName}-*`,
    })
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(this.#endpoint('logs'))],
        actions: [
          'kms:Decrypt',
          'kms:DescribeKey',
          'kms:Encrypt',
          'kms:GenerateDataKey',
          'kms:GenerateDataKeyWithoutPlaintext',
          'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
        ],
        resources: ['*'],
        conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': groups } },
      }),
    )
  }

  /**
   * Lets alarms and rules publish to an encrypted topic (SNS developer guide, "Key management", event sources). EventBridge gives no
   * source in its requests, so its condition is on what SNS always gives: the topic, as the encryption context.
   */
  #letNotifiers(key: Key): void {
    const publish = { actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: ['*'] }
    key.addToResourcePolicy(
      new PolicyStatement({
        ...publish,
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    )
    const topics = Stack.of(this).formatArn({ service: 'sns', resource: `${Stack.of(this).stackName}-*` })
    key.addToResourcePolicy(
      new PolicyStatement({
        ...publish,
        principals: [new ServicePrincipal('events.amazonaws.com')],
        conditions: { ArnLike: { 'kms:EncryptionContext:aws:sns:topicArn': topics } },
      }),
    )
  }

  #endpoint(service: string): string {
    return `${service}.${Stack.of(this).region}.amazonaws.com`
  }
}
