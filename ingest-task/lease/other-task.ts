/** What a task knows of the other tasks of its line. */
import type { Millis } from '../../market/units.ts'
import { hasCandidate } from './candidates.ts'
import { hasStandby } from './lease-holding.ts'
import { LEASE_MS, type LeaseState } from './lease-state.ts'

/** Whether another task of the line works, as far as the table shows: it publishes, or it could take the lease. */
export function otherWorks(state: LeaseState, now: Millis): boolean {
  const { role, seen } = state
  // While the line is down for every task, the holder renews and does not work.
  if (role === 'standing-by')
    return seen?.lease?.released === false && seen.lease.works && now - seen.since < LEASE_MS
  if (role !== 'holding' && role !== 'draining') return false
  return hasStandby(state, now) || hasCandidate(state, now)
}
