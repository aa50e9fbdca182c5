import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEventStore } from '../../../functions/broadcast/event-store.ts'
import { systemClock } from '../../../market/clock.ts'
import { createPosts } from '../../../posts/posts.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { startSilent } from '../silent-server.ts'
import { AWS_ENVIRONMENT } from '../tables.ts'

test('a service that does not answer ends the request with a TimeoutError', async () => {
  Object.assign(process.env, AWS_ENVIRONMENT)
  const { server, address } = await startSilent()
  const client = createDynamoDB({ endpoint: `http://${address}`, maxAttempts: 1 })
  const store = createEventStore({ client, table: 'boards' }, systemClock).store({
    type: 'phase',
    time: '2026-11-20T09:00:00.000000+09:00',
    phase: 'morning',
  })
  const [, exists] = await Promise.all([
    assert.rejects(store, { name: 'TimeoutError' }),
    createPosts(`ws://${address}/live`).exists('app'),
  ])
  // Without an answer the connection counts as open.
  assert.equal(exists, true)
  server.closeAllConnections()
  server.close()
})
