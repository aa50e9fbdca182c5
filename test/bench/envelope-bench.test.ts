import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measureEnvelopes } from '../../bench/envelope-bench.ts'

test('the envelope benchmark measures envelopes and JSON on the same ticks', async () => {
  const { figures } = await measureEnvelopes(
    { ticksPerSecond: 1_000, seconds: 1 },
    { ticksPerSecond: 200, seconds: 1 },
  )
  for (const [name, value] of Object.entries(figures)) assert.ok(value > 0 && Number.isFinite(value), name)
  assert.ok(figures.bytesPerTick30k! < figures.jsonBytesPerTick30k!)
})
