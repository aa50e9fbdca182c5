import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { NodeHttpHandler } from '@smithy/node-http-handler'
import { createTableClient } from '../../../functions/broadcast/table-client.ts'
import { getItem } from '../../../tables/dynamodb.ts'
import { AWS_ENVIRONMENT } from '../tables.ts'

test('a request is sent once, and waits two seconds for its answer', async () => {
  Object.assign(process.env, AWS_ENVIRONMENT)
  let requests = 0
  const server = createServer((request, response) => {
    requests++
    request.resume().on('end', () => response.writeHead(500).end('{}'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = createTableClient({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
  await assert.rejects(getItem({ client, table: 'boards' }, { id: 'phase' }))
  assert.equal(requests, 1)
  const handler = client.config.requestHandler as NodeHttpHandler
  assert.equal(handler.httpHandlerConfigs().requestTimeout, 2_000)
  client.destroy()
  server.closeAllConnections()
  server.close()
})
