/**
 * The state machine of a task's lease, without a table, timers and clocks. docs/architecture.md draws a take-over.
 *
 * A task judges whether the holder lives by its own monotonic clock and by the beats it reads. The table decides between tasks
 * that disagree, and the epochs of envelopes fence a holder that does not know yet that it was overtaken.
 */
import type { EpochMillis, Millis } from '../../market/units.ts'
import type { Lease } from '../../tables/control/lease-item.ts'
import { noteCandidate } from './candidates.ts'
import {
  confirm,
  hold,
  noteFailure,
  noteRenewal,
  noteStandby,
  noteUnanswered,
  renew,
  stopHolder,
  takeAfterRead,
  tickHolder,
} from './lease-holding.ts'
import type { LeaseEffect, LeaseEvent, LeaseState } from './lease-state.ts'
import { end, type Turn } from './lease-turn.ts'
import { noteLook, noteRead, watch } from './lease-watching.ts'

/** Returns the state after an event, and what the driver has to do, in this order. */
export function step(
  state: LeaseState,
  event: LeaseEvent,
  now: Millis,
): { readonly state: LeaseState; readonly effects: readonly LeaseEffect[] } {
  if (state.role === 'ended') return { state, effects: [] }
  const effects: LeaseEffect[] = []
  return { state: takeEvent(state, event, { now, effects }), effects }
}

function takeEvent(state: LeaseState, event: LeaseEvent, turn: Turn): LeaseState {
  switch (event.kind) {
    case 'tick':
      return tick({ ...state, observed: event.observed }, event.clock, turn)
    case 'read':
      return takeRead({ ...state, isReading: false }, event.lease, turn)
    case 'read-failed':
      return noteUnread({ ...state, isReading: false }, turn)
    case 'took':
      return noteTake({ ...state, isTaking: false }, event, turn)
    case 'take-failed':
      return { ...noteUnread({ ...state, isTaking: false }, turn), readAskedAt: -Infinity }
    case 'renewed':
      return noteRenewal({ ...state, isRenewing: false }, event.isRenewed, event.askedAt, turn)
    case 'renew-failed':
      return noteFailure({ ...state, isRenewing: false }, event.askedAt, turn)
    case 'standby-asked':
      return noteCandidate(
        noteStandby({ ...state, isAskingStandby: false }, event.standby, turn),
        event.candidate,
        turn.now,
      )
    case 'looked':
      return takeLook({ ...state, isLooking: false }, event, turn)
    case 'stop':
      if (isWatching(state)) return end(state, 'stopped', turn)
      return state.role === 'holding' ? stopHolder(state, turn) : state
    case 'drained':
      if (state.role !== 'draining') return state
      return renew({ ...state, role: 'releasing', renewAskedAt: -Infinity }, turn)
  }
}

function isWatching({ role }: LeaseState): boolean {
  return role === 'starting' || role === 'standing-by'
}

function tick(state: LeaseState, clock: EpochMillis, turn: Turn): LeaseState {
  if (isWatching(state)) return watch(state, clock, turn)
  return state.role === 'holding' ? tickHolder(state, turn) : renew(state, turn)
}

function takeRead(state: LeaseState, lease: Lease | undefined, turn: Turn): LeaseState {
  if (isWatching(state)) return noteRead(state, lease, turn)
  return state.role === 'holding' && !state.isConfirmed ? takeAfterRead(state, lease, turn) : state
}

/** Notes that the table did not answer a task that does not hold the lease. */
function noteUnread(state: LeaseState, turn: Turn): LeaseState {
  const isUnconfirmed = state.role === 'holding' && !state.isConfirmed
  return isUnconfirmed ? noteUnanswered(state, state.readAskedAt, turn.now) : state
}

function noteTake(
  state: LeaseState,
  { isTaken, epoch, askedAt }: Extract<LeaseEvent, { kind: 'took' }>,
  turn: Turn,
): LeaseState {
  if (!isTaken) return { ...state, readAskedAt: -Infinity }
  if (isWatching(state)) return hold(state, epoch, askedAt, turn)
  return epoch === state.epoch && !state.isConfirmed ? confirm(state, askedAt) : state
}

function takeLook(
  state: LeaseState,
  { isRead, newest }: Extract<LeaseEvent, { kind: 'looked' }>,
  turn: Turn,
): LeaseState {
  if (isWatching(state)) return noteLook(state, isRead, newest)
  const isOvertaken = newest !== undefined && state.epoch !== undefined && newest > state.epoch
  return isOvertaken ? end(state, 'overtaken', turn) : state
}
