import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { MarketHoursResult } from '../../../functions/market-hours/market-hours-handler.ts'
import { PHASES } from '../../../market/market-event.ts'
import { momentOf } from '../../../market/moment.ts'
import { type CapturedMetrics, captureMetrics } from '../captured-metrics.ts'
import { lambdaContext } from '../invoke.ts'
import { MORNING, TRADING_DATE } from '../stored-market.ts'
import { AWS_ENVIRONMENT } from '../tables.ts'

/** The state of a fake ECS and Kinesis, which answer in the JSON protocol of AWS. */
const aws = {
  desired: { one: 0, two: 1 } as Record<string, number>,
  shards: 1,
  status: 'ACTIVE',
  /** The answers lack every member that the SDK declares as optional. */
  isBare: false,
  /** The error type of the next change of the shards. */
  refusal: undefined as string | undefined,
}
const calls: (readonly [action: string, input: Input])[] = []

interface Input {
  readonly cluster?: string
  readonly StreamName?: string
  readonly services?: string[]
  readonly service?: string
  readonly desiredCount?: number
  readonly TargetShardCount?: number
}
const answers: Record<string, (input: Input) => unknown> = {
  DescribeServices: ({ services = [] }) =>
    aws.isBare
      ? { services: [{ serviceName: 'one' }] }
      : {
          services: services
            .filter(name => name in aws.desired)
            .map(name => ({
              serviceName: name,
              desiredCount: aws.desired[name],
              runningCount: aws.desired[name],
            })),
          failures: services.filter(name => !(name in aws.desired)).map(arn => ({ arn, reason: 'MISSING' })),
        },
  UpdateService: ({ service = '', desiredCount = 0 }) => {
    aws.desired[service] = desiredCount
    return { service: {} }
  },
  DescribeStreamSummary: () =>
    aws.isBare ? {} : { StreamDescriptionSummary: { OpenShardCount: aws.shards, StreamStatus: aws.status } },
  UpdateShardCount: ({ TargetShardCount = 0 }) => {
    if (aws.refusal !== undefined) return undefined
    aws.shards = TargetShardCount
    return {}
  },
}

let server: Server
let metrics: CapturedMetrics
let invoke: () => Promise<MarketHoursResult>
before(async () => {
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    const action = String(request.headers['x-amz-target']).split('.').at(-1) ?? ''
    const input = JSON.parse(body) as Input
    calls.push([action, input])
    const answer = answers[action]?.(input)
    response.writeHead(answer === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify(answer ?? { __type: aws.refusal, message: 'ten a day' }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const awake = { tasks: 1, shards: 4 }
  Object.assign(process.env, AWS_ENVIRONMENT, {
    AWS_ENDPOINT_URL_ECS: endpoint,
    AWS_ENDPOINT_URL_KINESIS: endpoint,
    MARKET_CLOCK: `${Date.now()}:${momentOf(TRADING_DATE, MORNING) / 1000}:0.001`,
    CLUSTER: 'itastream',
    SERVICES: 'one, two',
    STREAM_NAME: 'ticks',
    PLAN: JSON.stringify(Object.fromEntries(PHASES.map(phase => [phase, awake]))),
  })
  metrics = captureMetrics()
  const { handler } = await import('../../../functions/market-hours/market-hours-handler.ts')
  invoke = () => handler({}, lambdaContext)
})
after(() => {
  metrics[Symbol.dispose]()
  server.closeAllConnections()
  server.close()
})

test('tasks and shards are moved to the plan step by step, and then left alone', async () => {
  const { time, ...first } = await invoke()
  assert.match(time, /^2026-11-20T09:00:00\.\d{6}\+09:00$/)
  assert.deepEqual(first, {
    phase: 'morning',
    target: { tasks: 1, shards: 4 },
    found: {
      services: [
        { name: 'one', desired: 0, running: 0 },
        { name: 'two', desired: 1, running: 1 },
      ],
      stream: { shards: 1, active: true },
    },
    moves: [
      { move: 'tasks', service: 'one', from: 0, to: 1, result: 'done' },
      { move: 'shards', from: 1, to: 2, result: 'done' },
    ],
  })
  assert.deepEqual((await invoke()).moves, [{ move: 'shards', from: 2, to: 4, result: 'done' }])
  calls.length = 0
  assert.deepEqual((await invoke()).moves, [])
  assert.deepEqual(
    calls.toSorted(([a], [b]) => (a < b ? -1 : 1)),
    [
      ['DescribeServices', { cluster: 'itastream', services: ['one', 'two'] }],
      ['DescribeStreamSummary', { StreamName: 'ticks' }],
    ],
  )
  assert.deepEqual(aws.desired, { one: 1, two: 1 })
  assert.deepEqual(metrics.take(), [
    { Moves: 2, MovesPutOff: 0 },
    { Moves: 1, MovesPutOff: 0 },
    { Moves: 0, MovesPutOff: 0 },
  ])
})

test('a move names the cluster and the service, or the stream', async () => {
  Object.assign(aws, { shards: 3 })
  aws.desired.one = 0
  calls.length = 0
  await invoke()
  assert.deepEqual(
    calls.slice(2).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    [
      ['UpdateService', { cluster: 'itastream', service: 'one', desiredCount: 1 }],
      ['UpdateShardCount', { StreamName: 'ticks', TargetShardCount: 4, ScalingType: 'UNIFORM_SCALING' }],
    ],
  )
  metrics.take()
})

for (const refusal of ['LimitExceededException', 'ResourceInUseException'])
  test(`a move that a ${refusal} prevents is postponed with a reason, and the other moves are made`, async () => {
    Object.assign(aws, { shards: 8, refusal })
    aws.desired.two = 0
    const { moves } = await invoke()
    assert.deepEqual(moves, [
      { move: 'tasks', service: 'two', from: 0, to: 1, result: 'done' },
      { move: 'shards', from: 8, to: 4, result: 'later', reason: `${refusal}: ten a day` },
    ])
    assert.deepEqual(metrics.take(), [{ Moves: 2, MovesPutOff: 1 }])
  })

test('another error of a move is an error of the function', async () => {
  Object.assign(aws, { shards: 8, refusal: 'InvalidArgumentException' })
  await assert.rejects(invoke(), { name: 'InvalidArgumentException' })
})

test('the shards are left alone while the stream changes', async () => {
  Object.assign(aws, { shards: 8, status: 'UPDATING', refusal: undefined })
  const { found, moves } = await invoke()
  assert.deepEqual([found.stream, moves], [{ shards: 8, active: false }, []])
})

test('a missing service causes an error with its name', async () => {
  const { one } = aws.desired
  delete aws.desired.one
  await assert.rejects(invoke(), /cluster \S+: expected services one, two; missing: one \(MISSING\)/)
  aws.desired.one = one ?? 0
})

test('counts that AWS does not state are zero, and a stream without a state is left alone', async () => {
  aws.isBare = true
  const { found, moves } = await invoke()
  assert.deepEqual(found, {
    services: [{ name: 'one', desired: 0, running: 0 }],
    stream: { shards: 0, active: false },
  })
  assert.deepEqual(moves, [{ move: 'tasks', service: 'one', from: 0, to: 1, result: 'done' }])
})
