/** With which keys stored data is encrypted, and who may use them. */
import { type CloudProperty, inEachStage, inProdAndTest } from '../cloud-property.ts'
import type { Resource } from '../stage-synthesis.ts'
import { statementsOf } from './policies.ts'
import { type Resources, referredId } from './references.ts'

type Members = Readonly<Record<string, unknown>>

/** Returns the encryption of a bucket. */
function bucketKey({ BucketEncryption }: Members): unknown {
  const { ServerSideEncryptionConfiguration: [rule] = [] } = (BucketEncryption ?? {}) as {
    readonly ServerSideEncryptionConfiguration?: readonly {
      readonly ServerSideEncryptionByDefault: { readonly KMSMasterKeyID?: unknown }
    }[]
  }
  return rule?.ServerSideEncryptionByDefault.KMSMasterKeyID
}

/** The key of a resource, by its type. */
const KEY_OF: Readonly<Record<string, (properties: Members) => unknown>> = {
  'AWS::Backup::BackupVault': properties => properties.EncryptionKeyArn,
  'AWS::DynamoDB::Table': ({ SSESpecification }) => (SSESpecification as Members | undefined)?.KMSMasterKeyId,
  'AWS::Kinesis::Stream': ({ StreamEncryption }) => (StreamEncryption as Members | undefined)?.KeyId,
  'AWS::Logs::LogGroup': properties => properties.KmsKeyId,
  'AWS::S3::Bucket': bucketKey,
  'AWS::SNS::Topic': properties => properties.KmsMasterKeyId,
  'AWS::SQS::Queue': properties => properties.KmsMasterKeyId,
  'AWS::SecretsManager::Secret': properties => properties.KmsKeyId,
}

/** Whether AWS encrypts a resource at rest, with whatever key. Backups, logs and queues always are. */
const ENCRYPTED: Readonly<Record<string, (properties: Members) => boolean>> = {
  'AWS::DynamoDB::Table': ({ SSESpecification }) =>
    (SSESpecification as Members | undefined)?.SSEEnabled === true,
  'AWS::Kinesis::Stream': ({ StreamEncryption }) =>
    (StreamEncryption as Members | undefined)?.EncryptionType === 'KMS',
  'AWS::S3::Bucket': ({ BucketEncryption }) => BucketEncryption !== undefined,
  'AWS::SQS::Queue': ({ SqsManagedSseEnabled, KmsMasterKeyId }) =>
    SqsManagedSseEnabled === true || KmsMasterKeyId !== undefined,
}

/** Returns the resources that are not encrypted at rest. */
export function unencrypted(resources: Resources): string[] {
  return Object.entries(resources).flatMap(([id, { Type, Properties }]) =>
    ENCRYPTED[Type]?.(Properties) === false ? [`${id}: expected encryption at rest, got none`] : [],
  )
}

/** Buckets with a key of S3: access logs, of buckets and of CloudFront, and public files. docs/deploy.md lists what has a key of AWS. */
const BUCKET_OF_AWS_KEY = /^(BucketLogs|EdgeAccessLog|EdgePage)/

/** Returns the resources of data, logs, events and secrets that are not encrypted with a key of the stack. */
export function withoutOwnKey(resources: Resources): string[] {
  return Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    const keyOf = KEY_OF[Type]
    if (keyOf === undefined || (Type === 'AWS::S3::Bucket' && BUCKET_OF_AWS_KEY.test(id))) return []
    const key = resources[referredId(keyOf(Properties)) ?? '']
    return key?.Type === 'AWS::KMS::Key' ? [] : [`${id}: expected a key of the stack`]
  })
}

interface KeyStatement {
  readonly Action: string | readonly string[]
  readonly Principal?: { readonly AWS?: unknown; readonly Service?: unknown }
  readonly Condition?: Readonly<Record<string, Members>>
}

const keysOf = (resources: Resources): [string, Resource][] =>
  Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::KMS::Key')

