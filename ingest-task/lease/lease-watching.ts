/** What a task does while another task may hold the lease: watches it, shows that it is ready, and takes the lease. */
import { fnv1a } from '../../market/hash.ts'
import { asEpochMillis, type EpochMillis, type Millis } from '../../market/units.ts'
import type { Lease, PublishedPlace } from '../../tables/control/lease-item.ts'
import { listCandidate } from './candidates.ts'
import { hold } from './lease-holding.ts'
import {
  BLIND_MS,
  COLD_AFTER_MS,
  LEASE_MS,
  type LeaseState,
  LOOK_MS,
  LOST_LINE_MS,
  PROVED_AFTER_MS,
  READ_GAP_MS,
  READ_MS,
  SILENT_LOOKS,
  STANDBY_MS,
} from './lease-state.ts'
import type { Turn } from './lease-turn.ts'

/** Epochs of tasks that start without the table at once differ, because each adds up to so much to its clock, ms. */
const EPOCH_SPREAD_MS = 1_000

/** Reads the lease, takes it when it is free, and stands by while another task holds it. */
export function watch(before: LeaseState, clock: EpochMillis, turn: Turn): LeaseState {
  const { now } = turn
  let state = isBlind(before, now) ? lookAround(standBy(before, turn), turn) : { ...before, silentLooks: 0 }
  if (state.silentLooks >= SILENT_LOOKS) {
    const spread = fnv1a(state.task) % EPOCH_SPREAD_MS
    return hold(state, asEpochMillis(epochAfter(clock, state) + spread), undefined, turn)
  }
  if (!state.isTaking && isFree(state, now)) {
    turn.effects.push({ kind: 'take', epoch: epochAfter(clock, state), seen: state.seen?.lease })
    state = { ...state, isTaking: true }
  } else if (!state.isReading && !state.isTaking && now - state.readAskedAt >= READ_MS) {
    turn.effects.push({ kind: 'read' })
    state = { ...state, isReading: true, readAskedAt: now }
  }
  return listCandidate(listStandby(state, turn), turn)
}

/** Whether the table has not answered this task for so long that it looks into the stream. */
function isBlind({ readAt, startedAt }: LeaseState, now: Millis): boolean {
  return now - Math.max(readAt, startedAt) >= BLIND_MS
}

/** Looks into the stream whether any task publishes the line. */
function lookAround(state: LeaseState, turn: Turn): LeaseState {
  if (state.isLooking || turn.now - state.lookedAt < LOOK_MS) return state
  turn.effects.push({ kind: 'look' })
  return { ...state, isLooking: true, lookedAt: turn.now }
}

/** @param newest newest epoch of the line in the part of the stream that was read; undefined without any. */
export function noteLook(state: LeaseState, isRead: boolean, newest: EpochMillis | undefined): LeaseState {
  // A holder may be silent because the line is. Then this task could not publish either.
  const hasLine = state.observed.silentMs < LOST_LINE_MS
  const silentLooks = hasLine && isRead && newest === undefined ? state.silentLooks + 1 : 0
  const newestEpoch = asEpochMillis(Math.max(state.newestEpoch, newest ?? 0))
  return { ...state, silentLooks, newestEpoch }
}

function standBy(state: LeaseState, turn: Turn): LeaseState {
  if (state.role === 'standing-by') return state
  turn.effects.push({ kind: 'stand-by' })
  return { ...state, role: 'standing-by' }
}

/** Whether this task should take the lease now. */
function isFree({ seen, readAt, observed, newestEpoch }: LeaseState, now: Millis): boolean {
  if (seen === undefined || now - readAt > READ_GAP_MS) return false
  const { lease, since } = seen
  const quiet = now - since
  // A task that published without the table takes the lease now.
  if (lease === undefined) return newestEpoch === 0 || quiet >= COLD_AFTER_MS
  if (observed.ready) return lease.released || quiet >= LEASE_MS
  if (observed.proved) return quiet >= PROVED_AFTER_MS + (lease.released ? 0 : LEASE_MS)
  return quiet >= (lease.released ? LEASE_MS : COLD_AFTER_MS)
}

/** Returns an epoch later than every epoch before, whatever the clock says. */
function epochAfter(clock: EpochMillis, { seen, place, newestEpoch }: LeaseState): EpochMillis {
  const before = [seen?.lease?.epoch ?? 0, newestEpoch, ...(place?.lanes ?? []).map(({ epoch }) => epoch)]
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

export function noteRead(before: LeaseState, lease: Lease | undefined, turn: Turn): LeaseState {
  const { now } = turn
  const isSame = before.seen !== undefined && isSameBeat(before.seen.lease, lease)
  const isWatched = now - before.readAt <= READ_GAP_MS
  const since = isSame && isWatched ? before.seen!.since : now
  const place = latestPlace(before.place, lease?.published)
  const state = { ...before, readAt: now, seen: { lease, since }, place }
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
