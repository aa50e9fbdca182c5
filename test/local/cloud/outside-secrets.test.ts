import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { until } from '../../until.ts'
import { att, IMAGE, type Resources, ref, role } from './assembly-fixture.ts'
import { boot, type Lab } from './cloud-fixture.ts'

/** The ARN of a secret that the template does not declare. */
const SECRET = 'arn:aws:secretsmanager:ap-northeast-1:000000000000:secret:outside-AbCdEf'

const DOCKERFILE = `FROM node:24-slim
COPY main.mjs ./
CMD ["node", "main.mjs"]
`
/** A program that reports its environment. */
const PROGRAM = `
const seen = { fn: 'task', event: {}, env: process.env, requestId: '' }
await fetch(process.env.RECORDER, { method: 'POST', body: JSON.stringify(seen) })
setInterval(() => {}, 1000)
`

/** A task that gets what a reference to a secret gives. */
const taskWith = (reference: string): Resources => ({
  cluster: { Type: 'AWS::ECS::Cluster' },
  ...role('taskRole', []),
  ...role('executionRole', [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: SECRET }]),
  task: {
    Type: 'AWS::ECS::TaskDefinition',
    Properties: {
      TaskRoleArn: att('taskRole', 'Arn'),
      ExecutionRoleArn: att('executionRole', 'Arn'),
      ContainerDefinitions: [
        {
          Name: 'ingest',
          Image: IMAGE,
          Environment: [{ Name: 'RECORDER', Value: ref('Recorder') }],
          Secrets: [{ Name: 'LINE_PASSWORD', ValueFrom: reference }],
        },
      ],
    },
  },
  service: {
    Type: 'AWS::ECS::Service',
    Properties: { Cluster: ref('cluster'), TaskDefinition: ref('task'), DesiredCount: 1 },
  },
})

const start = (
  t: TestContext,
  reference: string,
  secrets: Readonly<Record<string, string>>,
): Promise<Lab> => {
  const image = { program: PROGRAM, dockerfile: DOCKERFILE }
  return boot(t, { resources: taskWith(reference), image }, { secrets })
}

test('a task gets a secret that the template does not declare, or one member of it', async t => {
  const value = '{"user":"reader","password":"open sesame"}'
  for (const [reference, expected] of [
    [SECRET, value],
    [`${SECRET}:password::`, 'open sesame'],
  ] as const) {
    const lab = await start(t, reference, { [SECRET]: value })
    await until(() => lab.seen.some(({ fn }) => fn === 'task'), 'a task')
    assert.equal(lab.seen.find(({ fn }) => fn === 'task')?.env.LINE_PASSWORD, expected)
  }
})

test('a task is refused at the boot when its secret has no value, or lacks the member', async t => {
  const reference = `${SECRET}:password::`
  await assert.rejects(
    start(t, reference, {}),
    /task: LINE_PASSWORD: expected a secret that has a value here, got arn:aws:secretsmanager:/,
  )
  for (const value of ['{"user":"sesame"}', '{"password":1}', 'open sesame'])
    await assert.rejects(start(t, reference, { [SECRET]: value }), ({ message }: Error) => {
      assert.match(message, /task: LINE_PASSWORD: expected a secret that is JSON with the text "password"/)
      assert.ok(!message.includes('sesame'))
      return true
    })
})
