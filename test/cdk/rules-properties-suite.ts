import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { App, Stack } from 'aws-cdk-lib'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { AwsSolutionsChecks } from 'cdk-nag'
import { Construct } from 'constructs'
import { acknowledge } from '../../cdk/acknowledge.ts'
import { findingsOf, specFindingsOf, unusedReasons } from '../../tools/check-cloud/properties/rule-sets.ts'
import { excessOf } from '../../tools/check-cloud/properties/synthesis.ts'
import { type Reason, readReasons } from '../../tools/check-cloud/reasons.ts'
import { specFindings } from '../../tools/check-cloud/resource-spec.ts'
import { checkByPack } from '../../tools/check-cloud/stage-synthesis.ts'
import { type Resource, synthesize } from './synthesis.ts'

suite('a property of rules notices', () => {
  test('a rule set that has not run, and what a rule set has found', () => {
    const violation = { rule: 'S1', asks: 'logs', constructs: ['Bucket'] }
    const violations = [
      { pack: 'AwsSolutions', ...violation },
      { pack: 'PCI.DSS.321', ...violation },
    ]
    const synthesis = { ...synthesize(), packs: ['AwsSolutions'], violations }
    assert.deepEqual(findingsOf('AwsSolutions', synthesis), ['Bucket: AwsSolutions S1: logs'])
    assert.deepEqual(findingsOf('PCI.DSS.321', synthesis), [
      'PCI.DSS.321: expected a check of the stack, got none',
    ])
    assert.deepEqual(findingsOf('AwsSolutions', { ...synthesis, violations: [] }), [])
  })

  test('a reason for a rule that nothing breaks, in any stage', () => {
    const reasons = [
      { at: 'stack/Archive', rule: 'S1' },
      { at: 'stack/Other', rule: 'S1' },
    ]
    const [used, other] = reasons
    assert.deepEqual(unusedReasons([{ reasons, usedReasons: [used!] }]), [
      'stack/Other: a reason for S1, which nothing breaks',
    ])
    const inStages = [
      { reasons, usedReasons: [used!] },
      { reasons, usedReasons: [other!] },
    ]
    assert.deepEqual(unusedReasons(inStages), [])
  })

  test('which reasons the rules of cdk-nag need: the nearest one, and none of another rule', () => {
    const stack = new Stack(new App(), 'Queues')
    const [plain, near] = ['Plain', 'Near'].map(id => new Construct(stack, id))
    for (const scope of [plain!, near!]) new Queue(scope, 'Queue')
    acknowledge(near!, { SQS3: 'near', S1: 'no bucket', W1001: 'no output' })
    acknowledge(stack, { SQS3: 'far', SQS4: 'everywhere', SNS3: 'no topic' })
    const reasons = readReasons({ stack })
    const { violations } = checkByPack(stack, new AwsSolutionsChecks(), reasons)
    assert.deepEqual(violations, [])
    const textsOf = (list: readonly Reason[]): string[] => list.map(({ at, rule }) => `${at} ${rule}`).sort()
    assert.deepEqual(textsOf(reasons.used()), ['stack SQS3', 'stack SQS4', 'stack/Near SQS3'])
    assert.deepEqual(unusedReasons([{ reasons: reasons.all, usedReasons: reasons.used() }]), [
      'stack: a reason for SNS3, which nothing breaks',
      'stack/Near: a reason for S1, which nothing breaks',
      'stack/Near: a reason for W1001, which nothing breaks',
    ])
  })

  test('a look-up in an account, and a slow synthesis', () => {
    assert.deepEqual(excessOf({ lookups: [], cpuSeconds: 14.9 }), [])
    assert.deepEqual(excessOf({ lookups: ['vpc'], cpuSeconds: 15.04 }), [
      'a look-up in an account: vpc',
      '15.0 s of CPU time',
    ])
  })

  test('what the specification of AWS does not have', async () => {
    const found = (Type: string, Properties: Resource['Properties']): Promise<string[]> =>
      specFindings({ queue: { Type: 'AWS::SQS::Queue', Properties: {} }, made: { Type, Properties } })
    const stream = 'AWS::Kinesis::StreamConsumer'
    const consumer = { ConsumerName: 'c', StreamARN: { 'Fn::GetAtt': ['queue', 'Arn'] } }
    assert.deepEqual(await found(stream, consumer), [])
    assert.deepEqual(await found('AWS::SQS::Line', {}), ['made: no resource type AWS::SQS::Line'])
    assert.deepEqual(await found(stream, { StreamARN: 'arn' }), [
      `made: ${stream}.ConsumerName: required, got none`,
    ])
    assert.deepEqual(await found(stream, { ...consumer, Nam: 'c' }), [
      `made: ${stream}.Nam: no such property`,
    ])
    assert.deepEqual(await found(stream, { ...consumer, ConsumerName: ['c'] }), [
      `made: ${stream}.ConsumerName: expected a text, got ["c"]`,
    ])
    const attribute = (...path: string[]) => ({ ...consumer, StreamARN: { 'Fn::GetAtt': path } })
    assert.deepEqual(await found(stream, attribute('queue', 'Name')), [
      'made: AWS::SQS::Queue has no attribute Name',
    ])
    assert.deepEqual(await found(stream, attribute('topic', 'Arn')), [
      'made: no resource topic, which has an attribute Arn',
    ])
  })

  test('what it does not have, also in the stack of the firewall', async () => {
    const { resources, firewall } = synthesize()
    assert.ok(Object.keys(firewall).length > 0)
    assert.deepEqual(await specFindingsOf({ resources, firewall }), [])
    const wrong = { ...firewall, More: { Type: 'AWS::WAFv2::Wall', Properties: {} } }
    assert.deepEqual(await specFindingsOf({ resources, firewall: wrong }), [
      'More: no resource type AWS::WAFv2::Wall',
    ])
  })

  test('a wrong value inside a list, a map, a condition and a nested type', async () => {
    const found = (value: object): Promise<string[]> =>
      specFindings({ fn: { Type: 'AWS::Lambda::Function', Properties: { Code: {}, Role: 'arn', ...value } } })
    assert.deepEqual(await found({}), [])
    assert.deepEqual(await found({ MemorySize: '512', Environment: { Variables: { A: { Ref: 'B' } } } }), [])
    assert.deepEqual(await found({ MemorySize: 'much' }), [
      'fn: AWS::Lambda::Function.MemorySize: expected an integer, got "much"',
    ])
    assert.deepEqual(await found({ Environment: { Variables: { A: [] } } }), [
      'fn: AWS::Lambda::Function.Environment.Variables.A: expected a text, got []',
    ])
    assert.deepEqual(await found({ TracingConfig: { Mode: 'On' } }), [
      'fn: AWS::Lambda::Function.TracingConfig.Mode: expected one of Active,PassThrough, got "On"',
    ])
    assert.deepEqual(await found({ MemorySize: { 'Fn::If': ['Large', 1024, 'much'] } }), [
      'fn: AWS::Lambda::Function.MemorySize: expected an integer, got "much"',
    ])
  })
})
