import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measureIngest } from '../../bench/ingest-bench.ts'

// Both sides are held against each other, and against the exchange, before anything is reported.
test('ingest is measured from the socket on, and both sides come to the boards of the exchange', async () => {
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
