import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  badKeys,
  directUses,
  unencrypted,
  withoutKeyRight,
  withoutOwnKey,
} from '../../tools/check-cloud/properties/encryption.ts'
import type { Resource } from '../../tools/check-cloud/stage-synthesis.ts'

const ARN = { 'Fn::GetAtt': ['Key', 'Arn'] }
const ROOT = {
  'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' }, ':root']],
}
const made = (Type: string, Properties: object, DeletionPolicy = 'Retain'): Resource => ({
  Type,
  Properties: { ...Properties },
  DeletionPolicy,
})
const key = (properties: object, ...Statement: readonly object[]): Resource =>
  made('AWS::KMS::Key', { EnableKeyRotation: true, KeyPolicy: { Statement }, ...properties })
const ACCOUNT = { Effect: 'Allow', Action: 'kms:*', Principal: { AWS: ROOT } }
const KEY = key({}, ACCOUNT)
const table = (SSESpecification: object | undefined): Resource =>
  made('AWS::DynamoDB::Table', { SSESpecification })
const bucket = (rule: object): Resource =>
  made('AWS::S3::Bucket', {
    BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: rule }] },
  })
const role = (...Statement: readonly object[]): Resource =>
  made('AWS::IAM::Policy', { Roles: [{ Ref: 'Role' }], PolicyDocument: { Statement } })
const via = (service: string) => ({
  StringEquals: {
    'kms:ViaService': { 'Fn::Join': ['', [`${service}.`, { Ref: 'AWS::Region' }, '.amazonaws.com']] },
  },
})

suite('a property of encryption notices', () => {
  test('a table, stream, bucket or queue without encryption', () => {
    assert.deepEqual(
      unencrypted({
        Table: table(undefined),
        Stream: made('AWS::Kinesis::Stream', {}),
        Bucket: made('AWS::S3::Bucket', {}),
        Queue: made('AWS::SQS::Queue', { SqsManagedSseEnabled: false }),
        Good: made('AWS::SQS::Queue', { SqsManagedSseEnabled: true }),
      }),
      ['Table', 'Stream', 'Bucket', 'Queue'].map(id => `${id}: expected encryption at rest, got none`),
    )
  })

  test('data, logs and events with a key of AWS', () => {
    const withKey = (value: unknown) => ({
      Key: KEY,
      Table: table({ SSEEnabled: true, KMSMasterKeyId: value }),
      Stream: made('AWS::Kinesis::Stream', { StreamEncryption: { EncryptionType: 'KMS', KeyId: value } }),
      ArchiveBucket: bucket({ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: value }),
      Vault: made('AWS::Backup::BackupVault', { EncryptionKeyArn: value }),
      Log: made('AWS::Logs::LogGroup', { KmsKeyId: value }),
      Topic: made('AWS::SNS::Topic', { KmsMasterKeyId: value }),
      Queue: made('AWS::SQS::Queue', { KmsMasterKeyId: value }),
      Secret: made('AWS::SecretsManager::Secret', { KmsKeyId: value }),
    })
    assert.deepEqual(withoutOwnKey(withKey(ARN)), [])
    for (const other of [undefined, 'alias/aws/kinesis', { Ref: 'Queue' }])
      assert.deepEqual(
        withoutOwnKey(withKey(other)),
        ['Table', 'Stream', 'ArchiveBucket', 'Vault', 'Log', 'Topic', 'Queue', 'Secret'].map(
          id => `${id}: expected a key of the stack`,
        ),
      )
    // S3 delivers access logs to no bucket with a key of KMS.
    assert.deepEqual(withoutOwnKey({ BucketLogsBucket: bucket({ SSEAlgorithm: 'AES256' }) }), [])
    // A bucket of tomorrow needs a key of the stack, or a place in the list of the exceptions.
    assert.deepEqual(withoutOwnKey({ NewBucket: bucket({ SSEAlgorithm: 'AES256' }) }), [
      'NewBucket: expected a key of the stack',
    ])
  })

  test('a key that does not rotate, goes with the stack, or is for others', () => {
    const found = (...statements: readonly object[]): number =>
      badKeys({ Key: key({}, ACCOUNT, ...statements) }).length
    assert.equal(found(), 0)
    assert.deepEqual(badKeys({ Key: key({ EnableKeyRotation: false }, ACCOUNT) }), ['Key: expected rotation'])
    assert.deepEqual(badKeys({ Key: { ...KEY, DeletionPolicy: 'Delete' } }), [
      'Key: expected to stay when the stack is deleted',
    ])
    const Condition = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }
    const service = { Action: 'kms:Decrypt', Principal: { Service: 'cloudwatch.amazonaws.com' } }
    assert.equal(found({ ...service, Condition }), 0)
    assert.equal(found(service), 1)
    assert.equal(found({ Action: 'kms:*', Principal: { AWS: '*' } }), 1)
    assert.equal(found({ Action: 'kms:*', Principal: { AWS: 'arn:aws:iam::123456789012:root' } }), 1)
    assert.equal(found({ Action: 'kms:*', Principal: '*' }), 1)
  })

  test('a role that may use a key directly', () => {
    const found = (Action: string, Condition?: object): string[] =>
      directUses({ Policy: role({ Effect: 'Allow', Action, Resource: ARN, Condition }) })
    assert.deepEqual(found('kms:Decrypt', via('s3')), [])
    assert.deepEqual(found('kms:DescribeKey'), [])
    assert.deepEqual(found('kms:CreateGrant', { Bool: { 'kms:GrantIsForAWSResource': 'true' } }), [])
    for (const action of [
      'kms:Decrypt',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:ReEncryptTo',
      'kms:CreateGrant',
    ])
      assert.deepEqual(found(action), [`Policy: ${action} without a condition on the service`])
  })

  test('a role whose key right is missing, or is of another service', () => {
    const found = (action: string, ...uses: readonly object[]): string[] =>
      withoutKeyRight({ Key: KEY, Policy: role({ Effect: 'Allow', Action: action }, ...uses) })
    const decrypt = (service: string): object => ({
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Condition: via(service),
    })
    assert.deepEqual(found('dynamodb:PutItem', decrypt('dynamodb')), [])
    assert.deepEqual(found('dynamodb:PutItem', decrypt('kinesis')), [
      'Role: expected kms:Decrypt through dynamodb',
    ])
    assert.deepEqual(found('dynamodb:DescribeTable'), [])
    assert.deepEqual(found('kinesis:SubscribeToShard'), ['Role: expected kms:Decrypt through kinesis'])
    assert.deepEqual(found('kinesis:PutRecords', decrypt('kinesis')), [
      'Role: expected kms:GenerateDataKey through kinesis',
    ])
    assert.deepEqual(found('s3:PutObject'), ['Role: expected kms:GenerateDataKey through s3'])
    assert.deepEqual(found('sqs:SendMessage', decrypt('sqs')), [
      'Role: expected kms:GenerateDataKey through sqs',
    ])
  })
})
