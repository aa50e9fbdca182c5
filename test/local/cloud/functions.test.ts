import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { until } from '../../until.ts'
import { att, fn, type Resources } from './assembly-fixture.ts'
import { boot, client, type Lab, refused } from './cloud-fixture.ts'

const RESOURCES: Resources = {
  ...fn('caller', [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: att('called', 'Arn') }]),
  ...fn('called'),
}

/** The environment that a function sees. */
async function environmentOf(lab: Lab, name: string): Promise<Record<string, string>> {
  await lab.cloud.invoke(name, {})
  return lab.seen.find(seen => seen.fn === name)!.env
}
test('a function is invoked and answers, fails as Lambda reports it, and is refused to others', async t => {
  const lab = await boot(t, { resources: RESOURCES })
  const lambda = new LambdaClient(client(lab.cloud, await environmentOf(lab, 'caller')))
  const FunctionName = lab.cloud.ref('called')
  const payloadOf = (payload?: Uint8Array) => JSON.parse(Buffer.from(payload ?? []).toString())

  lab.answer = ({ event }) => ({ result: { doubled: (event as { n: number }).n * 2 } })
  const good = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify({ n: 21 }) }))
  assert.deepEqual(payloadOf(good.Payload), { doubled: 42 })

  lab.answer = () => ({ throws: 'cannot' })
  const bad = await lambda.send(new InvokeCommand({ FunctionName }))
  assert.equal(bad.FunctionError, 'Unhandled')
  const { errorType, errorMessage, trace } = payloadOf(bad.Payload)
  assert.deepEqual({ errorType, errorMessage }, { errorType: 'TypeError', errorMessage: 'cannot' })
  assert.match(trace[1], /index\.mjs/)

  lab.answer = () => ({ exit: true })
  const gone = await lambda.send(new InvokeCommand({ FunctionName }))
  assert.equal(payloadOf(gone.Payload).errorType, 'Runtime.ExitError')

  lab.answer = () => ({})
  const later = await lambda.send(
    new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: '{"late":1}' }),
  )
  assert.equal(later.StatusCode, 202)
  await until(() => lab.of<object>('called').some(event => 'late' in event), 'the asynchronous event')

  const own = new InvokeCommand({ FunctionName: lab.cloud.ref('caller') })
  await refused(lambda.send(own), 'AccessDeniedException', 403)
  lambda.destroy()
})

test('a function sees its own environment and nothing of this process', async t => {
  process.env.SECRET_OF_THE_PARENT = 'hidden'
  t.after(() => delete process.env.SECRET_OF_THE_PARENT)
  const lab = await boot(t, { resources: RESOURCES })
  const env = await environmentOf(lab, 'called')
  assert.equal(env.SECRET_OF_THE_PARENT, undefined)
  assert.equal(env.AWS_LAMBDA_FUNCTION_NAME, 'Lab-called')
  assert.equal(env.AWS_ENDPOINT_URL_DYNAMODB, lab.cloud.endpointUrl)
  assert.notEqual(env.AWS_ACCESS_KEY_ID, (await environmentOf(lab, 'caller')).AWS_ACCESS_KEY_ID)
})

test('calls come to environments of their own at once, stay warm, and are throttled at the reserved concurrency', async t => {
  const lab = await boot(t, {
    resources: {
      // Longer than the start of an environment takes on a busy machine.
      ...fn('narrow', [], { ReservedConcurrentExecutions: 1, Timeout: 3 }),
    },
  })
  const lambda = new LambdaClient(client(lab.cloud))
  const FunctionName = lab.cloud.ref('narrow')
  lab.answer = () => ({ hang: true })
  const stuck = lambda.send(new InvokeCommand({ FunctionName }))
  await until(() => lab.seen.length === 1, 'the first event')
  await refused(lambda.send(new InvokeCommand({ FunctionName })), 'TooManyRequestsException', 429)
  const { Payload } = await stuck
  assert.match(Buffer.from(Payload ?? []).toString(), /Task timed out after 3\.00 seconds/)
  lab.answer = () => ({})
  await lambda.send(new InvokeCommand({ FunctionName }))
  assert.deepEqual(lab.cloud.stats().functions.narrow, { invocations: 2, errors: 1, throttled: 1 })
  lambda.destroy()
})

test('a log that is kept reports the duration of every invocation, as on AWS', async t => {
  const logFolder = mkdtempSync(join(tmpdir(), 'itastream-logs-'))
  t.after(() => rmSync(logFolder, { recursive: true }))
  const lab = await boot(t, { resources: RESOURCES }, { logFolder })
  await lab.cloud.invoke('called', {})
  await lab.cloud.invoke('called', {})
  const reports = (): string[] =>
    readFileSync(join(logFolder, 'called.log'), 'utf8').match(
      /^REPORT RequestId: \S+\tDuration: \d+\.\d\d ms$/gm,
    ) ?? []
  await until(() => reports().length === 2, 'two reports')
})
