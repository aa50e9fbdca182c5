import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measureIngest } from '../../bench/ingest-bench.ts'

// The benchmark compares both sides with each other and with the exchange before it reports figures.
test('the ingest benchmark starts at the socket, and both sides reach the boards of the exchange', async () => {
  const { figures, notes } = await measureIngest({ messages: 3_000, rounds: 1 })
  assert.deepEqual(Object.keys(figures), [
    'ticksPerCpuSecond',
    'baselineTicksPerCpuSecond',
    'ratio',
    'messagesPerCpuSecond',
    'bothConnectionsMessagesPerCpuSecond',
    'peakRssMiB',
    'baselinePeakRssMiB',
    'inflateOnlyMessagesPerCpuSecond',
    'copyOnlyMessagesPerCpuSecond',
    'bytesPerTick',
    'zippedFrameShare',
    'zippedByteShare',
  ])
  for (const [name, value] of Object.entries(figures)) assert.ok(value > 0 && Number.isFinite(value), name)
  assert.match(notes[0]!, /^3,0\d\d messages of \d+ bytes/)
})
