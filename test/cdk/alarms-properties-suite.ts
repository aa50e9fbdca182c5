import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { undelivered, undeliveredEvents } from '../../tools/check-cloud/properties/alarm-delivery.ts'
import {
  anchorsOf,
  unwatched,
  withoutRule,
  withoutRunbook,
} from '../../tools/check-cloud/properties/alarms.ts'
import type { Resource } from '../../tools/check-cloud/stage-synthesis.ts'

type Resources = Record<string, Resource>

const TOPIC = { Ref: 'Topic' }
const ALARM_ARN = { 'Fn::Join': ['', ['arn:aws:cloudwatch:', { Ref: 'AWS::Region' }, ':1:alarm:*']] }
const PUBLISH = {
  Effect: 'Allow',
  Action: 'sns:Publish',
  Principal: { Service: 'cloudwatch.amazonaws.com' },
  Condition: {
    StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
    ArnLike: { 'aws:SourceArn': ALARM_ARN },
  },
}
const ENCRYPT = {
  Effect: 'Allow',
  Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
  Principal: { Service: ['cloudwatch.amazonaws.com'] },
}

const alarm = (properties: object): Resource => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: { AlarmActions: [TOPIC], OKActions: [TOPIC], ...properties },
})
const topic = (properties: object = {}): Resource => ({
  Type: 'AWS::SNS::Topic',
  Properties: { ...properties },
})
const policy = (...Statement: readonly object[]): Resource => ({
  Type: 'AWS::SNS::TopicPolicy',
  Properties: { Topics: [TOPIC], PolicyDocument: { Statement } },
})
const key = (...Statement: readonly object[]): Resource => ({
  Type: 'AWS::KMS::Key',
  Properties: { KeyPolicy: { Statement } },
})
const GOOD: Resources = { Alarm: alarm({}), Topic: topic(), Policy: policy(PUBLISH) }

