import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import test from 'node:test'
import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs'
import { readDockerfile } from '../../../local/cloud/tasks/dockerfile.ts'
import { until } from '../../until.ts'
import { att, fn, IMAGE, type Resources, ref, role } from './assembly-fixture.ts'
import { boot, client, type Lab, refused } from './cloud-fixture.ts'

const DOCKERFILE = `FROM node:24-slim
WORKDIR /task
COPY main.mjs ./
ENV FROM_IMAGE=yes NODE_OPTIONS=--enable-source-maps
CMD ["node", "/task/main.mjs"]
`

/** A program that reports its start, and its end after SIGTERM. */
const PROGRAM = `
const report = what => fetch(process.env.RECORDER, {
  method: 'POST',
  body: JSON.stringify({ fn: 'task', event: { what, pid: process.pid, maps: process.sourceMapsEnabled }, env: process.env, requestId: '' }),
})
process.on('SIGTERM', async () => {
  await report('bye')
  process.exit()
})
await report('hello')
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
            { Name: 'CLOCK', Value: 'system' },
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

interface ReportEvent {
  readonly what: string
  readonly pid: number
  /** Whether source maps are read. */
  readonly maps: boolean
}
/** Returns the process ids of the tasks that reported `what`. */
const reported = (lab: Lab, what: string): number[] =>
  lab
    .of<ReportEvent>('task')
    .filter(event => event.what === what)
    .map(event => event.pid)

test('a service runs its desired number of tasks and replaces ended ones', async t => {
  const variables = { CLOCK: 'faster', OTHER: 'none declares it' }
  const lab = await boot(t, { resources: RESOURCES, image }, { variables })
  const ecs = new ECSClient(client(lab.cloud))
  const service = lab.cloud.ref('service')
  const cluster = lab.cloud.ref('cluster')
  const describe = new DescribeServicesCommand({ cluster, services: [service] })
  const before = (await ecs.send(describe)).services?.[0]
  assert.deepEqual([before?.desiredCount, before?.runningCount, before?.status], [0, 0, 'ACTIVE'])

  await ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 1 }))
  await until(() => reported(lab, 'hello').length === 1, 'one started task')
  assert.equal((await ecs.send(describe)).services?.[0]?.runningCount, 1)
  const { env } = lab.seen.find(seen => seen.fn === 'task')!
  assert.equal(env.LINE_PASSWORD, lab.cloud.secretValue('secret'))
  assert.match(env.LINE_PASSWORD ?? '', /^[A-Za-z0-9]{24}$/)
  assert.equal(env.FROM_IMAGE, 'yes')
  assert.deepEqual([env.CLOCK, env.OTHER], ['faster', undefined])
  assert.equal(env.AWS_ENDPOINT_URL, lab.cloud.endpointUrl)
  // No log is kept, so nobody reads a stack.
  assert.equal(lab.of<ReportEvent>('task')[0]?.maps, false)

  lab.cloud.signalTasks('service', 'SIGKILL')
  await until(() => reported(lab, 'hello').length === 2, 'a second task after SIGKILL')
  assert.equal(reported(lab, 'bye').length, 0)
  lab.cloud.signalTasks('service', 'SIGTERM')
  await until(() => reported(lab, 'hello').length === 3, 'a third task after SIGTERM')
  assert.equal(reported(lab, 'bye').length, 1)
  assert.equal(new Set(reported(lab, 'hello')).size, 3)

  await ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 0 }))
  await until(() => reported(lab, 'bye').length === 2, 'the end of the last task')
  await refused(
    ecs.send(new UpdateServiceCommand({ cluster, service: 'nobody', desiredCount: 1 })),
    'ServiceNotFoundException',
    400,
  )
  ecs.destroy()
})

/** A program that is healthy until SIGUSR2, and goes on running then. */
const FRAIL = `
import { rmSync, writeFileSync } from 'node:fs'
writeFileSync(process.env.HEALTH_FILE, 'well')
process.on('SIGUSR2', () => rmSync(process.env.HEALTH_FILE))
${PROGRAM}
await report(process.env.HEALTH_FILE)
`

test('a task is stopped and replaced after its health check failed several times in a row', async t => {
  const { ContainerDefinitions: containers, ...task } = RESOURCES.task!.Properties as {
    ContainerDefinitions: [{ Environment: object[] }]
  }
  const [container] = containers
  const Environment = [...container.Environment, { Name: 'HEALTH_FILE', Value: '/health/well' }]
  const HealthCheck = {
    Command: ['CMD-SHELL', 'test -f "$HEALTH_FILE"'],
    Interval: 0.2,
    Timeout: 5,
    Retries: 2,
  }
  const LinuxParameters = { Tmpfs: [{ ContainerPath: '/health', Size: 1 }] }
  const resources: Resources = {
    ...RESOURCES,
    task: {
      Type: 'AWS::ECS::TaskDefinition',
      Properties: {
        ...task,
        ContainerDefinitions: [{ ...container, Environment, HealthCheck, LinuxParameters }],
      },
    },
    service: { ...RESOURCES.service!, Properties: { ...RESOURCES.service!.Properties, DesiredCount: 1 } },
  }
  const lab = await boot(t, { resources, image: { ...image, program: FRAIL } })
  const files = () =>
    lab
      .of<ReportEvent>('task')
      .map(({ what }) => what)
      .filter(what => what.endsWith('/health/well'))
  await until(() => files().length === 1, 'the health file of the task')
  const [first = ''] = files()
  assert.ok(existsSync(first))
  lab.cloud.signalTasks('service', 'SIGUSR2')
  await until(() => files().length === 2, 'a task in place of the unhealthy one')
  assert.notEqual(files()[1], first)
  // The unhealthy task ends after its replacement is healthy.
  await until(() => reported(lab, 'bye').length === 1, 'the end of the unhealthy task')
  assert.deepEqual(reported(lab, 'bye'), reported(lab, 'hello').slice(0, 1))
  await until(() => !existsSync(dirname(dirname(first))), 'the end of the folders of the first task')
})

test('a task is stopped when the cloud closes', async t => {
  const lab = await boot(t, {
    resources: {
      ...RESOURCES,
      service: { ...RESOURCES.service!, Properties: { ...RESOURCES.service!.Properties, DesiredCount: 1 } },
    },
    image,
  })
  await until(() => reported(lab, 'hello').length === 1, 'one started task')
  await lab.cloud.close()
  assert.equal(reported(lab, 'bye').length, 1)
  assert.throws(() => process.kill(reported(lab, 'hello')[0]!, 0), { code: 'ESRCH' })
})

test('a role that allows only DescribeServices cannot change a service', async t => {
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

test('a task is refused at the boot when its execution role does not allow its secret', async t => {
  const { executionRolePolicy: _, ...rest } = RESOURCES
  await assert.rejects(
    boot(t, { resources: rest, image }),
    /task: the execution role does not allow secretsmanager:GetSecretValue/,
  )
})

test('a Dockerfile gives the command, and a command without the exec form is refused', () => {
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
