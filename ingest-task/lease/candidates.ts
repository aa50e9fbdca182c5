/**
 * Candidates: tasks that have proved that they work, but do not have everything after the place in the lease, because the holder
 * has published no place or has stood still since before they started. Without them a holder that cannot publish would keep the
 * lease for ever: no standby becomes ready while the place does not move.
 */
import type { Millis } from '../../market/units.ts'
import type { Candidate } from '../../tables/control/candidate-item.ts'
import { type LeaseState, STANDBY_MS, TROUBLE_MS, TROUBLED_FRESH_MS } from './lease-state.ts'
import type { Turn } from './lease-turn.ts'

/**
 * A holder that has made no progress for so long, real ms, hands over to a candidate, so the lease moves at most as often. The
 * next holder makes a cold start: it logs in and takes a snapshot, which takes some seconds.
 */
export const STUCK_MS = 10_000

/** Writes that this task is a candidate, again and again. */
export function listCandidate(state: LeaseState, turn: Turn): LeaseState {
  const { observed, role, isAskingStandby, standbyAskedAt, standbyBeat } = state
  const isCandidate = role === 'standing-by' && observed.proved && !observed.ready
  if (!isCandidate || isAskingStandby || turn.now - standbyAskedAt < STANDBY_MS) return state
  turn.effects.push({ kind: 'write-candidate', beat: standbyBeat + 1 })
  return { ...state, standbyBeat: standbyBeat + 1, isAskingStandby: true, standbyAskedAt: turn.now }
}

/** Whether a holder reads the candidate in addition to the standby. */
export function seeksCandidate({ observed }: LeaseState): boolean {
  return observed.stuckMs >= TROUBLE_MS
}

export function noteCandidate(state: LeaseState, read: Candidate | undefined, now: Millis): LeaseState {
  if (state.role !== 'holding' || read === undefined || read.task === state.task) return state
  const known = state.candidate
  const isSame = known?.read.task === read.task && known.read.beat === read.beat
  // The item may be that of a task that has ended, until a beat changes.
  const changedAt = known === undefined ? undefined : isSame ? known.changedAt : now
  return { ...state, candidate: { read, changedAt } }
}

/** Whether a holder knows a candidate that lives. */
export function hasCandidate({ candidate }: LeaseState, now: Millis): boolean {
  return candidate?.changedAt !== undefined && now - candidate.changedAt < TROUBLED_FRESH_MS
}

/** Whether a holder should hand over to a candidate, which begins without what the holder knows. */
export function yieldsToCandidate(state: LeaseState, now: Millis): boolean {
  return state.observed.stuckMs >= STUCK_MS && hasCandidate(state, now)
}
