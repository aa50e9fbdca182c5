import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { PLAN } from '../../../cdk/plan.ts'
import { planText } from '../../../contract/market-plan.ts'
import { momentOf } from '../../../market/moment.ts'
import { freeMarketLock, takeMarketLock } from '../../../tables/control/market-lock.ts'
import { type MarketState, readMarketState } from '../../../tables/control/market-state.ts'
import { type CapturedMetrics, captureMetrics } from '../captured-metrics.ts'
import { lambdaContext } from '../invoke.ts'
import { MORNING, TRADING_DATE } from '../stored-market.ts'
import { startTables, TABLES, type Tables } from '../tables.ts'

/** The state of a fake ECS and Kinesis, which answer in the JSON protocol of AWS. All other services refuse every request. */
const aws = {
  desired: { one: 0, two: 1 } as Record<string, number>,
  /** Tasks that run; those that are desired, where a service is not named. */
  running: {} as Record<string, number>,
  shards: 4,
  status: 'ACTIVE',
  /** The error type of the next change of the shards. */
  refusal: undefined as string | undefined,
}
const changes: (readonly [action: string, input: Input])[] = []

interface Input {
  readonly cluster?: string
  readonly StreamName?: string
  readonly services?: string[]
  readonly service?: string
  readonly desiredCount?: number
  readonly TargetShardCount?: number
}
const answers: Record<string, (input: Input) => unknown> = {
  DescribeServices: ({ services = [] }) => ({
    services: services
      .filter(name => name in aws.desired)
      .map(name => ({
        serviceName: name,
        desiredCount: aws.desired[name],
        runningCount: aws.running[name] ?? aws.desired[name],
      })),
  }),
  UpdateService: input => {
    changes.push(['UpdateService', input])
    aws.desired[input.service ?? ''] = input.desiredCount ?? 0
    return { service: {} }
  },
  DescribeStreamSummary: () => ({
    StreamDescriptionSummary: { OpenShardCount: aws.shards, StreamStatus: aws.status },
  }),
  UpdateShardCount: input => {
    if (aws.refusal !== undefined) return undefined
    changes.push(['UpdateShardCount', input])
    aws.shards = input.TargetShardCount ?? 0
    return {}
  },
}

let server: Server
let tables: Tables
let metrics: CapturedMetrics
let invoke: () => Promise<MarketState>
before(async () => {
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    const action = String(request.headers['x-amz-target']).split('.').at(-1) ?? ''
    const answer = answers[action]?.(action === '' || body === '' ? {} : (JSON.parse(body) as Input))
    response.writeHead(answer === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify(answer ?? { __type: aws.refusal ?? 'AccessDenied', message: 'ten a day' }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  tables = await startTables()
  const names = { connect: 'c', message: 'm', broadcast: 'b', 'push-room': 'p', 'store-ticks': 's' }
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    MARKET_CLOCK: `${Date.now()}:${momentOf(TRADING_DATE, MORNING) / 1000}:0.001`,
    CLUSTER: 'itastream',
    SERVICES: 'one, two',
    STREAM_NAME: 'ticks',
    FUNCTIONS: JSON.stringify(names),
    MAPPINGS: JSON.stringify({ 'store-ticks': 'mapping-s', broadcast: 'mapping-b' }),
    ARCHIVE_BUCKET: 'archive',
    CANARY_SCHEDULE: 'canary',
    ALARM_PREFIX: 'itastream-trading-',
    PLAN: planText(PLAN),
  })
  metrics = captureMetrics()
  const { handler } = await import('../../../functions/market-hours/market-hours-handler.ts')
  invoke = async () => {
    const state = await handler({}, lambdaContext)
    assert.ok(typeof state === 'object')
    return state
  }
})
after(async () => {
  metrics[Symbol.dispose]()
  await tables[Symbol.asyncDispose]()
  server.closeAllConnections()
  server.close()
})

const movesOf = ({ moves }: MarketState) =>
  moves.map(({ kind, name, from, to, result }) => `${result} ${kind} ${name} ${from} → ${to}`)

