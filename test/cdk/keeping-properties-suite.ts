import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  openBuckets,
  shortStreams,
  unlocked,
  unlogged,
  withoutBackup,
  withoutDeletionProtection,
  withoutPointInTime,
  withoutTerminationProtection,
} from '../../tools/check-cloud/properties/keeping.ts'
import {
  deletedLogs,
  talkativeLogs,
  withoutAccessLog,
  wronglyKept,
} from '../../tools/check-cloud/properties/logs.ts'
import type { Resource } from '../../tools/check-cloud/stage-synthesis.ts'
import { synthesize } from './synthesis.ts'

const made = (Type: string, Properties: object, DeletionPolicy = 'Retain'): Resource => ({
  Type,
  Properties: { ...Properties },
  DeletionPolicy,
})
const table = (properties: object, deletion?: string): Resource =>
  made('AWS::DynamoDB::Table', properties, deletion)

suite('a property of what is kept notices', () => {
  test('a table without point-in-time recovery', () => {
    const recovery = (PointInTimeRecoveryEnabled: boolean) => ({
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled },
    })
    assert.deepEqual(withoutPointInTime({ Table: table(recovery(true)) }), [])
    for (const properties of [{}, recovery(false)])
      assert.deepEqual(withoutPointInTime({ Table: table(properties) }), [
        'Table: expected point-in-time recovery',
      ])
  })

  test('a kept table and a user pool that AWS would delete', () => {
    assert.deepEqual(
      withoutDeletionProtection({
        Good: table({ DeletionProtectionEnabled: true }),
        Kept: table({}),
        Passing: table({}, 'Delete'),
        Pool: made('AWS::Cognito::UserPool', { DeletionProtection: 'INACTIVE' }),
        GoodPool: made('AWS::Cognito::UserPool', { DeletionProtection: 'ACTIVE' }),
      }),
      ['Kept: expected deletion protection', 'Pool: expected deletion protection'],
    )
  })

  test('a stack without termination protection', () => {
    assert.deepEqual(synthesize('dev').deletableStacks, ['ItastreamDev'])
    assert.deepEqual(withoutTerminationProtection(['ItastreamDev']), [
      'ItastreamDev: expected termination protection',
    ])
    for (const stage of ['test', 'prod'] as const) assert.deepEqual(synthesize(stage).deletableStacks, [])
  })

  test('a table of people without a backup, and a vault without a lock', () => {
    const resources = {
      TablesControl1: table({}),
      TablesUsers1: table({}),
      TablesBoards1: table({}),
      Vault: made('AWS::Backup::BackupVault', { LockConfiguration: { MinRetentionDays: 35 } }),
      Selection: made('AWS::Backup::BackupSelection', {
        BackupSelection: { Resources: [{ 'Fn::GetAtt': ['TablesControl1', 'Arn'] }] },
      }),
    }
    assert.deepEqual(withoutBackup(resources), ['TablesUsers1: expected daily backups'])
    const open = { ...resources, Vault: made('AWS::Backup::BackupVault', {}) }
    assert.ok(withoutBackup(open).includes('Vault: expected a lock with a least retention'))
  })

  test('an archive without a lock, and a stream that ends on Sunday', () => {
    const archive = (ObjectLockConfiguration?: object) => ({
      ArchiveBucket1: made('AWS::S3::Bucket', { ObjectLockConfiguration }),
    })
    assert.deepEqual(unlocked(archive({ Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } } })), [])
    assert.deepEqual(unlocked(archive({})), ['ArchiveBucket1: expected Object Lock'])
    assert.deepEqual(unlocked(archive()), ['ArchiveBucket1: expected Object Lock'])
    const stream = (RetentionPeriodHours?: number) => ({
      Stream: made('AWS::Kinesis::Stream', { RetentionPeriodHours }),
    })
    assert.deepEqual(shortStreams(stream(66)), [])
    assert.deepEqual(shortStreams(stream(48)), ['Stream: expected 65.5 h or more, got 48 h'])
    assert.deepEqual(shortStreams(stream()), ['Stream: expected 65.5 h or more, got 24 h'])
  })

  test('a bucket that is public, without versions, without TLS, or not logged', () => {
    const blocked = {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    }
    const good = {
      PublicAccessBlockConfiguration: blocked,
      VersioningConfiguration: { Status: 'Enabled' },
      LoggingConfiguration: { DestinationBucketName: { Ref: 'Log' } },
    }
    const Condition = { Bool: { 'aws:SecureTransport': 'false' } }
    const policyOf = (id: string): Resource =>
      made('AWS::S3::BucketPolicy', {
        Bucket: { Ref: id },
        PolicyDocument: { Statement: [{ Effect: 'Deny', Principal: '*', Action: 's3:*', Condition }] },
      })
    const found = (properties: object): string[] =>
      openBuckets({
        Archive: made('AWS::S3::Bucket', { ...good, ...properties }),
        Policy: policyOf('Archive'),
      })
    assert.deepEqual(found({}), [])
    assert.deepEqual(found({ VersioningConfiguration: undefined }), ['Archive: expected versions'])
    for (const open of [undefined, {}, { ...blocked, BlockPublicAcls: false }])
      assert.deepEqual(found({ PublicAccessBlockConfiguration: open }), [
        'Archive: expected all public access blocked',
      ])
    const archive = made('AWS::S3::Bucket', good)
    assert.deepEqual(openBuckets({ Archive: archive, Policy: policyOf('Other') }), [
      'Archive: expected a refusal of requests without TLS',
    ])
    const log = made('AWS::S3::Bucket', { PublicAccessBlockConfiguration: blocked })
    assert.deepEqual(
      openBuckets({ Archive: archive, P: policyOf('Archive'), Log: log, L: policyOf('Log') }),
      [],
    )
    assert.deepEqual(unlogged({ Archive: archive, Log: log }), [])
    assert.deepEqual(unlogged({ Archive: made('AWS::S3::Bucket', {}) }), ['Archive: expected an access log'])
  })
})

suite('a property of the logs notices', () => {
  test('a log without an end, one that ends too early, and one that goes with the stack', () => {
    const log = (RetentionInDays?: number, deletion?: string) => ({
      Log: made('AWS::Logs::LogGroup', { RetentionInDays }, deletion),
    })
    assert.deepEqual(wronglyKept(log(365), 365), [])
    assert.deepEqual(wronglyKept(log(180), 365), ['Log: expected 365 days or more, got 180'])
    assert.deepEqual(wronglyKept(log(), 1), ['Log: expected an end of its logs, got none'])
    assert.deepEqual(deletedLogs(log(365)), [])
    assert.deepEqual(deletedLogs(log(365, 'Delete')), ['Log: expected to stay when the stack is deleted'])
  })

  test('an access log that may hold a token, and an API without an access log', () => {
    const stage = (Format?: string) => ({
      Stage: made('AWS::ApiGatewayV2::Stage', { AccessLogSettings: Format && { Format } }),
    })
    const good = '{"route":"$context.routeKey","error":"$context.error.message"}'
    assert.deepEqual([talkativeLogs(stage(good)), withoutAccessLog(stage(good))], [[], []])
    assert.deepEqual(withoutAccessLog(stage()), ['Stage: expected an access log'])
    for (const name of ['authorizer.claims.sub', 'identity.userAgent', 'path', 'requestOverride.header.x'])
      assert.deepEqual(talkativeLogs(stage(`{"a":"$context.${name}"}`)), [
        `Stage: expected no $context.${name}, which may hold a token`,
      ])
  })
})