suite('a property of the alarms notices', () => {
  test('an alarm without an action, or whose action is no topic of the stack', () => {
    const expected = ['Alarm: expected an action when it starts and when it ends']
    assert.deepEqual(undelivered(GOOD), [])
    assert.deepEqual(undelivered({ ...GOOD, Alarm: alarm({ AlarmActions: undefined }) }), expected)
    assert.deepEqual(undelivered({ ...GOOD, Alarm: alarm({ OKActions: [] }) }), expected)
    const other = alarm({ AlarmActions: ['arn:aws:sns:ap-northeast-1:1:other'] })
    assert.deepEqual(undelivered({ ...GOOD, Alarm: other }), ['Alarm: expected a topic of the stack'])
  })

  test('a topic to which CloudWatch may not publish, or the alarms of any account may', () => {
    const expected = ['Alarm: topic Topic: no statement allows the alarms of this account to publish']
    const deny = { ...PUBLISH, Effect: 'Deny' }
    const anyAccount = { ...PUBLISH, Condition: { ArnLike: PUBLISH.Condition.ArnLike } }
    const otherService = { ...PUBLISH, Principal: { Service: 's3.amazonaws.com' } }
    const { Alarm, Topic } = GOOD as { readonly Alarm: Resource; readonly Topic: Resource }
    assert.deepEqual(undelivered({ Alarm, Topic }), expected)
    for (const statement of [deny, anyAccount, otherService])
      assert.deepEqual(undelivered({ ...GOOD, Policy: policy(statement) }), expected)
  })

  test('a key of a topic that CloudWatch may not use', () => {
    const encrypted = { ...GOOD, Topic: topic({ KmsMasterKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } }) }
    const expected = ['Alarm: topic Topic: its key does not let CloudWatch encrypt']
    assert.deepEqual(undelivered({ ...encrypted, Key: key(ENCRYPT) }), [])
    assert.deepEqual(undelivered({ ...encrypted, Key: key({ ...ENCRYPT, Action: 'kms:Decrypt' }) }), expected)
    assert.deepEqual(undelivered({ ...GOOD, Topic: topic({ KmsMasterKeyId: 'alias/aws/sns' }) }), expected)
  })

  test('a rule that is off, has no topic, or may not publish', () => {
    const rule = (properties: object = {}): Resource => ({
      Type: 'AWS::Events::Rule',
      Properties: { State: 'ENABLED', Targets: [{ Arn: TOPIC }], ...properties },
    })
    const publish = { Effect: 'Allow', Action: 'sns:Publish', Principal: { Service: 'events.amazonaws.com' } }
    const good: Resources = { Rule: rule(), Topic: topic(), Policy: policy(publish) }
    assert.deepEqual(undeliveredEvents(good), [])
    const off = ['Rule: expected an enabled rule with a target']
    assert.deepEqual(undeliveredEvents({ ...good, Rule: rule({ State: 'DISABLED' }) }), off)
    assert.deepEqual(undeliveredEvents({ ...good, Rule: rule({ Targets: [] }) }), off)
    const withRole = rule({ Targets: [{ Arn: TOPIC, RoleArn: { Ref: 'Role' } }] })
    assert.deepEqual(undeliveredEvents({ ...good, Rule: withRole }), [
      'Rule: a role replaces the policy of the topic',
    ])
    const refused = ['Rule: topic Topic: no statement allows rules to publish']
    assert.deepEqual(undeliveredEvents({ ...good, Policy: policy(PUBLISH) }), refused)
    const conditional = { ...publish, Condition: { StringEquals: PUBLISH.Condition.StringEquals } }
    assert.deepEqual(undeliveredEvents({ ...good, Policy: policy(conditional) }), refused)
    const encrypted = { ...good, Topic: topic({ KmsMasterKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } }) }
    const encrypt = { ...ENCRYPT, Principal: publish.Principal }
    const ofTopics = { ArnLike: { 'kms:EncryptionContext:aws:sns:topicArn': 'arn:aws:sns:*:1:Itastream-*' } }
    assert.deepEqual(undeliveredEvents({ ...encrypted, Key: key({ ...encrypt, Condition: ofTopics }) }), [])
    const keyless = ['Rule: topic Topic: its key does not let EventBridge encrypt']
    assert.deepEqual(undeliveredEvents({ ...encrypted, Key: key(ENCRYPT) }), keyless)
    assert.deepEqual(
      undeliveredEvents({ ...encrypted, Key: key({ ...encrypt, Condition: PUBLISH.Condition }) }),
      keyless,
    )
  })

  test('a key and a vault whose events no rule has', () => {
    const rule = (event: string, detail: object): Resource => ({
      Type: 'AWS::Events::Rule',
      Properties: { EventPattern: { 'detail-type': [event], detail } },
    })
    const resources: Resources = {
      Key: { Type: 'AWS::KMS::Key', Properties: {} },
      Other: { Type: 'AWS::KMS::Key', Properties: {} },
      Vault: { Type: 'AWS::Backup::BackupVault', Properties: {} },
      Disabled: rule('AWS API Call via CloudTrail', { keyId: [{ Ref: 'Key' }, { Ref: 'Other' }] }),
      Deleted: rule('KMS CMK Deletion', { 'key-id': [{ Ref: 'Key' }] }),
      Failed: rule('Backup Job State Change', { vault: [{ 'Fn::GetAtt': ['Vault', 'BackupVaultName'] }] }),
    }
    assert.deepEqual(withoutRule(resources), [
      'Other: no rule has KMS CMK Deletion',
      'Vault: no rule has Copy Job State Change',
    ])
  })

  test('a description without a runbook, and a runbook that is not there', () => {
    const anchors = anchorsOf('# Operations\n\n## A run fails\n\n### Posts, refused (429)\n')
    assert.deepEqual([...anchors], ['operations', 'a-run-fails', 'posts-refused-429'])
    const found = (AlarmDescription: string): string[] =>
      withoutRunbook({ Alarm: alarm({ AlarmDescription }) }, anchors)
    assert.deepEqual(found('It fails. Runbook: docs/operations.md#a-run-fails'), [])
    assert.deepEqual(found('It fails.'), ['Alarm: expected a description that ends with its runbook'])
    assert.deepEqual(found('It fails. Runbook: docs/operations.md#none'), [
      'Alarm: docs/operations.md has no section #none',
    ])
  })

  test('a function, a table and an API without an alarm', () => {
    const Dimensions = (Name: string, id: string) => [{ Name, Value: { Ref: id } }]
    const metric = (MetricName: string, id: string) => ({
      MetricStat: { Metric: { MetricName, Dimensions: Dimensions('FunctionName', id) } },
    })
    const resources: Resources = {
      Function: { Type: 'AWS::Lambda::Function', Properties: {} },
      Table: { Type: 'AWS::DynamoDB::Table', Properties: {} },
      Rest: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } },
      One: alarm({ MetricName: 'Errors', Dimensions: Dimensions('FunctionName', 'Function') }),
      Many: alarm({ Metrics: [metric('5xx', 'Rest'), metric('4xx', 'Rest'), { Expression: 'm0 / m1' }] }),
    }
    assert.deepEqual(unwatched(resources), [
      'Function: no alarm watches Throttles',
      'Table: no alarm watches WriteThrottleEvents',
      'Table: no alarm watches ReadThrottleEvents',
      'Rest: no alarm watches Latency',
    ])
  })
})
