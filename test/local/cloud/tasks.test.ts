import assert from 'node:assert/strict'
import test from 'node:test'
import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs'
import { readDockerfile } from '../../../local/cloud/tasks/dockerfile.ts'
import {
  att,
  boot,
  client,
  fn,
  IMAGE,
  type Lab,
  type Resources,
  ref,
  refused,
  role,
  until,
} from './cloud-fixture.ts'

const DOCKERFILE = `FROM node:24-slim
WORKDIR /task
COPY main.mjs ./
ENV FROM_IMAGE=yes
CMD ["node", "/task/main.mjs"]
`

/** Says that it runs, and says goodbye when it is asked to end. */
const PROGRAM = `
const say = what => fetch(process.env.RECORDER, {
  method: 'POST',
  body: JSON.stringify({ fn: 'task', event: { what, pid: process.pid }, env: process.env, requestId: '' }),
})
process.on('SIGTERM', async () => {
  await say('bye')
  process.exit()
})
await say('hello')
setInterval(() => {}, 1000)
`

const RESOURCES: Resources = {
  cluster: { Type: 'AWS::ECS::Cluster' },
  secret: {
    Type: 'AWS::SecretsManager::Secret',
    Properties: { GenerateSecretString: { PasswordLength: 24, ExcludePunctuation: true } },
  },
  ...role('taskRole', []),
  ...role('executionRole', [
    { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: ref('secret') },
  ]),
  task: {
    Type: 'AWS::ECS::TaskDefinition',
    Properties: {
      TaskRoleArn: att('taskRole', 'Arn'),
      ExecutionRoleArn: att('executionRole', 'Arn'),
      ContainerDefinitions: [
        {
          Name: 'ingest',
          Image: IMAGE,
          StopTimeout: 5,
          Environment: [
            { Name: 'LINE_NUMBER', Value: '1' },
            { Name: 'RECORDER', Value: ref('Recorder') },
          ],
          Secrets: [{ Name: 'LINE_PASSWORD', ValueFrom: ref('secret') }],
        },
      ],
    },
  },
  service: {
    Type: 'AWS::ECS::Service',
    Properties: { Cluster: ref('cluster'), TaskDefinition: ref('task'), DesiredCount: 0 },
  },
  ...fn('hours', [{ Effect: 'Allow', Action: 'ecs:DescribeServices', Resource: ref('service') }]),
}

const image = { program: PROGRAM, dockerfile: DOCKERFILE }

interface Said {
  readonly what: string
  readonly pid: number
}
const said = (lab: Lab, what: string): number[] =>
  lab
    .of<Said>('task')
    .filter(event => event.what === what)
    .map(event => event.pid)

test('a service has as many tasks as it is asked to have, and replaces those that end', async t => {
  const lab = await boot(t, { resources: RESOURCES, image })
  const ecs = new ECSClient(client(lab.cloud))
  const service = lab.cloud.ref('service')
  const cluster = lab.cloud.ref('cluster')
  const describe = new DescribeServicesCommand({ cluster, services: [service] })
  const before = (await ecs.send(describe)).services?.[0]
  assert.deepEqual([before?.desiredCount, before?.runningCount, before?.status], [0, 0, 'ACTIVE'])

  await ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 1 }))
  await until(() => said(lab, 'hello').length === 1)
  assert.equal((await ecs.send(describe)).services?.[0]?.runningCount, 1)
  const { env } = lab.seen.find(seen => seen.fn === 'task')!
  assert.equal(env.LINE_PASSWORD, lab.cloud.secretValue('secret'))
  assert.match(env.LINE_PASSWORD ?? '', /^[A-Za-z0-9]{24}$/)
  assert.equal(env.FROM_IMAGE, 'yes')
  assert.equal(env.AWS_ENDPOINT_URL, lab.cloud.endpointUrl)

  lab.cloud.signalTasks('service', 'SIGKILL')
  await until(() => said(lab, 'hello').length === 2)
  assert.equal(said(lab, 'bye').length, 0)
  lab.cloud.signalTasks('service', 'SIGTERM')
  await until(() => said(lab, 'hello').length === 3)
  assert.equal(said(lab, 'bye').length, 1)
  assert.equal(new Set(said(lab, 'hello')).size, 3)

  await ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 0 }))
  await until(() => said(lab, 'bye').length === 2)
  await refused(
    ecs.send(new UpdateServiceCommand({ cluster, service: 'nobody', desiredCount: 1 })),
    'ServiceNotFoundException',
    400,
  )
  ecs.destroy()
})

