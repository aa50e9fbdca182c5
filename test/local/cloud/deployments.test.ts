import assert from 'node:assert/strict'
import test from 'node:test'
import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  type Service,
  StopTaskCommand,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from '@aws-sdk/client-ecs'
import { until } from '../../until.ts'
import { att, IMAGE, type Resources, ref, role } from './assembly-fixture.ts'
import { boot, client, type Lab, refused } from './cloud-fixture.ts'

const DOCKERFILE = 'FROM node:24-slim\nWORKDIR /task\nCOPY main.mjs ./\nCMD ["node", "/task/main.mjs"]\n'

/** A program that is healthy unless it is of the bad image, until SIGUSR2, and reports its start and its end. */
const PROGRAM = `
import { rmSync, writeFileSync } from 'node:fs'
const { HEALTH_FILE, IMAGE_IS, RECORDER } = process.env
const report = what => fetch(RECORDER, {
  method: 'POST',
  body: JSON.stringify({ fn: 'task', event: { what, image: IMAGE_IS, pid: process.pid } }),
})
process.on('SIGTERM', async () => {
  await report('bye')
  process.exit()
})
process.on('SIGUSR2', () => rmSync(HEALTH_FILE))
await report('hello')
if (IMAGE_IS === 'crashing') process.exit(1)
if (IMAGE_IS !== 'bad') writeFileSync(HEALTH_FILE, 'well')
setInterval(() => {}, 1000)
`

/** A task definition of a family, with an image that does what its name says. */
const taskDefinition = (image: string): Resources[string] => ({
  Type: 'AWS::ECS::TaskDefinition',
  Properties: {
    Family: image,
    TaskRoleArn: att('taskRole', 'Arn'),
    ContainerDefinitions: [
      {
        Name: 'ingest',
        Image: IMAGE,
        StopTimeout: 5,
        Environment: [
          { Name: 'IMAGE_IS', Value: image },
          { Name: 'RECORDER', Value: ref('Recorder') },
          { Name: 'HEALTH_FILE', Value: '/health/well' },
        ],
        LinuxParameters: { Tmpfs: [{ ContainerPath: '/health', Size: 1 }] },
        HealthCheck: {
          Command: ['CMD-SHELL', 'test -f "$HEALTH_FILE"'],
          Interval: 0.1,
          Retries: 2,
          // A busy machine may need seconds to start a good program. A bad one is never healthy.
          StartPeriod: image === 'bad' ? 0.3 : 60,
        },
      },
    ],
  },
})

const subnet = (index: number): Resources[string] => ({
  Type: 'AWS::EC2::Subnet',
  Properties: { AvailabilityZone: { 'Fn::Select': [index, { 'Fn::GetAZs': '' }] } },
})

