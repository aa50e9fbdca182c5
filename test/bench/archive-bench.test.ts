import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measureArchive } from '../../bench/archive-bench.ts'

test('the archive benchmark measures files that contain exactly the ticks, and reports every figure', async () => {
  const { figures } = await measureArchive({ ticksPerSecond: 3_000, seconds: 1 })
  assert.deepEqual(Object.keys(figures).sort(), [
    'archivedRowsPerCpuSecond',
    'bytesPerRow',
    'jsonBytesPerRow',
    'jsonRowsPerCpuSecond',
    'partCpuSeconds',
    'readRowsPerCpuSecond',
    'writtenRowsPerCpuSecond',
  ])
  for (const [name, figure] of Object.entries(figures)) assert.ok(Number.isFinite(figure) && figure > 0, name)
})
