/** One step of the state machine of the lease. */
import type { Millis } from '../../market/units.ts'
import type { EndReason, LeaseEffect, LeaseState } from './lease-state.ts'

/** The moment of a step on the task's monotonic clock, real ms, and the effects collected so far. */
export interface Turn {
  readonly now: Millis
  readonly effects: LeaseEffect[]
}

export function end(state: LeaseState, reason: EndReason, turn: Turn): LeaseState {
  turn.effects.push({ kind: 'end', reason })
  return { ...state, role: 'ended' }
}
