import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Match } from 'aws-cdk-lib/assertions'
import { METRICS_NAMESPACE } from '../../contract/metric-names.ts'
import { synthesize } from './synthesis.ts'
import { read } from './template-reading.ts'

const { template, resources } = synthesize()
const { ofType } = read(resources)

const LIVE = { Ref: Match.stringLikeRegexp('^CloseCloseOfDayLive') }

describe('the archive', () => {
  test('is private, locked for a year, keeps replaced objects for 30 days, and survives the stack', () => {
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      Properties: {
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } },
          ],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        VersioningConfiguration: { Status: 'Enabled' },
        ObjectLockEnabled: true,
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 365 } },
        },
        LifecycleConfiguration: {
          Rules: [
            {
              NoncurrentVersionExpiration: { NoncurrentDays: 30 },
              Status: 'Enabled',
              Transitions: [{ StorageClass: 'INTELLIGENT_TIERING', TransitionInDays: 0 }],
            },
            { ExpirationInDays: 62, Prefix: 'parts/', Status: 'Enabled' },
          ],
        },
      },
    })
  })

  test('accepts requests over TLS only', () => {
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: Match.stringLikeRegexp('^Archive') },
      PolicyDocument: Match.objectLike({
        Statement: [
          Match.objectLike({
            Action: 's3:*',
            Effect: 'Deny',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ],
      }),
    })
  })
})

describe('close-of-day', () => {
  test('is invoked every five minutes of every day, Tokyo time', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(0/5 * * * ? *)',
      ScheduleExpressionTimezone: 'Asia/Tokyo',
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: Match.absent(),
      Target: Match.objectLike({ Arn: LIVE, Input: '{}' }),
    })
  })

  test('may read ticks, boards and the calendar, write days, read and write objects, invoke itself and send lost events, and nothing else', () => {
    const ofFunction = ofType('AWS::IAM::Policy').filter(({ Properties }) =>
      (Properties.Roles as { Ref: string }[]).some(({ Ref }) => Ref.startsWith('CloseCloseOfDay')),
    )
    const statements = ofFunction.flatMap(
      ({ Properties }) =>
        (Properties.PolicyDocument as { Statement: { Action: string | string[]; Resource: unknown }[] })
          .Statement,
    )
    const allowed = statements.flatMap(({ Action, Resource }) =>
      [Action].flat().map(action => `${action} ${JSON.stringify(Resource)}`),
    )
    const actions = allowed.map(text => text.split(' ')[0]).sort()
    assert.deepEqual(actions, [
      'dynamodb:BatchGetItem',
      'dynamodb:BatchWriteItem',
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:Scan',
      'kms:Decrypt',
      'kms:Decrypt',
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKey',
      'lambda:InvokeFunction',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
      'sqs:SendMessage',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ])
    for (const [action, target] of [
      ['dynamodb:Query', 'TablesTicks'],
      ['dynamodb:BatchWriteItem', 'TablesTicks'],
      ['dynamodb:Scan', 'TablesBoards'],
      ['dynamodb:GetItem', 'TablesControl'],
      ['dynamodb:BatchGetItem', 'TablesBoards'],
      ['s3:PutObject', 'ArchiveBucket'],
      ['s3:ListBucket', 'ArchiveBucket'],
      ['lambda:InvokeFunction', 'CloseCloseOfDay'],
      ['sqs:SendMessage', 'LostEvents'],
    ] as const) {
      const text = allowed.find(line => line.startsWith(action))
      assert.match(String(text), new RegExp(`"${target}`), action)
    }
  })

  test('has one vCPU and the longest time-out of Lambda', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'itastream close-of-day',
      MemorySize: 1769,
      Timeout: 900,
    })
  })

  test('has alarms for an overdue day and a missing metric', () => {
    const own = { Namespace: METRICS_NAMESPACE, MetricName: 'ArchiveOverdue', Period: 300 }
    const Dimensions = [{ Name: 'service', Value: 'close-of-day' }]
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...own,
      Dimensions,
      Statistic: 'Maximum',
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
    })
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...own,
      MetricName: 'ArchiveIncomplete',
      Dimensions,
      Statistic: 'Maximum',
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
    })
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...own,
      Dimensions,
      Statistic: 'SampleCount',
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      EvaluationPeriods: 3,
      TreatMissingData: 'breaching',
    })
  })
})
