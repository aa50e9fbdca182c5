/**
 * The state machine of a task's lease, without a table, timers and clocks. docs/architecture.md draws a take-over.
 *
 * A task judges whether the holder lives by its own monotonic clock and by the beats it reads. The table decides between tasks
 * that disagree, and the epochs of envelopes fence a holder that does not know yet that it was overtaken.
 */
import { asEpochMillis, type EpochMillis, type Millis } from '../../market/units.ts'
import type { Lease, PublishedPlace } from '../../tables/control/lease-item.ts'
import type { Standby } from '../../tables/control/standby-item.ts'
import {
  BLIND_START_MS,
  COLD_AFTER_MS,
  type EndReason,
  HAND_OVER_DRAIN_MS,
  LAST_DRAIN_MS,
  LEASE_MS,
  type LeaseEffect,
  type LeaseEvent,
  type LeaseState,
  LOOK_MS,
  READ_GAP_MS,
  READ_MS,
  RELEASE_ATTEMPTS,
  RENEW_MS,
  REQUEST_LIMIT_MS,
  RETRY_MS,
  STANDBY_FRESH_MS,
  STANDBY_MS,
  TICK_MS,
  TROUBLE_MS,
  TROUBLED_DRAIN_MS,
} from './lease-state.ts'

/** One step: its moment on the task's monotonic clock, real ms, and the effects collected so far. */
interface Turn {
  readonly now: Millis
  readonly effects: LeaseEffect[]
}

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

/**
 * Whether a holder may put envelopes. After a freeze it may not, until it has asked the table: another task may hold the lease.
 * A table that does not answer says nothing, so the holder goes on; epochs fence it.
 */
export function mayPut({ role, confirmedAt, failedAt }: LeaseState, now: Millis): boolean {
  const publishes = role === 'holding' || role === 'draining'
  return publishes && now - Math.max(confirmedAt, failedAt) < LEASE_MS
}

/** Whether a holder knows a ready standby that lives. */
export function hasStandby({ standby }: LeaseState, now: Millis): boolean {
  if (standby?.changedAt === undefined) return false
  return standby.read.ready && now - standby.changedAt < STANDBY_FRESH_MS
}

function takeEvent(state: LeaseState, event: LeaseEvent, turn: Turn): LeaseState {
  switch (event.kind) {
    case 'tick':
      return tick({ ...state, observed: event.observed }, event.clock, turn)
    case 'read':
      return noteRead({ ...state, isReading: false }, event.lease, turn)
    case 'read-failed':
      return { ...state, isReading: false }
    case 'took':
      return noteTake({ ...state, isTaking: false }, event, turn)
    case 'take-failed':
      return { ...state, isTaking: false, readAskedAt: -Infinity }
    case 'renewed':
      return noteRenewal({ ...state, isRenewing: false }, event, turn)
    case 'renew-failed':
      return noteFailure({ ...state, isRenewing: false }, event.askedAt, turn)
    case 'standby-asked':
      return noteStandby({ ...state, isAskingStandby: false }, event.standby, turn)
    case 'looked': {
      const { newest } = event
      const isOvertaken = newest !== undefined && state.epoch !== undefined && newest > state.epoch
      return isOvertaken ? end(state, 'overtaken', turn) : { ...state, isLooking: false }
    }
    case 'stop':
      return stop(state, turn)
    case 'drained':
      if (state.role !== 'draining') return state
      return renew({ ...state, role: 'releasing', renewAskedAt: -Infinity }, turn)
  }
}

function end(state: LeaseState, reason: EndReason, turn: Turn): LeaseState {
  turn.effects.push({ kind: 'end', reason })
  return { ...state, role: 'ended' }
}

function tick(state: LeaseState, clock: EpochMillis, turn: Turn): LeaseState {
  switch (state.role) {
    case 'starting':
    case 'standing-by':
      return watch(state, clock, turn)
    case 'holding':
      return handOverIfTroubled(askStandby(look(renew(state, turn), turn), turn), turn)
    case 'draining':
    case 'releasing':
      return renew(state, turn)
    case 'ended':
      return state
  }
}

