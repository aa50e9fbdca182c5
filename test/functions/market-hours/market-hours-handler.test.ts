import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { MarketHoursResult } from '../../../functions/market-hours/market-hours-handler.ts'
import { PHASES } from '../../../market/market-event.ts'
import { momentOf } from '../../../market/moment.ts'
import { lambdaContext } from '../invoke.ts'
import { MORNING, TRADING_DATE } from '../stored-market.ts'
import { AWS_ENVIRONMENT } from '../tables.ts'

/** The state of a fake ECS and Kinesis, which answer in the JSON protocol of AWS. */
const aws = { desired: { one: 0, two: 1 } as Record<string, number>, shards: 1, reshardings: 10 }
const calls: string[] = []

interface Input {
  readonly services?: string[]
  readonly service?: string
  readonly desiredCount?: number
  readonly TargetShardCount?: number
}
const answers: Record<string, (input: Input) => unknown> = {
  DescribeServices: ({ services = [] }) => ({
    services: services
      .filter(name => name in aws.desired)
      .map(name => ({ serviceName: name, desiredCount: aws.desired[name], runningCount: 0 })),
    failures: services.filter(name => !(name in aws.desired)).map(arn => ({ arn, reason: 'MISSING' })),
  }),
  UpdateService: ({ service = '', desiredCount = 0 }) => {
    aws.desired[service] = desiredCount
    return { service: {} }
  },
  DescribeStreamSummary: () => ({
    StreamDescriptionSummary: { OpenShardCount: aws.shards, StreamStatus: 'ACTIVE' },
  }),
  UpdateShardCount: ({ TargetShardCount = 0 }) => {
    if (aws.reshardings === 0) return undefined
    aws.reshardings--
    aws.shards = TargetShardCount
    return {}
  },
}

let server: Server
let invoke: () => Promise<MarketHoursResult>
before(async () => {
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    const action = String(request.headers['x-amz-target']).split('.').at(-1) ?? ''
    calls.push(action)
    const answer = answers[action]?.(JSON.parse(body) as Input)
    response.writeHead(answer === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify(answer ?? { __type: 'LimitExceededException', message: 'ten a day' }))
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
    SERVICES: 'one,two',
    STREAM_NAME: 'ticks',
    PLAN: JSON.stringify(Object.fromEntries(PHASES.map(phase => [phase, awake]))),
  })
  const { handler } = await import('../../../functions/market-hours/market-hours-handler.ts')
  invoke = () => handler({}, lambdaContext)
})
after(() => {
  server.closeAllConnections()
  server.close()
})

test('tasks and shards are moved to the plan step by step, and then left alone', async () => {
  const first = await invoke()
  assert.equal(first.phase, 'morning')
  assert.deepEqual(first.moves, [
    { move: 'tasks', service: 'one', from: 0, to: 1, result: 'done' },
    { move: 'shards', from: 1, to: 2, result: 'done' },
  ])
  assert.deepEqual((await invoke()).moves, [{ move: 'shards', from: 2, to: 4, result: 'done' }])
  calls.length = 0
  assert.deepEqual((await invoke()).moves, [])
  assert.deepEqual(calls.toSorted(), ['DescribeServices', 'DescribeStreamSummary'])
  assert.deepEqual(aws.desired, { one: 1, two: 1 })
})

test('a move that a limit prevents is postponed with a reason, and the other moves are made', async () => {
  Object.assign(aws, { shards: 8, reshardings: 0 })
  aws.desired.two = 0
  const { moves } = await invoke()
  assert.deepEqual(moves, [
    { move: 'tasks', service: 'two', from: 0, to: 1, result: 'done' },
    { move: 'shards', from: 8, to: 4, result: 'later', reason: 'LimitExceededException: ten a day' },
  ])
})

test('a missing service causes an error with its name', async () => {
  const { one } = aws.desired
  delete aws.desired.one
  await assert.rejects(invoke(), /expected services one, two; missing: one \(MISSING\)/)
  aws.desired.one = one ?? 0
})
