import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measureEnvelopes } from '../../bench/envelope-bench.ts'

test('envelopes are measured beside JSON and aws-kinesis-agg on the same ticks', async () => {
  const { figures } = await measureEnvelopes(
    { ticksPerSecond: 1_000, seconds: 1 },
    { ticksPerSecond: 200, seconds: 1 },
  )
  for (const [name, value] of Object.entries(figures)) assert.ok(value > 0 && Number.isFinite(value), name)
  // Every record keeps its length, and aggregation adds its own.
  assert.ok(figures.aggBytesPerTick30k! > figures.jsonBytesPerTick30k!)
  assert.ok(figures.bytesPerTick30k! < figures.jsonBytesPerTick30k!)
})