/** Returns what is wrong with the keys: no rotation, deletion with the stack, or a policy for others than the account and services. */
export function badKeys(resources: Resources): string[] {
  return keysOf(resources).flatMap(([id, { Properties, DeletionPolicy }]) => {
    const { Statement } = Properties.KeyPolicy as { readonly Statement: readonly KeyStatement[] }
    const strangers = Statement.filter(({ Principal, Condition }) =>
      Principal?.Service === undefined
        ? !/iam::","?\{?.*AWS::AccountId.*:root/.test(JSON.stringify(Principal?.AWS ?? ''))
        : Condition === undefined,
    )
    return [
      ...(Properties.EnableKeyRotation === true ? [] : [`${id}: expected rotation`]),
      ...(DeletionPolicy === 'Retain' ? [] : [`${id}: expected to stay when the stack is deleted`]),
      ...strangers.map(
        ({ Principal }) =>
          `${id}: expected this account or a service with a condition, got ${JSON.stringify(Principal)}`,
      ),
    ]
  })
}

const CRYPTOGRAPHIC = /^kms:(Decrypt|Encrypt|GenerateDataKey|ReEncrypt)/

/** Returns the statements by which a role may use a key directly, not through the service that stores the data. */
export function directUses(resources: Resources): string[] {
  return statementsOf(resources).flatMap(([id, statement]) => {
    const { Action, Condition = {} } = statement as KeyStatement
    return [Action].flat().flatMap(action => {
      const isBound = CRYPTOGRAPHIC.test(action)
        ? Condition.StringEquals?.['kms:ViaService'] !== undefined
        : action !== 'kms:CreateGrant' || Condition.Bool?.['kms:GrantIsForAWSResource'] === 'true'
      return isBound ? [] : [`${id}: ${action} without a condition on the service`]
    })
  })
}

/** What an action on data needs of its key, as the developer guides of the services say. */
const NEEDS: readonly [RegExp, service: string, action: string][] = [
  [/^dynamodb:(Batch(Get|Write)Item|(Delete|Get|Put|Update)Item|Query|Scan)$/, 'dynamodb', 'kms:Decrypt'],
  [/^kinesis:(GetRecords|SubscribeToShard)$/, 'kinesis', 'kms:Decrypt'],
  [/^kinesis:PutRecords?$/, 'kinesis', 'kms:GenerateDataKey'],
  [/^s3:GetObject$/, 's3', 'kms:Decrypt'],
  [/^s3:PutObject$/, 's3', 'kms:GenerateDataKey'],
  [/^sqs:SendMessage$/, 'sqs', 'kms:Decrypt'],
  [/^sqs:SendMessage$/, 'sqs', 'kms:GenerateDataKey'],
]

/** Returns the roles that may act on data, but may not use the key of the data for it. */
export function withoutKeyRight(resources: Resources): string[] {
  if (keysOf(resources).length === 0) return []
  const ofRole = new Map<string, { actions: Set<string>; uses: Set<string> }>()
  for (const { Type, Properties } of Object.values(resources)) {
    if (Type !== 'AWS::IAM::Policy') continue
    const { Roles, PolicyDocument } = Properties as {
      readonly Roles: readonly unknown[]
      readonly PolicyDocument: { readonly Statement: readonly KeyStatement[] }
    }
    for (const role of Roles.map(value => String(referredId(value)))) {
      const { actions, uses } = ofRole.get(role) ?? { actions: new Set(), uses: new Set() }
      ofRole.set(role, { actions, uses })
      for (const { Action, Condition } of PolicyDocument.Statement)
        for (const action of [Action].flat()) {
          actions.add(action)
          const via = JSON.stringify(Condition?.StringEquals?.['kms:ViaService'] ?? '')
          uses.add(`${action} ${/"(\w+)\./.exec(via)?.[1]}`)
        }
    }
  }
  return [...ofRole].flatMap(([role, { actions, uses }]) =>
    NEEDS.filter(
      ([of, service, need]) =>
        [...actions].some(action => of.test(action)) && !uses.has(`${need} ${service}`),
    ).map(([, service, need]) => `${role}: expected ${need} through ${service}`),
  )
}

export const ENCRYPTION: readonly CloudProperty[] = [
  inEachStage('data', 'every table, stream, bucket and queue is encrypted at rest', ({ resources }) =>
    unencrypted(resources),
  ),
  inProdAndTest(
    'data',
    'tables, stream, buckets, backups, logs, topics, queues and secrets have a key of the stack, except buckets of access logs and of the page',
    ({ resources }) => withoutOwnKey(resources),
  ),
  inEachStage(
    'data',
    'every key rotates, outlives the stack, and is for this account and named services alone',
    ({ resources }) => badKeys(resources),
  ),
  inEachStage(
    'data',
    'a role may use a key through the service that stores the data alone',
    ({ resources }) => directUses(resources),
  ),
  inEachStage(
    'data',
    'a role that may read or write encrypted data may use its key for that',
    ({ resources }) => withoutKeyRight(resources),
  ),
]
