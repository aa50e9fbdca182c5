import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPosts } from '../../../posts/posts.ts'
import { createDynamoDB, getItem } from '../../../tables/dynamodb.ts'
import { startSilent } from '../silent-server.ts'
import { AWS_ENVIRONMENT } from '../tables.ts'

test('a service that does not answer ends the request with a TimeoutError', async () => {
  Object.assign(process.env, AWS_ENVIRONMENT)
  const { server, address } = await startSilent()
  const client = createDynamoDB({ endpoint: `http://${address}`, maxAttempts: 1 })
  const [, exists] = await Promise.all([
    assert.rejects(getItem({ client, table: 'boards' }, { id: 'phase' }), { name: 'TimeoutError' }),
    createPosts(`ws://${address}/live`).exists('app'),
  ])
  // Without an answer the connection counts as open.
  assert.equal(exists, true)
  server.closeAllConnections()
  server.close()
})
