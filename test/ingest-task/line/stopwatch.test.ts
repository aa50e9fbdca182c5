import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Stopwatch } from '../../../ingest-task/line/stopwatch.ts'

/** Timers may fire a millisecond early. */
const RUN_MS = 40
const AT_LEAST = RUN_MS - 1

test('a stopwatch adds its runs up, and counts nothing between them', async () => {
  const watch = new Stopwatch()
  assert.deepEqual([watch.isRunning, watch.milliseconds], [false, 0])
  for (let runs = 1; runs <= 3; runs++) {
    watch.start()
    assert.ok(watch.isRunning)
    await wait(RUN_MS)
    // A second start does not begin again.
    watch.start()
    assert.ok(watch.milliseconds >= runs * AT_LEAST, 'the current run counts')
    watch.stop()
    const { milliseconds } = watch
    assert.ok(!watch.isRunning)
    await wait(RUN_MS)
    watch.stop()
    assert.equal(watch.milliseconds, milliseconds)
  }
})
