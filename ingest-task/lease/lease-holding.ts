/** What a task does with the lease that it holds: renews it, hands it over, or finds that it was overtaken. */
import type { EpochMillis, Millis } from '../../market/units.ts'
import type { Lease } from '../../tables/control/lease-item.ts'
import type { Standby } from '../../tables/control/standby-item.ts'
import { seeksCandidate, yieldsToCandidate } from './candidates.ts'
import {
  CONFIRMED_FRESH_MS,
  DOUBT_MS,
  HAND_OVER_DRAIN_MS,
  LAST_DRAIN_MS,
  LEASE_MS,
  type LeaseState,
  LOOK_MS,
  LOST_LINE_MS,
  MUTE_MS,
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
  TROUBLED_FRESH_MS,
} from './lease-state.ts'
import { end, type Turn } from './lease-turn.ts'

/**
 * Whether a holder may put envelopes. After a freeze it may not, until it has asked the table: another task may hold the lease.
 * A table that does not answer says nothing, so the holder goes on; epochs fence it.
 */
export function mayPut(state: LeaseState, now: Millis): boolean {
  const { role, confirmedAt, failedAt } = state
  const publishes = role === 'draining' || (role === 'holding' && !isMute(state, now))
  return publishes && now - Math.max(confirmedAt, failedAt) < LEASE_MS
}

/**
 * Whether a holder puts nothing because it has lost its line and the table. It has nothing new to publish, and cannot hand over. A
 * standby that finds no envelope of the line in the stream takes over.
 */
function isMute(state: LeaseState, now: Millis): boolean {
  const { silentMs, troubledMs } = state.observed
  // A line is also silent while it is paused, because too much waits to be put.
  const isLost = troubledMs >= TROUBLE_MS && silentMs >= LOST_LINE_MS
  return isLost && silentMs < LOST_LINE_MS + MUTE_MS && isBlind(state, now)
}

/** Whether the table has not answered a holder for longer than a lease lasts. */
function isBlind({ confirmedAt, failedAt }: LeaseState, now: Millis): boolean {
  return now - confirmedAt > LEASE_MS && failedAt > confirmedAt
}

/** Whether a holder knows a ready standby that lives: its beat has changed in the last `freshMs`. */
export function hasStandby(
  { standby }: LeaseState,
  now: Millis,
  freshMs: Millis = STANDBY_FRESH_MS,
): boolean {
  if (standby?.changedAt === undefined) return false
  return standby.read.ready && now - standby.changedAt < freshMs
}

/**
 * Starts to publish in an epoch.
 * @param confirmedAt when the table was asked for the lease; undefined if the table did not answer, and the stream was silent.
 */
export function hold(
  state: LeaseState,
  epoch: EpochMillis,
  confirmedAt: Millis | undefined,
  turn: Turn,
): LeaseState {
  const { place, observed } = state
  const isWarm = state.role === 'standing-by' && observed.ready && place !== undefined
  turn.effects.push(isWarm ? { kind: 'promote', epoch, place } : { kind: 'begin', epoch })
  const held = { ...state, role: 'holding', epoch, beat: 0, isAskingStandby: false } as const
  if (confirmedAt === undefined) return { ...held, isConfirmed: false, failedAt: turn.now }
  return confirm(held, confirmedAt)
}

/** Does what is due of a holder. */
export function tickHolder(state: LeaseState, turn: Turn): LeaseState {
  const renewed = state.isConfirmed ? renew(state, turn) : readBeforeTaking(state, turn)
  return handOverIfTroubled(askStandby(look(renewed, turn), turn), turn)
}

