/** The quotas of API Gateway: the buckets on a clock of the test, and the answers on real sockets. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import test, { suite, type TestContext } from 'node:test'
import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { createGatewayQuotas } from '../../../local/cloud/gateway/gateway-quotas.ts'
import { AWS_QUOTAS } from '../../../local/cloud/quotas/account-quotas.ts'
import type { Gate } from '../../../local/cloud/quotas/gate.ts'
import { createThrottleReport } from '../../../local/cloud/quotas/throttle-report.ts'
import { until } from '../../until.ts'
import { ref } from './assembly-fixture.ts'
import { refused } from './cloud-fixture.ts'
import { API, connectionOf, lab, management, open, refusal } from './websocket-fixture.ts'

/** A quota so small that a test uses it up with one request, and that does not fill again within a test. */
const ONE = 0.001

function openQuotas(t: TestContext, quotas = AWS_QUOTAS) {
  let seconds = 0
  const lines: string[] = []
  const report = createThrottleReport(line => lines.push(line))
  t.after(() => report.close())
  return {
    gates: createGatewayQuotas(quotas, report, () => seconds),
    lines,
    report,
    pass(passed: number) {
      seconds += passed
    },
  }
}

/** Sends requests until one is refused. Returns how many were admitted. */
function admitted(gate: Gate): number {
  for (let count = 0; ; count++) if (!gate.admit()) return count
}

suite('the quotas of API Gateway', () => {
  test('admit 5,000 requests at once and 10,000 a second, of all kinds together', t => {
    const { gates, pass } = openQuotas(t)
    const [requests, messages] = [gates.requests(), gates.messages()]
    for (let count = 0; count < 1_000; count++) {
      assert.ok(requests.admit())
      assert.ok(messages.admit())
    }
    assert.equal(admitted(gates.posts), 3_000)
    assert.equal(admitted(messages), 0)
    pass(0.25)
    assert.equal(admitted(gates.posts), 2_500)
    pass(60)
    assert.equal(admitted(gates.posts), 5_000)
  })

  test('admit 500 new connections a second', t => {
    const { gates, pass } = openQuotas(t)
    const connects = gates.connects()
    assert.equal(admitted(connects), 500)
    pass(0.5)
    assert.equal(admitted(connects), 250)
    // The account's bucket was full again before the last 250.
    assert.equal(admitted(gates.posts), 4_750)
  })

  test('hold for each route what the template says, and leave the rest to other routes', t => {
    const { gates, pass, report, lines } = openQuotas(t)
    const throttle = { ratePerSecond: 40, burst: 20 }
    const bars = gates.requests({ key: 'GET /bars', throttle })
    const ticks = gates.requests({ key: 'GET /ticks', throttle })
    assert.deepEqual([admitted(bars), admitted(ticks), admitted(bars)], [20, 20, 0])
    pass(0.25)
    assert.equal(admitted(bars), 10)
    assert.equal(admitted(gates.posts), 4_990)
    report.close()
    assert.deepEqual(lines, [
      'quota: 3 requests refused (40 requests/s of GET /bars)',
      'quota: 1 requests refused (40 requests/s of GET /ticks)',
      'quota: 1 posts refused (10,000 requests/s)',
    ])
  })

  test('are scaled together', t => {
    const { gates } = openQuotas(t, { ...AWS_QUOTAS, requests: 100, connects: 5 })
    const route = { key: 'GET /bars', throttle: { ratePerSecond: 500, burst: 240 } }
    assert.equal(admitted(gates.requests(route)), 2)
    assert.equal(admitted(gates.connects()), 5)
    assert.equal(admitted(gates.posts), 50 - 2 - 5)
  })
})

suite('API Gateway above its quotas', () => {
  test('refuses posts and answers messages with an error', async t => {
    const made = await lab(t, { quotas: { ...AWS_QUOTAS, requests: ONE } })
    const socket = await open(t, made)
    const api = management(made)
    const ConnectionId = connectionOf(made)
    const post = new PostToConnectionCommand({ ConnectionId, Data: 'x' })
    await refused(api.send(post), 'LimitExceededException', 429)
    const answered = once(socket, 'message')
    socket.send('{}')
    const { requestId, ...answer } = JSON.parse(String((await answered)[0]))
    assert.deepEqual(answer, { message: 'Too Many Requests', connectionId: ConnectionId })
    assert.match(requestId, /^[0-9a-f-]{36}$/)
    assert.equal(made.of('message').length, 0)
    assert.equal(await refusal(made.cloud.websocketUrl), 429)
    assert.equal(made.cloud.stats().throttled, 3)
    await made.cloud.close()
    assert.deepEqual(
      made.logged.filter(line => line.startsWith('quota')),
      [
        'quota: 1 posts refused (0.001 requests/s)',
        'quota: 1 messages refused (0.001 requests/s)',
        'quota: 1 connections refused (0.001 requests/s)',
      ],
    )
    api.destroy()
  })

  test('refuses new connections with status 429', async t => {
    const made = await lab(t, { quotas: { ...AWS_QUOTAS, connects: ONE } })
    const socket = await open(t, made)
    assert.equal(await refusal(made.cloud.websocketUrl), 429)
    assert.equal(made.of('connect').length, 1)
    const answered = once(socket, 'close')
    socket.close()
    await answered
  })

  test('refuses messages above the limit of the stage', async t => {
    const made = await lab(
      t,
      {},
      {
        ...API,
        stage: {
          Type: 'AWS::ApiGatewayV2::Stage',
          Properties: {
            ApiId: ref('sockets'),
            StageName: 'live',
            DefaultRouteSettings: { ThrottlingRateLimit: ONE, ThrottlingBurstLimit: 2 },
          },
        },
      },
    )
    const socket = await open(t, made)
    const answered = once(socket, 'message')
    for (let count = 0; count < 3; count++) socket.send('{}')
    assert.equal(JSON.parse(String((await answered)[0])).message, 'Too Many Requests')
    await open(t, made)
    assert.equal(await refusal(made.cloud.websocketUrl), 429)
    assert.deepEqual(made.cloud.ignored, [])
  })

  test('refuses connects and messages above the limits of their routes, each for itself', async t => {
    const limits = (burst: number) => ({ ThrottlingRateLimit: ONE, ThrottlingBurstLimit: burst })
    const made = await lab(
      t,
      {},
      {
        ...API,
        stage: {
          Type: 'AWS::ApiGatewayV2::Stage',
          Properties: {
            ApiId: ref('sockets'),
            StageName: 'live',
            DefaultRouteSettings: limits(100),
            RouteSettings: { $connect: limits(2), $default: limits(3) },
          },
        },
      },
    )
    const socket = await open(t, made)
    await open(t, made)
    assert.equal(await refusal(made.cloud.websocketUrl), 429)
    const answered = once(socket, 'message')
    for (let count = 0; count < 4; count++) socket.send('{}')
    assert.equal(JSON.parse(String((await answered)[0])).message, 'Too Many Requests')
    await until(() => made.of('message').length === 3, 'three messages')
  })
})
