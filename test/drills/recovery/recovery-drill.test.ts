import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runRecovery } from './recovery-drill.ts'

/** A morning. */
const TICKS = 400

test('failed batches, a lost table and a lost day come back, and every answer is as before', async () => {
  const { batches, items, ticks, missing, differing } = await runRecovery(1, TICKS)
  assert.deepEqual({ missing, differing }, { missing: 0, differing: 0 })
  assert.ok(batches > 0 && items > 0, `${batches} batches, ${items} items`)
  assert.equal(ticks, TICKS)
})
