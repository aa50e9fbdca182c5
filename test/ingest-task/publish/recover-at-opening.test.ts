import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RECOVERY_TIME_LIMIT, readPublished } from '../../../ingest-task/publish/recover.ts'
import type { Tick } from '../../../market/tick.ts'
import { STREAM } from '../ingest-stream.ts'
import { LANES, LINES, openOpening } from './opening-stream.ts'

/** Bytes that a shard returns a second to all its readers. */
const READ_RATE = 2 * 1024 * 1024
/** Longest time in which a shard may return what three tasks read, seconds: half of the time that a task has. */
const LIMIT = RECOVERY_TIME_LIMIT / 2000
const bySequence = (a: Tick, b: Tick): number => a.sequence - b.sequence

test('three tasks that start at once at the opening find all that was published, within the read limit', async t => {
  const opening = await openOpening(1, 2_000)
  t.after(() => opening.close())
  assert.ok(opening.bytesPerSecond > 1_000_000, `${opening.bytesPerSecond} bytes a second`)
  await Promise.all(
    LINES.map(async line => {
      const published = await readPublished({
        client: opening.client,
        streamName: STREAM,
        line,
        lanes: LANES,
        warn: reason => assert.fail(`line ${line}: ${reason}`),
      })
      const truth = opening.published.get(line)!
      assert.equal(published?.position, truth.position)
      assert.deepEqual(published.boards.toSorted(bySequence), [...truth.boards].sort(bySequence))
    }),
  )
  const seconds = opening.bytesRead() / READ_RATE
  t.diagnostic(`${seconds.toFixed(1)} s at the read limit, ${opening.refused()} reads refused`)
  assert.ok(opening.refused() > 0)
  assert.ok(seconds < LIMIT, `${seconds} s`)
})