const RESOURCES: Resources = {
  cluster: { Type: 'AWS::ECS::Cluster' },
  ...role('taskRole', []),
  subnetA: subnet(0),
  subnetC: subnet(1),
  good: taskDefinition('good'),
  better: taskDefinition('better'),
  bad: taskDefinition('bad'),
  crashing: taskDefinition('crashing'),
  service: {
    Type: 'AWS::ECS::Service',
    Properties: {
      Cluster: ref('cluster'),
      TaskDefinition: ref('good'),
      DesiredCount: 2,
      DeploymentConfiguration: {
        MinimumHealthyPercent: 100,
        MaximumPercent: 150,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
      NetworkConfiguration: { AwsvpcConfiguration: { Subnets: [ref('subnetA'), ref('subnetC')] } },
    },
  },
}

interface Report {
  readonly what: string
  readonly image: string
  readonly pid: number
}

interface Bench {
  readonly lab: Lab
  readonly ecs: ECSClient
  describe(): Promise<Service>
  update(change: Partial<UpdateServiceCommandInput>): Promise<Service>
  /** Waits until the deployment of this family is complete, with its tasks alone. */
  settled(family: string): Promise<Service>
  /** Asserts that since the start there were never more tasks, and never fewer healthy tasks. */
  assertBounds(most: number, fewestHealthy: number): void
}

async function bench(t: test.TestContext): Promise<Bench> {
  const lab = await boot(t, { resources: RESOURCES, image: { program: PROGRAM, dockerfile: DOCKERFILE } })
  const ecs = new ECSClient(client(lab.cloud))
  t.after(() => ecs.destroy())
  const service = lab.cloud.ref('service')
  const running = (): number => lab.cloud.tasks('service').filter(({ health }) => health === 'HEALTHY').length
  let most = 0
  let fewest = Number.POSITIVE_INFINITY
  const look = (): void => {
    most = Math.max(most, lab.cloud.tasks('service').length)
    fewest = Math.min(fewest, running())
  }
  const describe = async (): Promise<Service> => {
    const { services = [] } = await ecs.send(new DescribeServicesCommand({ services: [service] }))
    return services[0]!
  }
  const bench: Bench = {
    lab,
    ecs,
    describe,
    async update(change) {
      const { service: updated } = await ecs.send(new UpdateServiceCommand({ service, ...change }))
      return updated!
    },
    async settled(family) {
      let found = await describe()
      await until(async () => {
        found = await describe()
        const [primary, ...older] = found.deployments ?? []
        return (
          primary?.rolloutState === 'COMPLETED' &&
          primary.taskDefinition?.includes(`/${family}:`) === true &&
          older.length === 0
        )
      }, `a completed deployment of ${family}`)
      return found
    },
    assertBounds(atMost, atLeast) {
      assert.ok(most <= atMost, `${most} tasks at once`)
      assert.ok(fewest >= atLeast, `${fewest} healthy tasks`)
    },
  }
  await bench.settled('good')
  const timer = setInterval(look, 5)
  t.after(() => clearInterval(timer))
  return bench
}

const reports = ({ lab }: Bench, what: string, image: string): number =>
  lab.of<Report>('task').filter(report => report.what === what && report.image === image).length

test('a deployment starts a new task before it stops an old one, and has at most three tasks', async t => {
  const running = await bench(t)
  const zones = running.lab.cloud.tasks('service').map(({ zone }) => zone)
  assert.deepEqual(zones, ['ap-northeast-1a', 'ap-northeast-1c'])
  const { deployments = [], pendingCount } = await running.update({ taskDefinition: 'better' })
  assert.deepEqual(
    deployments.map(({ status, desiredCount, runningCount, rolloutState }) => [
      status,
      desiredCount,
      runningCount,
      rolloutState,
    ]),
    [
      ['PRIMARY', 2, 1, 'IN_PROGRESS'],
      ['ACTIVE', 0, 2, 'COMPLETED'],
    ],
  )
  assert.equal(pendingCount, 0)
  const { runningCount, taskDefinition = '' } = await running.settled('better')
  assert.equal(runningCount, 2)
  assert.match(taskDefinition, /task-definition\/better:1$/)
  running.assertBounds(3, 2)
  assert.deepEqual([reports(running, 'hello', 'better'), reports(running, 'bye', 'good')], [2, 2])
  assert.deepEqual(new Set(running.lab.cloud.tasks('service').map(({ zone }) => zone)), new Set(zones))
})

for (const image of ['bad', 'crashing'])
  test(`a deployment of the ${image} image is rolled back after three failed tasks, and the old tasks run on`, async t => {
    const running = await bench(t)
    const before = running.lab.cloud.tasks('service').map(({ id }) => id)
    await running.update({ taskDefinition: image })
    let seen: string | undefined
    await until(async () => {
      const { deployments = [] } = await running.describe()
      seen ??= deployments.find(({ rolloutState }) => rolloutState === 'FAILED')?.rolloutStateReason
      return deployments[0]?.taskDefinition?.includes('/good:') === true
    }, 'the rollback')
    await running.settled('good')
    assert.deepEqual(
      running.lab.cloud.tasks('service').map(({ id }) => id),
      before,
    )
    assert.equal(reports(running, 'hello', image), 3)
    assert.equal(reports(running, 'bye', 'good'), 0)
    running.assertBounds(3, 2)
    if (seen !== undefined) assert.match(seen, /circuit breaker/)
  })

test('a forced deployment replaces every task, and the same task definition alone replaces none', async t => {
  const running = await bench(t)
  const { deployments: unchanged = [] } = await running.update({ taskDefinition: 'good', desiredCount: 2 })
  assert.equal(unchanged.length, 1)
  await running.update({ forceNewDeployment: true })
  await until(() => reports(running, 'bye', 'good') === 2, 'the end of both tasks')
  assert.equal((await running.settled('good')).runningCount, 2)
  assert.equal(reports(running, 'hello', 'good'), 4)
  await refused(running.update({ taskDefinition: 'nobody' }), 'ClientException', 400)
})

test('an unhealthy task runs until its replacement is healthy', async t => {
  const running = await bench(t)
  const [first] = running.lab.cloud.tasks('service')
  first!.kill('SIGUSR2')
  const ids = () => running.lab.cloud.tasks('service').map(({ id }) => id)
  await until(() => ids().length === 3, 'a replacement beside the unhealthy task')
  await until(() => ids().length === 2, 'the end of the unhealthy task')
  assert.ok(!ids().includes(first!.id))
  assert.equal(reports(running, 'bye', 'good'), 1)
  running.assertBounds(3, 1)
})

test('a signal reaches one task, whose replacement starts in the same zone', async t => {
  const running = await bench(t)
  const [first, second] = running.lab.cloud.tasks('service')
  first!.kill('SIGKILL')
  await until(() => reports(running, 'hello', 'good') === 3, 'a task in place of the killed one')
  const [kept, started] = running.lab.cloud.tasks('service')
  assert.deepEqual([kept?.id, started?.zone], [second!.id, first!.zone])
  assert.throws(() => process.kill(first!.pid!, 0), { code: 'ESRCH' })
  assert.equal(reports(running, 'bye', 'good'), 0)
})

test('ListTasks, DescribeTasks and StopTask return what runs', async t => {
  const running = await bench(t)
  const { ecs, lab } = running
  const serviceName = lab.cloud.ref('service')
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ serviceName }))
  const known = lab.cloud.tasks('service')
  assert.deepEqual(
    taskArns,
    known.map(({ arn }) => arn),
  )
  assert.match(taskArns[0]!, /^arn:aws:ecs:ap-northeast-1:000000000000:task\/Lab-cluster\/[0-9a-f]{32}$/)
  const { tasks = [], failures = [] } = await ecs.send(
    new DescribeTasksCommand({ tasks: [...taskArns, 'nobody'] }),
  )
  assert.deepEqual(
    tasks.map(({ healthStatus, lastStatus, desiredStatus, availabilityZone, startedBy }) => [
      healthStatus,
      lastStatus,
      desiredStatus,
      availabilityZone,
      startedBy?.startsWith('ecs-svc/'),
    ]),
    ['a', 'c'].map(zone => ['HEALTHY', 'RUNNING', 'RUNNING', `ap-northeast-1${zone}`, true]),
  )
  assert.ok(Math.abs(Date.now() - tasks[0]!.startedAt!.getTime()) < 60_000)
  assert.deepEqual(failures, [{ arn: 'nobody', reason: 'MISSING' }])

  const { task: stopped } = await ecs.send(new StopTaskCommand({ task: taskArns[0]! }))
  assert.equal(stopped?.desiredStatus, 'STOPPED')
  await until(() => reports(running, 'bye', 'good') === 1, 'the end of the stopped task')
  await until(() => reports(running, 'hello', 'good') === 3, 'a task in its place')
  await refused(ecs.send(new StopTaskCommand({ task: 'nobody' })), 'InvalidParameterException', 400)
  await refused(ecs.send(new ListTasksCommand({ serviceName: 'nobody' })), 'ServiceNotFoundException', 400)
})
