import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_TIMING } from '../../client/itastream.ts'
import { backoffDelay } from '../../client/reconnect-wait.ts'

test('the wait is a random part of a bound that doubles with every failure up to the cap', () => {
  const backoff = { base: 500, cap: 30_000 }
  const bounds = [0, 1, 2, 5, 6, 50].map(failures => backoffDelay(backoff, failures, 1))
  assert.deepEqual(bounds, [500, 1_000, 2_000, 16_000, 30_000, 30_000])
  assert.equal(backoffDelay(backoff, 1, 0.25), 250)
  assert.equal(backoffDelay(backoff, 9, 0), 0)
})

test('by default a client waits up to half a second, pings within the ten minutes of API Gateway, and gives up on silence', () => {
  assert.deepEqual(DEFAULT_TIMING, {
    backoff: { base: 500, cap: 30_000 },
    connectTimeout: 10_000,
    pingInterval: 240_000,
    pongTimeout: 10_000,
    answerTimeout: 10_000,
    retryPause: 1_000,
    handOver: { from: 6_000_000, to: 6_900_000 },
    handOverTimeout: 15_000,
    renewal: { from: 180_000, to: 60_000, shortest: 15_000 },
    silence: 20_000,
    history: { pause: 10_000, limit: 300_000 },
  })
})
