import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { before, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPosts, type PostResult, type Posts } from '../../posts/posts.ts'
import { AWS_ENVIRONMENT } from '../functions/tables.ts'
import { until } from '../until.ts'

/** Time in which a further request would certainly arrive (ms). */
const QUIET_MS = 100

before(() => {
  Object.assign(process.env, AWS_ENVIRONMENT)
})

interface Gateway {
  readonly posts: Posts
  readonly counts: { connections: number; requests: number }
}

async function gateway(
  t: TestContext,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Gateway> {
  const counts = { connections: 0, requests: 0 }
  const server = createServer((request, response) => {
    counts.requests++
    request.resume()
    request.on('end', () => listener(request, response))
  })
  server.on('connection', () => counts.connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { posts: createPosts(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/live`), counts }
}

test('posts share one connection, one after the other', async t => {
  const { posts, counts } = await gateway(t, (_, response) => response.end('ok'))
  for (let index = 0; index < 4; index++) assert.equal(await posts.post('app', '{}'), 'sent')
  assert.deepEqual(counts, { connections: 1, requests: 4 })
})

test('128 posts are under way at once, and a further post waits for a free connection', async t => {
  const held: ServerResponse[] = []
  const { posts, counts } = await gateway(t, (_, response) => held.push(response))
  const all = Array.from({ length: 129 }, () => posts.post('app', '{}'))
  await until(() => held.length === 128, '128 posts at once')
  await sleep(QUIET_MS)
  assert.equal(counts.connections, 128)
  for (const response of held.splice(0)) response.end()
  await until(() => held.length === 1, 'the post that waited')
  held[0]?.end()
  assert.deepEqual(new Set(await Promise.all(all)), new Set(['sent']))
})

test('a post that waits a second for a free connection fails, and is not sent later', async t => {
  const held: ServerResponse[] = []
  const { posts, counts } = await gateway(t, (_, response) => held.push(response))
  const post = (): Promise<PostResult> => posts.post('app', '{}')
  const first = Array.from({ length: 128 }, post)
  await sleep(300)
  // The second 128 get the connections 700 ms later, and hold them longer than a further post may wait.
  const second = Array.from({ length: 128 }, post)
  assert.equal(await post(), 'failed')
  assert.deepEqual(new Set(await Promise.all([...first, ...second])), new Set(['silent']))
  await sleep(QUIET_MS)
  assert.equal(counts.requests, 256)
  const later = post()
  await until(() => held.length === 257, 'a later post')
  held[256]?.end()
  assert.equal(await later, 'sent')
})

test('a post fails if no connection opens within a second', async t => {
  const silent = createTcpServer(() => {})
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const sockets: Socket[] = []
  silent.on('connection', socket => sockets.push(socket))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    silent.close()
  })
  // The server does not take part in the TLS handshake.
  const posts = createPosts(`wss://127.0.0.1:${(silent.address() as AddressInfo).port}/live`)
  assert.equal(await posts.post('app', '{}'), 'failed')
  assert.equal(sockets.length, 1)
})

test('a post is silent after a second without an answer', async t => {
  const { posts } = await gateway(t, () => {})
  const start = performance.now()
  assert.equal(await posts.post('app', '{}'), 'silent')
  const took = performance.now() - start
  // A timer may be a little early. The upper bound leaves most of a second to a busy machine.
  assert.ok(took > 990 && took < 1_990, `${took} ms`)
})

test('a failed post is repeated once, after 50 to 150 ms', async t => {
  const at: number[] = []
  const { posts } = await gateway(t, (_, response) => {
    at.push(performance.now())
    response.writeHead(500).end()
  })
  const waits: number[] = []
  for (let index = 0; index < 12; index++) {
    at.length = 0
    assert.equal(await posts.post('app', '{}'), 'failed')
    assert.equal(at.length, 2)
    waits.push(at[1]! - at[0]!)
  }
  // Of twelve waits the shortest is below their mean of 100 ms, also on a busy machine.
  assert.ok(Math.min(...waits) > 45 && Math.min(...waits) < 100, `${waits}`)
  assert.ok(Math.max(...waits) > 60, `${waits}`)
})

test('statuses from 500 on are repeated, status 429 is not, and other unexpected statuses are errors', async t => {
  const { posts, counts } = await gateway(t, (request, response) => {
    response
      .writeHead(
        Number(
          decodeURIComponent(request.url ?? '')
            .split('/')
            .at(-1),
        ),
      )
      .end()
  })
  for (const [status, requests, result] of [
    [429, 1, 'throttled'],
    [500, 2, 'failed'],
    [503, 2, 'failed'],
  ] as const) {
    counts.requests = 0
    assert.equal(await posts.post(String(status), '{}'), result)
    assert.equal(counts.requests, requests, String(status))
  }
  for (const status of [204, 400, 403, 428, 430, 499]) {
    counts.requests = 0
    await assert.rejects(posts.post(String(status), '{}'), new RegExp(`got ${status}`))
    assert.equal(counts.requests, 1, String(status))
  }
})

test('a connection exists unless the gateway says that it is gone; another refusal is an error', async t => {
  const { posts, counts } = await gateway(t, (request, response) => {
    const status = Number(request.url?.split('/').at(-1))
    const type = status === 410 ? 'GoneException' : 'SomeException'
    response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type }).end('{}')
  })
  assert.equal(await posts.exists('200'), true)
  assert.equal(await posts.exists('410'), false)
  counts.requests = 0
  for (const status of ['429', '500', '503']) assert.equal(await posts.exists(status), true, status)
  assert.equal(counts.requests, 3, 'a check is not repeated')
  await assert.rejects(posts.exists('403'))
  assert.equal(await createPosts('ws://127.0.0.1:1/live').exists('app'), true)
})