/** Reads the lease, takes it when it is free, and stands by while another task holds it. */
function watch(before: LeaseState, clock: EpochMillis, turn: Turn): LeaseState {
  const { now } = turn
  let state = before
  const isBlind = state.role === 'starting' && now - state.startedAt >= BLIND_START_MS
  if (isBlind && state.readAt === -Infinity) state = standBy(state, turn)
  if (!state.isTaking && isFree(state, now)) {
    const seen = state.seen!.lease
    turn.effects.push({ kind: 'take', epoch: epochAfter(clock, seen, state.place), seen })
    state = { ...state, isTaking: true }
  } else if (!state.isReading && !state.isTaking && now - state.readAskedAt >= READ_MS) {
    turn.effects.push({ kind: 'read' })
    state = { ...state, isReading: true, readAskedAt: now }
  }
  return listStandby(state, turn)
}

function standBy(state: LeaseState, turn: Turn): LeaseState {
  if (state.role === 'standing-by') return state
  turn.effects.push({ kind: 'stand-by' })
  return { ...state, role: 'standing-by' }
}

/** Whether this task should take the lease now. */
function isFree({ seen, readAt, observed }: LeaseState, now: Millis): boolean {
  if (seen === undefined || now - readAt > READ_GAP_MS) return false
  const { lease, since } = seen
  if (lease === undefined) return true
  const quiet = now - since
  if (observed.ready) return lease.released || quiet >= LEASE_MS
  return quiet >= (lease.released ? LEASE_MS : COLD_AFTER_MS)
}

/** Returns an epoch later than every epoch before, whatever the clock says. */
function epochAfter(
  clock: EpochMillis,
  seen: Lease | undefined,
  place: PublishedPlace | undefined,
): EpochMillis {
  const before = [seen?.epoch ?? 0, ...(place?.lanes ?? []).map(({ epoch }) => epoch)]
  return asEpochMillis(Math.max(clock, ...before.map(epoch => epoch + 1)))
}

/** Writes that this task is ready, again and again, and once that it no longer is. */
function listStandby(state: LeaseState, turn: Turn): LeaseState {
  const { observed, role, isListed } = state
  const isReady = role === 'standing-by' && observed.ready
  const isDue = isReady ? turn.now - state.standbyAskedAt >= STANDBY_MS : isListed
  if (!isDue || state.isAskingStandby) return state
  const standbyBeat = state.standbyBeat + 1
  turn.effects.push({ kind: 'write-standby', ready: isReady, beat: standbyBeat })
  return { ...state, standbyBeat, isAskingStandby: true, standbyAskedAt: turn.now, isListed: isReady }
}

function noteRead(before: LeaseState, lease: Lease | undefined, turn: Turn): LeaseState {
  if (before.role !== 'starting' && before.role !== 'standing-by') return before
  const { now } = turn
  const isSame = before.seen !== undefined && isSameBeat(before.seen.lease, lease)
  const isWatched = now - before.readAt <= READ_GAP_MS
  const since = isSame && isWatched ? before.seen!.since : now
  const state = {
    ...before,
    readAt: now,
    seen: { lease, since },
    place: latestPlace(before.place, lease?.published),
  }
  // The answer to an attempt to take the lease was lost, but not the attempt.
  if (lease?.task === state.task) return hold(state, lease.epoch, before.readAskedAt, turn)
  // The holder lives.
  return before.seen !== undefined && !isSame && lease?.released === false ? standBy(state, turn) : state
}

function isSameBeat(a: Lease | undefined, b: Lease | undefined): boolean {
  return a?.epoch === b?.epoch && a?.beat === b?.beat && a?.released === b?.released
}

/** Returns the further place. A late write may have put an earlier place into the item. */
function latestPlace(
  a: PublishedPlace | undefined,
  b: PublishedPlace | undefined,
): PublishedPlace | undefined {
  if (a === undefined || b === undefined) return a ?? b
  if (a.tradingDate !== b.tradingDate) return a.tradingDate > b.tradingDate ? a : b
  return a.position > b.position ? a : b
}

function noteTake(
  state: LeaseState,
  { isTaken, epoch, askedAt }: { isTaken: boolean; epoch: EpochMillis; askedAt: Millis },
  turn: Turn,
): LeaseState {
  if (!isTaken) return { ...state, readAskedAt: -Infinity }
  return state.role === 'starting' || state.role === 'standing-by' ? hold(state, epoch, askedAt, turn) : state
}

