import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runOpening } from '../../bench/shard-bench.ts'

test('a shard that is away for three seconds then takes every tick, which has waited', async () => {
  const run = await runOpening({ ticksPerSecond: 300, seconds: 2, isAway: true })
  assert.equal(run.lost, 0)
  assert.ok(run.refused > 0)
  // The tick that came first waited for all of the three seconds.
  assert.ok(run.p99 > 2_900 && run.p99 < 4_000, `${run.p99} ms`)
  assert.ok(run.drainedAfter > 1_000, `${run.drainedAfter} ms`)
  assert.ok(run.queueBytes > 0 && run.kept === 0)
})
