/** Reserved and provisioned concurrency, set through the API of Lambda. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import {
  DeleteFunctionConcurrencyCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetFunctionConcurrencyCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  LambdaClient,
  ListProvisionedConcurrencyConfigsCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda'
import type { CloudClock } from '../../../local/cloud/cloud-clock.ts'
import { until } from '../../until.ts'
import { aliasOf, fn, ref } from './assembly-fixture.ts'
import { boot, client, type Lab, refused } from './cloud-fixture.ts'

const FunctionName = 'Lab-worker'
const Qualifier = 'live'

function lambdaOf(t: TestContext, lab: Lab, env?: Readonly<Record<string, string>>): LambdaClient {
  const lambda = new LambdaClient(client(lab.cloud, env))
  t.after(() => lambda.destroy())
  return lambda
}

const provision = (count: number, qualifier = Qualifier) =>
  new PutProvisionedConcurrencyConfigCommand({
    FunctionName,
    Qualifier: qualifier,
    ProvisionedConcurrentExecutions: count,
  })
const reserve = (count: number, name = FunctionName) =>
  new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: count })

/** Returns a clock that stands still until it is moved on. */
function standingClock(): CloudClock & { add(seconds: number): void } {
  let now = Date.parse('2026-11-20T08:00:00+09:00') * 1000
  return {
    now: () => now,
    realMillisecondsUntil: () => 1_000,
    add(seconds) {
      now += seconds * 1_000_000
    },
  }
}

test('provisioned concurrency is ready after a minute, with loaded environments that stay', async t => {
  const clock = standingClock()
  const code = `console.log('loaded'); export const handler = async () => 'done'`
  const lab = await boot(t, { code, resources: { ...fn('worker'), ...aliasOf('worker') } }, { clock })
  const lambda = lambdaOf(t, lab)
  const get = () => lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }))
  await refused(get(), 'ProvisionedConcurrencyConfigNotFoundException', 404)

  const { $metadata: put, ...started } = await lambda.send(provision(50))
  assert.equal(put.httpStatusCode, 202)
  assert.deepEqual(started, {
    RequestedProvisionedConcurrentExecutions: 50,
    AvailableProvisionedConcurrentExecutions: 0,
    AllocatedProvisionedConcurrentExecutions: 0,
    Status: 'IN_PROGRESS',
    LastModified: '2026-11-19T23:00:00+0000',
  })
  // This machine loads the environments of one thread.
  assert.deepEqual(lab.cloud.stats().provisioned, { worker: { requested: 50, loaded: 4 } })
  clock.add(59)
  assert.equal((await get()).Status, 'IN_PROGRESS')
  clock.add(1)
  await until(async () => (await get()).Status === 'READY', 'loaded environments')
  assert.equal((await get()).AllocatedProvisionedConcurrentExecutions, 50)

  // What is allocated stays during a change.
  assert.equal((await lambda.send(provision(60))).AllocatedProvisionedConcurrentExecutions, 50)
  assert.equal((await lambda.send(provision(20))).AllocatedProvisionedConcurrentExecutions, 20)
  const { ProvisionedConcurrencyConfigs } = await lambda.send(
    new ListProvisionedConcurrencyConfigsCommand({ FunctionName }),
  )
  assert.deepEqual(
    ProvisionedConcurrencyConfigs?.map(config => [config.FunctionArn, config.Status]),
    [['arn:aws:lambda:ap-northeast-1:000000000000:function:Lab-worker:live', 'IN_PROGRESS']],
  )
  await lambda.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }))
  await refused(get(), 'ProvisionedConcurrencyConfigNotFoundException', 404)
  assert.deepEqual(lab.cloud.stats().provisioned, {})
})

test('provisioned concurrency fails if the code of the function cannot be loaded', async t => {
  const code = `throw new Error('no such table')`
  const lab = await boot(t, { code, resources: { ...fn('worker'), ...aliasOf('worker') } })
  const lambda = lambdaOf(t, lab)
  await lambda.send(provision(1))
  const get = () => lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }))
  await until(async () => (await get()).Status === 'FAILED', 'a failure')
  assert.match((await get()).StatusReason!, /^FUNCTION_ERROR_INIT_FAILURE: .*no such table/)
})

test('provisioned concurrency is refused below 1, on $LATEST, above the reservation and on a second alias', async t => {
  const lab = await boot(t, { resources: { ...fn('worker'), ...aliasOf('worker') } })
  const lambda = lambdaOf(t, lab)
  const invalid = (call: Promise<unknown>) => refused(call, 'InvalidParameterValueException', 400)
  await refused(lambda.send(provision(0)), 'ValidationException', 400)
  await invalid(lambda.send(provision(1, '$LATEST')))
  await refused(lambda.send(provision(1, 'next')), 'ResourceNotFoundException', 404)
  await lambda.send(reserve(10))
  await invalid(lambda.send(provision(11)))
  await lambda.send(provision(10))
  await invalid(lambda.send(provision(1, '1')))
  await invalid(lambda.send(reserve(9)))
  // Without a reservation, it counts against what the account keeps: 1,000 less 100.
  await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }))
  await invalid(lambda.send(provision(901)))
  await lambda.send(provision(900))
})

test('reserved concurrency holds from the next call on, and leaves 100 for the other functions', async t => {
  const resources = {
    ...fn('worker'),
    ...aliasOf('worker'),
    ...fn('other', [], { ReservedConcurrentExecutions: 400 }),
  }
  const lab = await boot(t, { resources })
  const lambda = lambdaOf(t, lab)
  const get = async () =>
    (await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))).ReservedConcurrentExecutions
  const call = () => lambda.send(new InvokeCommand({ FunctionName: `${FunctionName}:live` }))
  const invalid = (change: Promise<unknown>) => refused(change, 'InvalidParameterValueException', 400)
  assert.equal(await get(), undefined)
  await call()
  await lambda.send(reserve(0))
  assert.equal(await get(), 0)
  await refused(call(), 'TooManyRequestsException', 429)
  await invalid(lambda.send(reserve(501)))
  await lambda.send(reserve(500))
  await call()
  await invalid(lambda.send(reserve(1, `${FunctionName}:live`)))
  await refused(lambda.send(reserve(-1)), 'ValidationException', 400)
  await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }))
  assert.equal(await get(), undefined)
})

test('a role needs the right on the function for reservations, and on the alias for provisioned concurrency', async t => {
  const allow = (Action: string, Resource: object) => ({ Effect: 'Allow', Action, Resource })
  const lab = await boot(t, {
    resources: {
      ...fn('worker'),
      ...aliasOf('worker'),
      ...fn('hours', [
        allow('lambda:PutProvisionedConcurrencyConfig', ref('workerLive')),
        allow('lambda:GetFunctionConcurrency', { 'Fn::GetAtt': ['worker', 'Arn'] }),
      ]),
    },
  })
  await lab.cloud.invoke('hours', {})
  const lambda = lambdaOf(t, lab, lab.seen[0]!.env)
  await lambda.send(provision(2))
  await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }))
  await refused(lambda.send(provision(2, '1')), 'AccessDeniedException', 403)
  await refused(lambda.send(reserve(3)), 'AccessDeniedException', 403)
})
