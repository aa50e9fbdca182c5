import assert from 'node:assert/strict'
import test from 'node:test'
import { att, fn, ref } from './assembly-fixture.ts'
import { boot } from './cloud-fixture.ts'

test('outputs are resolved, and a false condition leaves its resources out', async t => {
  const lab = await boot(t, {
    conditions: { Never: { 'Fn::Equals': ['a', 'b'] }, Always: { 'Fn::Not': [{ Condition: 'Never' }] } },
    resources: {
      pool: { Type: 'AWS::Cognito::UserPool', Condition: 'Never' },
      topic: { Type: 'AWS::SNS::Topic', Condition: 'Always' },
      stream: { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } },
    },
    outputs: {
      name: { Value: { 'Fn::Join': ['/', ['name', ref('stream')]] } },
      which: { Value: { 'Fn::If': ['Never', att('pool', 'ProviderURL'), 'mine'] } },
      place: { Value: { 'Fn::Sub': `\${AWS::Region}:\${stream.Arn}` } },
    },
  })
  assert.deepEqual(lab.cloud.outputs, {
    name: 'name/Lab-stream',
    which: 'mine',
    place: 'ap-northeast-1:arn:aws:kinesis:ap-northeast-1:000000000000:stream/Lab-stream',
  })
  assert.deepEqual(lab.cloud.unsupported, ['AWS::SNS::Topic'])
})

test('the boot reports every problem of the template by logical id', async t => {
  const mapping = {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { FunctionName: 'nobody', EventSourceArn: 'arn:aws:sqs:::q', StartingPosition: 'LATEST' },
  }
  await assert.rejects(
    boot(t, {
      resources: { mapping, ...fn('broken', [], { Code: { S3Key: 'missing.zip' }, Runtime: 'go1.x' }) },
    }),
    (error: Error) => {
      assert.match(error.message, /broken: Code: expected an asset of the cloud assembly/)
      assert.match(
        error.message,
        /mapping: EventSourceArn: expected a Kinesis stream of this stack, got arn:aws:sqs/,
      )
      return true
    },
  )
  await assert.rejects(
    boot(t, { resources: {}, parameters: { Port: { Type: 'String' } } }),
    /Port: expected a value for this parameter/,
  )
})

test('a part of a logical id finds the one resource that begins with it', async t => {
  const stream = { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1 } }
  const { cloud } = await boot(t, { resources: { ticks1A: stream, ticks2B: stream } })
  assert.equal(cloud.ref('ticks1'), 'Lab-ticks1A')
  assert.throws(() => cloud.ref('ticks'), {
    message: 'expected one resource with the logical id ticks…, got ticks1A, ticks2B',
  })
  assert.throws(() => cloud.ref('boards'), { message: /…, got none of ticks1A, ticks2B$/ })
})
