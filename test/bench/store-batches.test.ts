import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEALS, openingBatches } from '../../bench/store-batches.ts'
import { LANES, SHARDS_AWAKE, STORE_WINDOW_SECONDS } from '../../cdk/sizing.ts'
import { decodeHeader } from '../../market/codec/envelope.ts'
import { LINES, laneName } from '../../market/lane.ts'

const LANES_A_SHARD = (LINES * LANES) / SHARDS_AWAKE

test('batches of a quiet market last one window and contain every lane once', () => {
  const batches = openingBatches({ ticksPerSecond: 100, seconds: STORE_WINDOW_SECONDS + 5 })
  const most = { apart: 1, met: 2, together: LANES_A_SHARD }
  for (const deal of DEALS) {
    const lanes = batches[deal].flatMap(batch => batch.lanes)
    assert.equal(lanes.length, LINES * LANES)
    assert.equal(new Set(lanes).size, lanes.length)
    assert.equal(Math.max(...batches[deal].map(batch => batch.lanes.length)), most[deal])
    for (const { lanes, records, seconds } of batches[deal]) {
      assert.ok(seconds >= STORE_WINDOW_SECONDS)
      assert.ok(records.length > 0)
      for (const { bytes } of records) {
        const { line, lane } = decodeHeader(bytes).header
        assert.ok(lanes.includes(laneName(line, lane)))
      }
    }
  }
})

test('a market that ends before its batches are full is an error', () => {
  assert.throws(() => openingBatches({ ticksPerSecond: 200, seconds: 1 }), /expected 1 s to fill the batch/)
})
