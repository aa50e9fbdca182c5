/** The concurrency of the account, and reserved concurrency as a share of it. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { InvokeCommand, LambdaClient, TooManyRequestsException } from '@aws-sdk/client-lambda'
import { openConcurrency } from '../../../local/cloud/functions/concurrency.ts'
import { AWS_QUOTAS } from '../../../local/cloud/quotas/account-quotas.ts'
import { createThrottleReport } from '../../../local/cloud/quotas/throttle-report.ts'
import { until } from '../../until.ts'
import { fn } from './assembly-fixture.ts'
import { boot, client, type Lab } from './cloud-fixture.ts'

async function tooMany(call: Promise<unknown>, reason: string): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof TooManyRequestsException, String(error))
    assert.deepEqual(
      [error.$metadata.httpStatusCode, error.Reason, error.message],
      [429, reason, 'Rate Exceeded.'],
    )
    return true
  })
}

/** Starts an invocation that hangs until its time-out. */
async function occupy(lab: Lab, lambda: LambdaClient, name: string): Promise<void> {
  const before = lab.seen.length
  lambda.send(new InvokeCommand({ FunctionName: lab.cloud.ref(name) })).catch(() => {})
  await until(() => lab.seen.length > before, `the invocation of ${name}`)
}

function clientOf(t: TestContext, lab: Lab): LambdaClient {
  const lambda = new LambdaClient(client(lab.cloud))
  t.after(() => lambda.destroy())
  return lambda
}

test('functions share the concurrency that is not reserved, and are refused above it', async t => {
  const resources = {
    ...fn('first', [], { Timeout: 60 }),
    ...fn('second', [], { Timeout: 60 }),
    // A third of the account is one of three.
    ...fn('reserved', [], { Timeout: 60, ReservedConcurrentExecutions: 334 }),
  }
  const lab = await boot(t, { resources }, { quotas: { ...AWS_QUOTAS, concurrency: 3 } })
  const lambda = clientOf(t, lab)
  const invoke = (name: string) => lambda.send(new InvokeCommand({ FunctionName: lab.cloud.ref(name) }))
  lab.answer = () => ({ hang: true })
  await occupy(lab, lambda, 'first')
  await occupy(lab, lambda, 'second')
  await tooMany(invoke('first'), 'ConcurrentInvocationLimitExceeded')
  await occupy(lab, lambda, 'reserved')
  await tooMany(invoke('reserved'), 'ReservedFunctionConcurrentInvocationLimitExceeded')
  assert.equal(lab.cloud.stats().throttled, 2)
})

test('an account has 1,000 places, less those that are reserved', t => {
  const lines: string[] = []
  const report = createThrottleReport(line => lines.push(line))
  t.after(() => report.close())
  const pool = openConcurrency(AWS_QUOTAS, report)
  for (const reserved of [100, 50]) pool.of('Reserved', reserved)
  const [first, second] = [pool.of('First3158DBBF', undefined), pool.of('Second', undefined)]
  const ends = Array.from({ length: 850 }, (_, count) => (count % 2 === 0 ? first : second).start())
  assert.equal(first.refusal(0)?.status, 429)
  ends.at(-1)?.()
  assert.equal(first.refusal(0), undefined)
  assert.equal(pool.of('Disabled', 0).refusal(0)?.status, 429)
  const own = pool.of('Own', 100)
  assert.equal(own.refusal(99), undefined)
  assert.equal(own.refusal(100)?.type, 'TooManyRequestsException')
  report.close()
  assert.deepEqual(lines, [
    'quota: 1 invocations of First refused (concurrency 1,000, 850 not reserved)',
    'quota: 1 invocations of Disabled refused (reserved concurrency 0)',
    'quota: 1 invocations of Own refused (reserved concurrency 100)',
  ])
})

test('variables with a number of requests a second are scaled with the quota of requests', async t => {
  const Environment = {
    Variables: { RECORDER: { Ref: 'Recorder' }, NAME: 'poster', POSTS: '7000', SIZE: '7000' },
  }
  const lab = await boot(
    t,
    { resources: fn('poster', [], { Environment }) },
    {
      quotas: { ...AWS_QUOTAS, requests: 100 },
      rateVariables: ['POSTS'],
      variables: { NAME: 'clerk', OTHER: 'none declares it' },
    },
  )
  await lab.cloud.invoke('poster', {})
  const { POSTS, SIZE, NAME, OTHER } = lab.seen[0]!.env
  assert.deepEqual(
    { POSTS, SIZE, NAME, OTHER },
    { POSTS: '70', SIZE: '7000', NAME: 'clerk', OTHER: undefined },
  )
})

test('an asynchronous event waits until its function has a free place', async t => {
  // Market time runs fast, so that the waits between attempts are short.
  const clock = { now: () => performance.now() * 100_000, realMillisecondsUntil: () => 10 }
  const lab = await boot(
    t,
    { resources: fn('narrow', [], { ReservedConcurrentExecutions: 1, Timeout: 60 }) },
    { clock },
  )
  const lambda = clientOf(t, lab)
  const FunctionName = lab.cloud.ref('narrow')
  lab.answer = () => ({ hang: true })
  await occupy(lab, lambda, 'narrow')
  lab.answer = () => ({})
  await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: '{"late":1}' }))
  await until(() => lab.cloud.stats().functions.narrow!.throttled > 3, 'more attempts than an error has')
  await lab.cloud.crashFunction('narrow')
  await until(() => lab.of<object>('narrow').some(event => 'late' in event), 'the event')
})
