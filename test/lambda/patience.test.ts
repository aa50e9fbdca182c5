import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
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

test('the time is rounded up to a multiple of ten milliseconds', async t => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 0 })
  // Named imports of built-in modules get the mocked functions only so.
  syncBuiltinESMExports()
  t.after(() => {
    t.mock.timers.reset()
    syncBuiltinESMExports()
  })
  const timeOf = async (time: number): Promise<number> => {
    const start = Date.now()
    let end: number | undefined
    void startPatience(time).over.then(() => {
      end = Date.now()
    })
    while (end === undefined) {
      await new Promise(setImmediate)
      if (end === undefined) t.mock.timers.tick(1)
    }
    return end - start
  }
  for (const [time, expected] of [
    [0, 0],
    [1, 10],
    [10, 10],
    [11, 20],
    [50, 50],
  ] as const)
    assert.equal(await timeOf(time), expected, `${time} ms`)
})