/** Starts to publish in an epoch. */
function hold(state: LeaseState, epoch: EpochMillis, confirmedAt: Millis, turn: Turn): LeaseState {
  const { place, observed } = state
  const isWarm = state.role === 'standing-by' && observed.ready && place !== undefined
  turn.effects.push(isWarm ? { kind: 'promote', epoch, place } : { kind: 'begin', epoch })
  return {
    ...state,
    role: 'holding',
    epoch,
    beat: 0,
    confirmedAt,
    renewAskedAt: confirmedAt,
    isAskingStandby: false,
  }
}

function renew(state: LeaseState, turn: Turn): LeaseState {
  const { now } = turn
  if (state.isRenewing || now - state.renewAskedAt < RENEW_MS) return state
  const released = state.role === 'releasing'
  const beat = state.beat + 1
  turn.effects.push({ kind: 'renew', epoch: state.epoch!, beat, released })
  return {
    ...state,
    beat,
    isRenewing: true,
    renewAskedAt: now,
    releases: state.releases + (released ? 1 : 0),
  }
}

function noteRenewal(
  state: LeaseState,
  { isRenewed, askedAt }: { isRenewed: boolean; askedAt: Millis },
  turn: Turn,
): LeaseState {
  // The answer to an earlier attempt to release the lease may have been lost.
  if (!isRenewed) return end(state, state.releases > 0 ? 'handed over' : 'overtaken', turn)
  if (state.releases > 0) return end(state, 'handed over', turn)
  return { ...state, confirmedAt: askedAt }
}

function noteFailure(state: LeaseState, askedAt: Millis, turn: Turn): LeaseState {
  if (state.releases >= RELEASE_ATTEMPTS) return end(state, 'handed over', turn)
  // An attempt that ends later was frozen with the task, and says nothing about the table of now.
  const failedAt = Math.min(turn.now, askedAt + REQUEST_LIMIT_MS + TICK_MS)
  return { ...state, failedAt, renewAskedAt: turn.now - RENEW_MS + RETRY_MS }
}

/** Looks into the stream for a newer epoch while the table does not answer. */
function look(state: LeaseState, turn: Turn): LeaseState {
  const { now } = turn
  const isBlind = now - state.confirmedAt > LEASE_MS && state.failedAt > state.confirmedAt
  if (!isBlind || state.isLooking || now - state.lookedAt < LOOK_MS) return state
  turn.effects.push({ kind: 'look' })
  return { ...state, isLooking: true, lookedAt: now }
}

function askStandby(state: LeaseState, turn: Turn): LeaseState {
  if (state.isAskingStandby || turn.now - state.standbyAskedAt < STANDBY_MS) return state
  turn.effects.push({ kind: 'read-standby' })
  return { ...state, isAskingStandby: true, standbyAskedAt: turn.now }
}

function noteStandby(state: LeaseState, read: Standby | undefined, turn: Turn): LeaseState {
  if (state.role !== 'holding' || read === undefined || read.task === state.task) return state
  const known = state.standby
  if (known === undefined) return { ...state, standby: { read, changedAt: undefined } }
  const isSame = known.read.task === read.task && known.read.beat === read.beat
  return { ...state, standby: { read, changedAt: isSame ? known.changedAt : turn.now } }
}

function handOverIfTroubled(state: LeaseState, turn: Turn): LeaseState {
  if (state.observed.troubledMs < TROUBLE_MS || !hasStandby(state, turn.now)) return state
  turn.effects.push({ kind: 'drain', milliseconds: TROUBLED_DRAIN_MS, isLast: false })
  return { ...state, role: 'draining' }
}

function stop(state: LeaseState, turn: Turn): LeaseState {
  switch (state.role) {
    case 'starting':
    case 'standing-by':
      return end(state, 'stopped', turn)
    case 'holding': {
      const isLast = !hasStandby(state, turn.now)
      const milliseconds = isLast ? LAST_DRAIN_MS : HAND_OVER_DRAIN_MS
      turn.effects.push({ kind: 'drain', milliseconds, isLast })
      return { ...state, role: 'draining' }
    }
    default:
      return state
  }
}
