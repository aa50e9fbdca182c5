import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEndedDates } from '../../client/ended-dates.ts'
import type { Phase } from '../../market/market-event.ts'

test('a date has ended with its last phase, or with any phase of a later date', () => {
  const ended = createEndedDates()
  const after = (time: string, phase: Phase): string => {
    ended.phase({ type: 'phase', time: `${time}:00.000000+09:00`, phase })
    return ended.latest
  }
  assert.equal(ended.latest, '')
  assert.deepEqual(
    [
      after('2026-11-30T15:25', 'closing'),
      after('2026-11-30T15:30', 'wind-down'),
      after('2026-11-30T16:30', 'closed'),
      // A date starts with the phase closed.
      after('2026-12-01T00:00', 'closed'),
      after('2026-12-02T07:30', 'warm-up'),
      after('2026-12-01T16:30', 'closed'),
    ],
    ['2026-11-29', '2026-11-29', '2026-11-30', '2026-11-30', '2026-12-01', '2026-12-01'],
  )
})
