import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { STAGE_NAMES } from '../../cdk/stages/stage-config.ts'
import { ALL_PROPERTIES } from '../../tools/check-cloud/all-properties.ts'
import type { StageSyntheses } from '../../tools/check-cloud/cloud-property.ts'
import { statementsWithStar } from '../../tools/check-cloud/properties/policies.ts'
import { synthesize } from './synthesis.ts'

const stages = Object.fromEntries(STAGE_NAMES.map(name => [name, synthesize(name)])) as StageSyntheses

suite('properties of all stages', () => {
  for (const { area, holds, find } of ALL_PROPERTIES)
    test(`${area}: ${holds}`, async () => assert.deepEqual(await find(stages), []))
})

suite('a property notices', () => {
  test('a star in an action, instead of a resource, and for all resources of the account', () => {
    const policy = (Action: string | string[], Resource: unknown) => ({
      Type: 'AWS::IAM::Policy',
      Properties: { PolicyDocument: { Statement: [{ Effect: 'Allow', Action, Resource }] } },
    })
    const found = (Action: string | string[], Resource: unknown): number =>
      statementsWithStar({ Policy: policy(Action, Resource) }).length
    assert.equal(found('dynamodb:GetItem', { Ref: 'Table' }), 0)
    assert.equal(found('dynamodb:*', { Ref: 'Table' }), 1)
    assert.equal(found(['dynamodb:GetItem', 's3:Get*'], { Ref: 'Table' }), 1)
    assert.equal(found('dynamodb:GetItem', '*'), 1)
    assert.equal(found('ecr:GetAuthorizationToken', '*'), 0)
    assert.equal(found(['ecr:GetAuthorizationToken', 'dynamodb:GetItem'], '*'), 1)
    const arn = (service: string, resource: string): object => ({
      'Fn::Join': [
        '',
        [
          'arn:',
          { Ref: 'AWS::Partition' },
          `:${service}:`,
          { Ref: 'AWS::Region' },
          ':',
          { Ref: 'AWS::AccountId' },
          `:${resource}`,
        ],
      ],
    })
    assert.equal(found('dynamodb:GetItem', [{ Ref: 'Table' }, arn('dynamodb', 'table/*')]), 1)
    assert.equal(found('logs:PutLogEvents', arn('logs', '*')), 1)
    assert.equal(found('s3:GetObject', 'arn:aws:s3:::*'), 1)
    assert.equal(found('s3:GetObject', { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, '/*']] }), 0)
    assert.equal(found('cloudwatch:SetAlarmState', arn('cloudwatch', 'alarm:itastream-*')), 0)
    assert.equal(found('cloudwatch:DescribeAlarms', arn('cloudwatch', 'alarm:*')), 0)
    assert.equal(
      found(['cloudwatch:DescribeAlarms', 'cloudwatch:DeleteAlarms'], arn('cloudwatch', 'alarm:*')),
      1,
    )
  })
})