/** Is healthy until it is told otherwise, and does not notice that itself. */
const FRAIL = `${PROGRAM}
import { createServer } from 'node:http'
let status = 200
createServer((request, response) => {
  if (request.method === 'POST') status = 503
  else void say('checked')
  response.writeHead(status).end()
}).listen(process.env.HEALTH_PORT, '127.0.0.1')
await say(process.env.HEALTH_PORT)
`
const ASK =
  'process.exit((await fetch("http://127.0.0.1:" + process.env.HEALTH_PORT)).status === 200 ? 0 : 1)'

test('a task whose health check fails again and again is asked to end, and replaced', async t => {
  const { ContainerDefinitions: containers, ...task } = RESOURCES.task!.Properties as {
    ContainerDefinitions: [{ Environment: object[] }]
  }
  const [container] = containers
  const Environment = [...container.Environment, { Name: 'HEALTH_PORT', Value: '8079' }]
  const HealthCheck = {
    Command: ['CMD', 'node', '--input-type=module', '-e', ASK],
    Interval: 0.2,
    Timeout: 5,
    Retries: 2,
  }
  const resources: Resources = {
    ...RESOURCES,
    task: {
      Type: 'AWS::ECS::TaskDefinition',
      Properties: { ...task, ContainerDefinitions: [{ ...container, Environment, HealthCheck }] },
    },
    service: { ...RESOURCES.service!, Properties: { ...RESOURCES.service!.Properties, DesiredCount: 1 } },
  }
  const lab = await boot(
    t,
    { resources, image: { ...image, program: FRAIL } },
    { portVariables: ['HEALTH_PORT'] },
  )
  const port = () => lab.of<Said>('task').find(({ what }) => /^\d+$/.test(what))?.what
  await until(() => port() !== undefined)
  assert.notEqual(port(), '8079')
  await until(() => said(lab, 'checked').length > 4)
  assert.deepEqual([said(lab, 'hello').length, said(lab, 'bye').length], [1, 0])
  await fetch(`http://127.0.0.1:${port()}`, { method: 'POST' })
  await until(() => said(lab, 'hello').length === 2)
  assert.deepEqual(said(lab, 'bye'), said(lab, 'hello').slice(0, 1))
})

test('tasks are asked to end when the cloud closes', async t => {
  const lab = await boot(t, {
    resources: {
      ...RESOURCES,
      service: { ...RESOURCES.service!, Properties: { ...RESOURCES.service!.Properties, DesiredCount: 1 } },
    },
    image,
  })
  await until(() => said(lab, 'hello').length === 1)
  await lab.cloud.close()
  assert.equal(said(lab, 'bye').length, 1)
  assert.throws(() => process.kill(said(lab, 'hello')[0]!, 0), { code: 'ESRCH' })
})

test('a role that may only look at a service cannot change it', async t => {
  const lab = await boot(t, { resources: RESOURCES, image })
  await lab.cloud.invoke('hours', {})
  const ecs = new ECSClient(client(lab.cloud, lab.seen[0]!.env))
  const service = lab.cloud.ref('service')
  const { services } = await ecs.send(new DescribeServicesCommand({ services: [service] }))
  assert.equal(services?.length, 1)
  await refused(
    ecs.send(new UpdateServiceCommand({ service, desiredCount: 1 })),
    'AccessDeniedException',
    400,
  )
  ecs.destroy()
})

test('a task whose execution role may not read its secret is refused at the start', async t => {
  const { executionRolePolicy: _, ...rest } = RESOURCES
  await assert.rejects(
    boot(t, { resources: rest, image }),
    /task: the execution role does not allow secretsmanager:GetSecretValue/,
  )
})

test('a Dockerfile says the command, and one without the exec form is refused', () => {
  const read = (text: string) => readDockerfile(text, 'Dockerfile')
  assert.deepEqual(
    read('FROM x\nWORKDIR /app\nENV A=1 B="two words"\nENTRYPOINT ["node"]\nCMD ["main.mjs", "-v"]'),
    {
      command: ['node', 'main.mjs', '-v'],
      workingDirectory: '/app',
      environment: { A: '1', B: 'two words' },
    },
  )
  assert.throws(() => read('FROM x\nCMD node main.mjs'), /Dockerfile: expected the exec form/)
  assert.throws(() => read('FROM x'), /expected ENTRYPOINT or CMD, got neither/)
})
