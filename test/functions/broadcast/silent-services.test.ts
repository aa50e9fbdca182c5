import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createEventStore } from '../../../functions/broadcast/event-store.ts'
import { keepAliveHandler } from '../../../lambda/keep-alive.ts'
import { systemClock } from '../../../market/clock.ts'
import { createPosts } from '../../../posts/posts.ts'
import { startSilent } from '../silent-server.ts'
import { AWS_ENVIRONMENT } from '../tables.ts'

test('who does not answer is not waited for without end', async () => {
  Object.assign(process.env, AWS_ENVIRONMENT)
  const { server, address } = await startSilent()
  const client = new DynamoDBClient({
    endpoint: `http://${address}`,
    requestHandler: keepAliveHandler(),
    maxAttempts: 1,
  })
  const store = createEventStore({ client, table: 'boards' }, systemClock).store({
    type: 'phase',
    time: '2026-11-20T09:00:00.000000+09:00',
    phase: 'morning',
  })
  const [, exists] = await Promise.all([
    assert.rejects(store, { name: 'TimeoutError' }),
    createPosts(`ws://${address}/live`).exists('app'),
  ])
  // A connection of which nothing can be learned is not taken for gone.
  assert.equal(exists, true)
  client.destroy()
  server.closeAllConnections()
  server.close()
})
