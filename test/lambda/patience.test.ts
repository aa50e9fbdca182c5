import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { startPatience } from '../../lambda/patience.ts'

test('the time passes in about the given milliseconds', async () => {
  const start = performance.now()
  const patience = startPatience(50)
  await patience.over
  assert.ok(performance.now() - start >= 45)
})

test('an answer that came during a computation is read before the time is over', async () => {
  const server = createServer((_, response) => response.end('answer'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const patience = startPatience(50)
  const answer = new Promise<string>(resolve => {
    get({ port, host: '127.0.0.1' }, response => response.on('data', chunk => resolve(String(chunk))))
  })
  const end = performance.now() + 200
  while (performance.now() < end);
  const first = await Promise.race([answer, patience.over])
  server.closeAllConnections()
  server.close()
  assert.equal(first, 'answer')
})

test('the time can be ended early', async () => {
  const patience = startPatience(60_000)
  patience.end()
  await patience.over
})
