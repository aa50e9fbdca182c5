import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { readLineItems } from '../../../tools/ops/line-tasks.ts'

test('a table that does not answer is named as such', async t => {
  const server = createServer(() => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const client = createDynamoDB({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'ap-northeast-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  t.after(() => client.destroy())
  await assert.rejects(readLineItems({ client, table: 'control' }), {
    name: 'NoAnswerError',
    message: 'expected the leases of the lines within 3 s, got no answer',
  })
})