export function renew(state: LeaseState, turn: Turn): LeaseState {
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

export function noteRenewal(state: LeaseState, isRenewed: boolean, askedAt: Millis, turn: Turn): LeaseState {
  // The answer to an earlier attempt to release the lease may have been lost.
  if (!isRenewed) return end(state, state.releases > 0 ? 'handed over' : 'overtaken', turn)
  if (state.releases > 0) return end(state, 'handed over', turn)
  return { ...state, confirmedAt: askedAt }
}

export function noteFailure(state: LeaseState, askedAt: Millis, turn: Turn): LeaseState {
  if (state.releases >= RELEASE_ATTEMPTS) return end(state, 'handed over', turn)
  return { ...noteUnanswered(state, askedAt, turn.now), renewAskedAt: turn.now - RENEW_MS + RETRY_MS }
}

/** Notes that the table did not answer a holder. */
export function noteUnanswered(state: LeaseState, askedAt: Millis, now: Millis): LeaseState {
  // An attempt that ends later was frozen with the task, and says nothing about the table of now.
  return { ...state, failedAt: Math.min(now, askedAt + REQUEST_LIMIT_MS + TICK_MS) }
}

/** Takes the lease for a holder that started without the table, unless the table knows a newer epoch. */
export function takeAfterRead(state: LeaseState, lease: Lease | undefined, turn: Turn): LeaseState {
  const epoch = state.epoch!
  if (lease?.task === state.task) return confirm(state, state.readAskedAt)
  if (lease !== undefined && lease.epoch > epoch) return end(state, 'overtaken', turn)
  turn.effects.push({ kind: 'take', epoch, seen: lease })
  return { ...state, isTaking: true }
}

export function confirm(state: LeaseState, askedAt: Millis): LeaseState {
  return { ...state, isConfirmed: true, confirmedAt: askedAt, renewAskedAt: askedAt }
}

function readBeforeTaking(state: LeaseState, turn: Turn): LeaseState {
  if (state.isReading || state.isTaking || turn.now - state.readAskedAt < RENEW_MS) return state
  turn.effects.push({ kind: 'read' })
  return { ...state, isReading: true, readAskedAt: turn.now }
}

/** Looks into the stream for a newer epoch while the table does not answer. */
function look(state: LeaseState, turn: Turn): LeaseState {
  const { now } = turn
  if (!isBlind(state, now) || state.isLooking || now - state.lookedAt < LOOK_MS) return state
  turn.effects.push({ kind: 'look' })
  return { ...state, isLooking: true, lookedAt: now }
}

function askStandby(state: LeaseState, turn: Turn): LeaseState {
  const { silentMs, troubledMs } = state.observed
  const interval = Math.max(silentMs, troubledMs) > DOUBT_MS ? READ_MS : STANDBY_MS
  if (state.isAskingStandby || turn.now - state.standbyAskedAt < interval) return state
  turn.effects.push({ kind: 'read-standby', withCandidate: seeksCandidate(state) })
  return { ...state, isAskingStandby: true, standbyAskedAt: turn.now }
}

export function noteStandby(state: LeaseState, read: Standby | undefined, turn: Turn): LeaseState {
  if (state.role !== 'holding' || read === undefined || read.task === state.task) return state
  const known = state.standby
  if (known === undefined) return { ...state, standby: { read, changedAt: undefined } }
  const isSame = known.read.task === read.task && known.read.beat === read.beat
  return { ...state, standby: { read, changedAt: isSame ? known.changedAt : turn.now } }
}

/**
 * Hands over to a ready standby if the holder has no line, no stream or no whole boards, and to a candidate if that lasts. Without
 * the table it keeps the lease: it
 * could not release it, and nobody would publish. It goes on when its trouble is over, or hands over when the table is back.
 */
function handOverIfTroubled(state: LeaseState, turn: Turn): LeaseState {
  const { now } = turn
  if (state.role !== 'holding' || !tableAnswers(state, now)) return state
  if (!yieldsToStandby(state, now) && !yieldsToCandidate(state, now)) return state
  turn.effects.push({ kind: 'drain', milliseconds: TROUBLED_DRAIN_MS, isLast: false })
  return { ...state, role: 'draining' }
}

function yieldsToStandby(state: LeaseState, now: Millis): boolean {
  if (!hasStandby(state, now, TROUBLED_FRESH_MS)) return false
  const { troubledMs, silentMs, position } = state.observed
  // A line that is silent for every task has nothing to say.
  const isCut = silentMs >= TROUBLE_MS && state.standby!.read.position > position
  return troubledMs >= TROUBLE_MS || isCut
}

/** Whether the table answers the renewals of a holder. */
function tableAnswers({ confirmedAt, failedAt }: LeaseState, now: Millis): boolean {
  return confirmedAt > failedAt && now - confirmedAt < CONFIRMED_FRESH_MS
}

/** Ends a holder in good order. */
export function stopHolder(state: LeaseState, turn: Turn): LeaseState {
  const isLast = !hasStandby(state, turn.now)
  turn.effects.push({ kind: 'drain', milliseconds: isLast ? LAST_DRAIN_MS : HAND_OVER_DRAIN_MS, isLast })
  return { ...state, role: 'draining' }
}
