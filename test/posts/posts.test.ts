import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { before, suite, type TestContext, test } from 'node:test'
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { createPosts } from '../../posts/posts.ts'

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
const CONNECTION = 'Ab+/c=d3_E'
const TEXT = '{"type":"event","event":{"headline":"髙島﨑"}}'

interface Received {
  readonly line: string
  readonly contentType: string | undefined
  readonly sessionToken: string | string[] | undefined
  readonly body: string
}

/** Starts a gateway that answers with `statuses` in turn; undefined: it never answers. */
async function gateway(t: TestContext, statuses: readonly (number | undefined)[]) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      received.push({
        line: `${request.method} ${request.url}`,
        contentType: request.headers['content-type'],
        sessionToken: request.headers['x-amz-security-token'],
        body: Buffer.concat(chunks).toString(),
      })
      const status = statuses[Math.min(received.length, statuses.length) - 1]
      if (status !== undefined) response.writeHead(status).end()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { received, endpoint: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/live` }
}

suite('a post', () => {
  before(() => {
    process.env.AWS_REGION = 'ap-northeast-1'
    process.env.AWS_ACCESS_KEY_ID = CREDENTIALS.accessKeyId
    process.env.AWS_SECRET_ACCESS_KEY = CREDENTIALS.secretAccessKey
    process.env.AWS_SESSION_TOKEN = 'token'
  })

  test('is the request that PostToConnection of the SDK sends', async t => {
    const { received, endpoint } = await gateway(t, [200])
    assert.equal(await createPosts(endpoint).post(CONNECTION, TEXT), 'sent')
    const client = new ApiGatewayManagementApiClient({
      endpoint: endpoint.replace(/^ws/, 'http'),
      region: 'ap-northeast-1',
      credentials: { ...CREDENTIALS, sessionToken: 'token' },
    })
    await client.send(new PostToConnectionCommand({ ConnectionId: CONNECTION, Data: Buffer.from(TEXT) }))
    client.destroy()
    const [own, sdk] = received
    assert.deepEqual(own, sdk)
    assert.equal(own?.body, TEXT)
  })

  test('to an ended connection returns gone', async t => {
    const { received, endpoint } = await gateway(t, [410])
    assert.equal(await createPosts(endpoint).post(CONNECTION, TEXT), 'gone')
    assert.equal(received.length, 1)
  })

  test('is repeated once after a status 5xx', async t => {
    const once = await gateway(t, [502, 200])
    assert.equal(await createPosts(once.endpoint).post(CONNECTION, TEXT), 'sent')
    const twice = await gateway(t, [500, 503, 200])
    assert.equal(await createPosts(twice.endpoint).post(CONNECTION, TEXT), 'failed')
    assert.equal(twice.received.length, 2)
  })

  test('that is throttled is not repeated', async t => {
    const { received, endpoint } = await gateway(t, [429, 200])
    assert.equal(await createPosts(endpoint).post(CONNECTION, TEXT), 'throttled')
    assert.equal(received.length, 1)
    const later = await gateway(t, [500, 429, 200])
    assert.equal(await createPosts(later.endpoint).post(CONNECTION, TEXT), 'throttled')
    assert.equal(later.received.length, 2)
  })

  test('without an answer in time is silent and not repeated', async t => {
    const { received, endpoint } = await gateway(t, [undefined])
    assert.equal(await createPosts(endpoint).post(CONNECTION, TEXT), 'silent')
    assert.equal(received.length, 1)
  })

  test('that is too large is refused and not repeated', async t => {
    const { received, endpoint } = await gateway(t, [413])
    assert.equal(await createPosts(endpoint).post(CONNECTION, TEXT), 'refused')
    assert.equal(received.length, 1)
  })

  test('to an address without a listener is given up after two attempts', async () => {
    const { post } = createPosts('ws://127.0.0.1:1/live')
    // More posts than connections.
    const results = await Promise.all(Array.from({ length: 200 }, () => post(CONNECTION, TEXT)))
    assert.deepEqual(new Set(results), new Set(['failed']))
  })

  test('whose answer breaks off is repeated once', async t => {
    let requests = 0
    const server = createServer((request, response) => {
      requests++
      request.resume().on('end', () => {
        response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy())
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
    const { port } = server.address() as AddressInfo
    assert.equal(await createPosts(`ws://127.0.0.1:${port}/live`).post(CONNECTION, TEXT), 'failed')
    assert.equal(requests, 2)
  })

  test('that the gateway forbids is an error with the status', async t => {
    const { endpoint } = await gateway(t, [403])
    await assert.rejects(createPosts(endpoint).post(CONNECTION, TEXT), /got 403/)
  })
})

suite('a close', () => {
  test('is the request that DeleteConnection of the SDK sends', async t => {
    const { received, endpoint } = await gateway(t, [204])
    assert.equal(await createPosts(endpoint).close(CONNECTION), 'sent')
    const client = new ApiGatewayManagementApiClient({
      endpoint: endpoint.replace(/^ws/, 'http'),
      region: 'ap-northeast-1',
      credentials: CREDENTIALS,
    })
    await client.send(new DeleteConnectionCommand({ ConnectionId: CONNECTION }))
    client.destroy()
    const [own, sdk] = received
    assert.deepEqual([own?.line, own?.body], [sdk?.line, sdk?.body])
  })

  test('returns what became of the connection', async t => {
    for (const [status, result] of [
      [410, 'gone'],
      [429, 'throttled'],
      [500, 'failed'],
      [undefined, 'silent'],
    ] as const) {
      const { received, endpoint } = await gateway(t, [status])
      assert.equal(await createPosts(endpoint).close(CONNECTION), result)
      assert.equal(received.length, 1)
    }
  })
})

suite('a post of an answer', () => {
  test('is repeated after a status 429 or 5xx', async t => {
    const { received, endpoint } = await gateway(t, [429, 500, 429, 200])
    assert.equal(await createPosts(endpoint).postAnswer(CONNECTION, TEXT), 'sent')
    assert.equal(received.length, 4)
  })

  test('is given up after three seconds', async t => {
    const { received, endpoint } = await gateway(t, [500, 429])
    assert.equal(await createPosts(endpoint).postAnswer(CONNECTION, TEXT), 'throttled')
    // The five shortest waits take 50 + 100 + 200 + 400 + 800 ms, and a sixth would be too long.
    assert.ok(received.length > 1 && received.length <= 6, `${received.length} posts`)
  })

  test('is not repeated if the connection is the reason', async t => {
    for (const [status, result] of [
      [410, 'gone'],
      [413, 'refused'],
      [undefined, 'silent'],
    ] as const) {
      const { received, endpoint } = await gateway(t, [status, 200])
      assert.equal(await createPosts(endpoint).postAnswer(CONNECTION, TEXT), result)
      assert.equal(received.length, 1)
    }
  })
})
