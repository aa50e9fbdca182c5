import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatherTime } from '../../../ingest-task/publish/gather-time.ts'

test('ticks gather for 20 ms, and twice as long after each refusal, up to 320 ms', () => {
  const time = new GatherTime()
  assert.equal(time.at(1_000), 20)
  const times = Array.from({ length: 6 }, () => {
    time.raise(1_000)
    return time.at(1_000)
  })
  assert.deepEqual(times, [40, 80, 160, 320, 320, 320])
})

test('the time halves in 10 s without a refusal, down to 20 ms', () => {
  const time = new GatherTime()
  for (let refusal = 0; refusal < 3; refusal++) time.raise(1_000)
  assert.deepEqual(
    [1_000, 11_000, 21_000, 31_000, 3_600_000].map(now => time.at(now)),
    [160, 80, 40, 20, 20],
  )
  time.raise(11_000)
  assert.equal(time.at(11_000), 160)
})