test('tasks and shards reach the plan step by step, although every other service fails', async () => {
  const { tasks } = PLAN.levels.peak
  const first = await invoke()
  assert.match(first.time, /^2026-11-20T09:00:00\.\d{6}\+09:00$/)
  assert.deepEqual([first.phase, first.level, first.reason], ['morning', 'peak', 'peak morning'])
  assert.deepEqual(
    first.found.filter(({ kind }) => kind === 'tasks' || kind === 'shards'),
    [
      { kind: 'tasks', name: 'line 1', value: 0, running: 0 },
      { kind: 'tasks', name: 'line 2', value: 1, running: 1 },
      { kind: 'shards', name: 'stream', value: 4, busy: false },
    ],
  )
  const started = ['one', 'two'].filter((_, index) => index !== tasks)
  assert.deepEqual(movesOf(first), [
    ...started.map((_, index) => `done tasks line ${index + 1} ${index} → ${tasks}`),
    'done shards stream 4 → 2',
  ])
  assert.deepEqual(changes, [
    ...started.map(service => ['UpdateService', { cluster: 'itastream', service, desiredCount: tasks }]),
    ['UpdateShardCount', { StreamName: 'ticks', TargetShardCount: 2, ScalingType: 'UNIFORM_SCALING' }],
  ])
  assert.deepEqual(first.failures.map(({ what }) => what).sort(), [
    'alarms of trading',
    'archive',
    'canary schedule',
    'mapping broadcast',
    'mapping store-ticks',
    ...['broadcast', 'connect', 'message', 'push-room'].map(name => `provisioned ${name}`),
    ...['broadcast', 'connect', 'message', 'push-room', 'store-ticks'].map(name => `reserved ${name}`),
    ...['boards', 'connections', 'ticks'].map(name => `warm ${name}`),
    'window broadcast',
    'window store-ticks',
  ])
  assert.deepEqual(metrics.take(), [
    { TasksMissing: 0, Failures: first.failures.length, Late: 0, SessionOpen: 1 },
  ])
})

test('the control table has the result, and the lock is free again', async () => {
  const control = { client: tables.client, table: TABLES.CONTROL_TABLE }
  aws.shards = 1
  aws.running.one = 0
  const second = await invoke()
  assert.equal(metrics.take()[0]?.TasksMissing, PLAN.levels.peak.tasks)
  assert.deepEqual(second.moves, [])
  assert.deepEqual(await readMarketState(control), second)
  assert.equal(await takeMarketLock(control, 'another run', 60_000), true)
  const { handler } = await import('../../../functions/market-hours/market-hours-handler.ts')
  changes.length = 0
  aws.desired.one = 0
  assert.equal(await handler({}, lambdaContext), 'skipped')
  assert.deepEqual(changes, [])
  await freeMarketLock(control, 'another run')
  metrics.take()
})

for (const refusal of ['LimitExceededException', 'ResourceInUseException'])
  test(`a move that a ${refusal} prevents is postponed with a reason, and is no failure`, async () => {
    Object.assign(aws, { shards: 8, refusal })
    const { moves, failures } = await invoke()
    const reason = `${refusal}: ten a day`
    assert.deepEqual(
      moves.filter(({ kind }) => kind === 'shards'),
      [{ kind: 'shards', name: 'stream', from: 8, to: 4, result: 'later', reason }],
    )
    assert.equal(
      failures.some(({ what }) => what.startsWith('shards')),
      false,
    )
  })

test('another error of a move is a failure, and so is a missing service', async () => {
  Object.assign(aws, { shards: 8, refusal: 'InvalidArgumentException' })
  const { one } = aws.desired
  delete aws.desired.one
  const { moves, failures } = await invoke()
  aws.desired.one = one ?? 0
  const reason = 'InvalidArgumentException: ten a day'
  assert.deepEqual(moves.at(-1), { kind: 'shards', name: 'stream', from: 8, to: 4, result: 'failed', reason })
  assert.deepEqual(
    failures.filter(({ what }) => /^(tasks|shards)/.test(what)),
    [
      { what: 'tasks line 1', error: 'Error: cluster itastream: expected the service one, found none' },
      { what: 'shards stream', error: reason },
    ],
  )
})

test('the shards are left alone while the stream changes', async () => {
  Object.assign(aws, { shards: 8, status: 'UPDATING', refusal: undefined })
  const { found, moves } = await invoke()
  assert.deepEqual(
    found.find(({ kind }) => kind === 'shards'),
    { kind: 'shards', name: 'stream', value: 8, busy: true },
  )
  assert.equal(
    moves.some(({ kind }) => kind === 'shards'),
    false,
  )
})
