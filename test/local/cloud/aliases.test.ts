/** Functions that are called by version or by alias, from everywhere where a template may name a function. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { shiftedClock } from '../../../market/clock.ts'
import { asEpochMillis, nowMillis } from '../../../market/units.ts'
import { until } from '../../until.ts'
import { aliasOf, att, fn, type Resources, readerOf, ref, role } from './assembly-fixture.ts'
import { boot, client, refused } from './cloud-fixture.ts'

const ARN = 'arn:aws:lambda:ap-northeast-1:000000000000:function:Lab-called'

/** Returns what the function `called` sees of its call. */
const SEES = `
export const handler = async (event, context) => ({ arn: context.invokedFunctionArn, version: context.functionVersion })`

const mayInvoke = (resource: object) => [
  { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: resource },
]

function lambdaOf(t: TestContext, config: ConstructorParameters<typeof LambdaClient>[0]): LambdaClient {
  const lambda = new LambdaClient(config!)
  t.after(() => lambda.destroy())
  return lambda
}

test('a call names a version or an alias in the name, in the ARN or as qualifier', async t => {
  const lab = await boot(t, { code: SEES, resources: { ...fn('called'), ...aliasOf('called') } })
  assert.deepEqual(lab.cloud.unsupported, [])
  const lambda = lambdaOf(t, client(lab.cloud))
  for (const [FunctionName, Qualifier, arn, version] of [
    ['Lab-called', undefined, ARN, '$LATEST'],
    ['Lab-called:live', undefined, `${ARN}:live`, '1'],
    ['Lab-called', 'live', `${ARN}:live`, '1'],
    ['Lab-called:live', 'live', `${ARN}:live`, '1'],
    [`${ARN}:live`, undefined, `${ARN}:live`, '1'],
    ['000000000000:function:Lab-called:live', undefined, `${ARN}:live`, '1'],
    ['Lab-called', '1', `${ARN}:1`, '1'],
    [ARN, '$LATEST', `${ARN}:$LATEST`, '$LATEST'],
  ] as const) {
    const { Payload, ExecutedVersion } = await lambda.send(new InvokeCommand({ FunctionName, Qualifier }))
    assert.deepEqual(JSON.parse(Buffer.from(Payload!).toString()), { arn, version })
    assert.equal(ExecutedVersion, version)
  }
  const call = (FunctionName: string, Qualifier?: string) =>
    lambda.send(new InvokeCommand({ FunctionName, Qualifier }))
  await refused(call('Lab-called:next'), 'ResourceNotFoundException', 404)
  await refused(call('Lab-called', '2'), 'ResourceNotFoundException', 404)
  await refused(call('Lab-called:live', '1'), 'InvalidParameterValueException', 400)
})

test('a role that may call the alias may not call the function without it, and the other way round', async t => {
  const lab = await boot(t, {
    resources: {
      ...fn('called'),
      ...aliasOf('called'),
      ...fn('byAlias', mayInvoke(ref('calledLive'))),
      ...fn('byName', mayInvoke(att('called', 'Arn'))),
    },
  })
  for (const [name, allowed, other] of [
    ['byAlias', 'Lab-called:live', 'Lab-called'],
    ['byName', 'Lab-called', 'Lab-called:live'],
  ] as const) {
    await lab.cloud.invoke(name, {})
    const lambda = lambdaOf(t, client(lab.cloud, lab.seen.findLast(seen => seen.fn === name)!.env))
    await lambda.send(new InvokeCommand({ FunctionName: allowed }))
    await refused(lambda.send(new InvokeCommand({ FunctionName: other })), 'AccessDeniedException', 403)
  }
})

/** Returns an HTTP API whose only route calls the alias of `called`. */
const httpApi = (permitted: object): Resources => ({
  api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } },
  stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: ref('api'), StageName: '$default' } },
  integration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: { ApiId: ref('api'), IntegrationType: 'AWS_PROXY', IntegrationUri: ref('calledLive') },
  },
  route: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      ApiId: ref('api'),
      RouteKey: 'GET /called',
      Target: { 'Fn::Join': ['/', ['integrations', ref('integration')]] },
    },
  },
  permission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: permitted,
      Principal: 'apigateway.amazonaws.com',
    },
  },
})

test('a route calls an alias with a permission of the alias, and not with one of the function', async t => {
  const resources = { ...fn('called'), ...aliasOf('called') }
  const byAlias = await boot(t, { code: SEES, resources: { ...resources, ...httpApi(ref('calledLive')) } })
  const answer = await fetch(`${byAlias.cloud.httpUrl}/called`)
  assert.deepEqual(await answer.json(), { arn: `${ARN}:live`, version: '1' })
  const byName = await boot(t, { code: SEES, resources: { ...resources, ...httpApi(ref('called')) } })
  assert.equal((await fetch(`${byName.cloud.httpUrl}/called`)).status, 500)
})

test('a mapping and a schedule call an alias, and the role of the schedule must allow the alias', async t => {
  const market = asEpochMillis(Date.parse('2026-11-20T08:59:59+09:00'))
  const clock = shiftedClock([{ real: nowMillis(), market, speed: 60 }])
  const resources = (allowed: object): Resources => ({
    ...readerOf({ FunctionName: ref('readerLive') }),
    ...aliasOf('reader'),
    ...role('schedulerRole', mayInvoke(allowed)),
    schedule: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        ScheduleExpression: 'rate(1 minute)',
        Target: { Arn: ref('readerLive'), RoleArn: att('schedulerRole', 'Arn'), Input: '{"tick":true}' },
      },
    },
  })
  await assert.rejects(
    boot(t, { resources: resources(att('reader', 'Arn')) }),
    /schedule: the role .* does not allow lambda:InvokeFunction on arn:.*:function:Lab-reader:live/,
  )
  const lab = await boot(t, { resources: resources(ref('readerLive')) }, { clock })
  const kinesis = new KinesisClient({ ...client(lab.cloud), requestHandler: new NodeHttpHandler() })
  t.after(() => kinesis.destroy())
  const record = { StreamName: lab.cloud.ref('stream'), PartitionKey: 'lane', Data: Buffer.from('x') }
  await kinesis.send(new PutRecordCommand(record))
  const has = (member: string): boolean => lab.of<object>('reader').some(event => member in event)
  await until(() => has('tick') && has('Records'), 'an event of the schedule and a batch')
})

test('a version or an alias of an unknown function or version is refused at the boot', async t => {
  const resources: Resources = {
    ...fn('called'),
    ...aliasOf('called'),
    again: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: ref('called') } },
    lost: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: 'nobody' } },
    wrong: {
      Type: 'AWS::Lambda::Alias',
      Properties: { FunctionName: ref('called'), FunctionVersion: '7', Name: 'old' },
    },
  }
  await assert.rejects(boot(t, { resources }), (error: Error) => {
    assert.match(error.message, /again: expected one version of Lab-called/)
    assert.match(error.message, /lost: expected a function of this stack, got nobody/)
    assert.match(error.message, /wrong: expected a function of this stack, got Lab-called:7/)
    return true
  })
})
