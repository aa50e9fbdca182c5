import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { keepAliveHandler } from '../../lambda/keep-alive.ts'
import { until } from '../until.ts'

/** Time in which a further request would certainly arrive (ms). */
const QUIET_MS = 100

/** Starts a server. Returns a function that makes a client of it, and counts of its connections and requests. */
async function server(t: TestContext, listener: RequestListener) {
  const counts = { connections: 0, requests: 0 }
  const http = createServer((request, response) => {
    counts.requests++
    request.resume()
    request.on('end', () => listener(request, response))
  })
  http.on('connection', () => counts.connections++)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  t.after(() => {
    http.closeAllConnections()
    http.close()
  })
  const { port } = http.address() as AddressInfo
  const clientOf = (requestTimeout?: number): DynamoDBClient =>
    new DynamoDBClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'ap-northeast-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      requestHandler: keepAliveHandler(requestTimeout),
      maxAttempts: 1,
    })
  return { clientOf, counts }
}

function answer(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{"TableNames":[]}')
}

test('a connection stays open for the next request', async t => {
  const { clientOf, counts } = await server(t, (_, response) => answer(response))
  const client = clientOf()
  for (let index = 0; index < 3; index++) await client.send(new ListTablesCommand())
  assert.deepEqual(counts, { connections: 1, requests: 3 })
  client.destroy()
})

test('128 requests are under way at once, and a further request waits for a free connection', async t => {
  const held: ServerResponse[] = []
  const { clientOf, counts } = await server(t, (_, response) => held.push(response))
  const client = clientOf(20_000)
  const all = Promise.all(Array.from({ length: 130 }, () => client.send(new ListTablesCommand())))
  await until(() => held.length === 128, '128 requests at once')
  await sleep(QUIET_MS)
  assert.deepEqual(counts, { connections: 128, requests: 128 })
  for (const response of held.splice(0, 2)) answer(response)
  await until(() => counts.requests === 130, 'the requests that waited')
  await until(() => held.length === 128, 'the held requests')
  for (const response of held) answer(response)
  await all
  client.destroy()
})

test('a request without an answer fails after its time limit, by default after three seconds', async t => {
  const { clientOf } = await server(t, () => {})
  const timeOf = async (limit?: number): Promise<number> => {
    const client = clientOf(limit)
    const start = performance.now()
    await assert.rejects(client.send(new ListTablesCommand()), { name: 'TimeoutError' })
    client.destroy()
    return performance.now() - start
  }
  const [short, long] = await Promise.all([timeOf(200), timeOf()])
  assert.ok(short > 190 && short < 2_500, `${short} ms`)
  assert.ok(long > 2_990 && long < 5_500, `${long} ms`)
})
