import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asEpochMillis } from '../../../market/units.ts'
import { longestGap } from './longest-gap.ts'

const ARRIVALS = [100, 200, 900, 1_000, 4_000, 4_100].map(asEpochMillis)

test('a gap counts from the arrival before an act, and until the next act starts', () => {
  const gaps = (starts: readonly number[]) =>
    starts.map((start, index) => longestGap(ARRIVALS, asEpochMillis(start), starts[index + 1] ?? Infinity))
  assert.deepEqual(gaps([150]), [3_000])
  assert.deepEqual(gaps([300, 950]), [700, 3_000])
  // The second act starts 10 ms after an arrival. Its gap is not one of the first act.
  assert.deepEqual(gaps([300, 1_010]), [700, 3_000])
  // The second act starts within a gap, which may be a consequence of either act.
  assert.deepEqual(gaps([950, 3_500]), [2_500, 3_000])
  assert.deepEqual(gaps([4_100]), [0])
  assert.equal(longestGap([], asEpochMillis(5), Infinity), 0)
})
