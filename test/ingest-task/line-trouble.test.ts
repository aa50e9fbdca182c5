import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LineStats } from '../../ingest-task/line-seam.ts'
import { createLineTrouble } from '../../ingest-task/line-trouble.ts'
import { EMPTY_STATS } from './empty-stats.ts'

const statsOf = (state: LineStats['state'], silentMilliseconds = 0): LineStats => ({
  ...EMPTY_STATS.line,
  state,
  silentMilliseconds,
})

test('a line is in trouble while it is not live, from the first look on', () => {
  const trouble = createLineTrouble()
  assert.equal(trouble(statsOf('recovering'), 1_000), 0)
  assert.equal(trouble(statsOf('stale'), 1_300), 300)
  assert.equal(trouble(statsOf('live'), 1_400), 0)
  assert.equal(trouble(statsOf('recovering'), 1_500), 0)
  assert.equal(trouble(statsOf('recovering'), 1_600), 100)
})

test('a live line is in trouble once its heartbeat is late', () => {
  const trouble = createLineTrouble()
  assert.equal(trouble(statsOf('live', 1_100), 5_000), 0)
  assert.equal(trouble(statsOf('live', 1_101), 5_001), 1_101)
  assert.equal(trouble(statsOf('live', 3), 5_002), 0)
})
