/** The state of a task with regard to the lease of its line: one value, which lease-machine.ts steps from event to event. */
import { asEpochMillis, type EpochMillis, type Millis } from '../../market/units.ts'
import type { Candidate } from '../../tables/control/candidate-item.ts'
import type { Lease, PublishedPlace } from '../../tables/control/lease-item.ts'
import type { Standby } from '../../tables/control/standby-item.ts'

/** Time between two ticks of the machine, real ms. */
export const TICK_MS = 50
/** Time between two renewals of a holder, real ms. */
export const RENEW_MS = 250
/** Time between two reads of the lease by a task that does not hold it, real ms. */
export const READ_MS = 250
/** A lease without a new beat for so long, real ms, is free for a ready task. */
export const LEASE_MS = 1_000
/**
 * A task that is not ready takes a free lease later, real ms: a ready task goes first, because it starts within a moment. It
 * takes a released lease after {@link LEASE_MS}.
 */
export const COLD_AFTER_MS = 2_000
/**
 * A task that is proved, but not ready, takes a free lease so much later than a ready task, real ms, and sooner than a task that
 * may not work.
 */
export const PROVED_AFTER_MS = 500
/** Time from a failed renewal to the next attempt, real ms. */
export const RETRY_MS = 100
/** Most time for one request, real ms. DynamoDB usually answers within ten. */
export const REQUEST_LIMIT_MS = 400
/**
 * Time between two successful reads, real ms, above which the reader has not watched the lease: a beat that is unchanged then
 * means nothing, because the holder had no table either, or this task was frozen.
 */
export const READ_GAP_MS = READ_MS + REQUEST_LIMIT_MS + 100
/** Time between two writes of a ready standby, and between two reads of them by the holder, real ms. */
export const STANDBY_MS = 500
/** A holder whose line is silent, or that is in trouble, for so long, real ms, reads the standby as often as its lease. */
export const DOUBT_MS = 300
/** A standby without a new beat for so long, real ms, is not there. */
export const STANDBY_FRESH_MS = 1_500
/**
 * The same for a holder in trouble, real ms, which otherwise may hand over to a standby that has just died. It reads two beats of
 * a standby at most so far apart: each request is a tick late, and both together take 50 ms.
 */
export const TROUBLED_FRESH_MS = STANDBY_MS + READ_MS + 3 * TICK_MS
/**
 * A holder in trouble whose latest successful renewal was asked for longer ago, real ms, keeps the lease: the table may be away.
 * Renewals are a tick late, and DynamoDB answers far sooner than in 100 ms.
 */
export const CONFIRMED_FRESH_MS = RENEW_MS + TICK_MS + 100
/**
 * A holder that is in trouble for so long, real ms, hands over to a ready standby. A gap in the line is filled, and a put is
 * answered, in far less. A hand-over costs no tick, and 400 ms without prices.
 */
export const TROUBLE_MS = 700
/** Time between two looks of a task without a table into the stream, real ms. */
export const LOOK_MS = 1_000
/** Most time for the three requests of a look, real ms. */
export const LOOK_LIMIT_MS = 800
/** A task that cannot read the lease for so long, real ms, looks into the stream for a holder. */
export const BLIND_MS = 2_000
/**
 * Looks without an envelope of the line after which a task without a table publishes. A holder puts an envelope every three
 * seconds at least: the state of its line.
 */
export const SILENT_LOOKS = 5
/**
 * A task without a frame of its line for so long, real ms, has lost it. A connection ends after 4 s of silence (line-opener.ts),
 * so apps know by then that the line is stale.
 */
export const LOST_LINE_MS = 5_000
/**
 * Time for which a holder without line and table puts nothing, real ms: {@link SILENT_LOOKS} looks, one that found an earlier
 * envelope, and two for looks that start late. Then it repeats its state and issue master again: they must not fill its queue.
 */
export const MUTE_MS = (SILENT_LOOKS + 3) * LOOK_MS
/** Most time to publish what waits before the standby goes on, real ms. The standby publishes what is left. */
export const HAND_OVER_DRAIN_MS = 1_000
/** The same for a holder in trouble, real ms. */
export const TROUBLED_DRAIN_MS = 100
/** Time to publish the rest when no standby goes on, real ms: a fraction of a second, longer when the stream throttles. */
export const LAST_DRAIN_MS = 30_000
/** Attempts to release the lease. Without a release the standby waits {@link LEASE_MS}. */
export const RELEASE_ATTEMPTS = 3

/**
 * `starting`: watches the lease, and has not opened its line. `standing-by`: reads the line and keeps what the holder may not
 * have published. `holding`: publishes. `draining`: publishes the rest. `releasing`: publishes nothing more.
 */
export type Role = 'starting' | 'standing-by' | 'holding' | 'draining' | 'releasing' | 'ended'

/** The lease as it was read. */
export interface Seen {
  readonly lease: Lease | undefined
  /** Since when, by this task's reads without a gap, the lease has this epoch and beat. */
  readonly since: Millis
}

/** What the driver sees of the task itself. */
export interface Observed {
  /** Whether the task is proved, and has kept everything that the holder may not have published. */
  readonly ready: boolean
  /** Whether the line of a standby is live, its boards are whole, and the stream answers. */
  readonly proved: boolean
  /** Real ms for which the line was not live, no put was answered, or boards were not whole. 0: all is well. */
  readonly troubledMs: Millis
  /**
   * Real ms for which a holder in trouble has made no progress: no put was answered, or the line did not move. 0 while it reads
   * the stream back, which has a limit of its own (publish/recover.ts).
   */
  readonly stuckMs: Millis
  /** Real ms since the latest frame of the line. */
  readonly silentMs: Millis
  /** How far the line is read, in its own numbering; 0 without whole boards. */
  readonly position: number
}

export interface LeaseState {
  readonly task: string
  readonly role: Role
  /** By the latest tick. */
  readonly observed: Observed
  readonly startedAt: Millis
  readonly seen: Seen | undefined
  /** When the latest successful read of the lease was answered, and when the latest read was asked for. */
  readonly readAt: Millis
  readonly readAskedAt: Millis
  readonly isReading: boolean
  readonly isTaking: boolean
  /** The place up to which the line is published, as far as this task has read. */
  readonly place: PublishedPlace | undefined
  /** The epoch that this task holds; undefined before. */
  readonly epoch: EpochMillis | undefined
  /** Whether the table has given the epoch to this task. It has not, if the table was away. */
  readonly isConfirmed: boolean
  readonly beat: number
  readonly isRenewing: boolean
  readonly renewAskedAt: Millis
  /** When the latest renewal that succeeded was asked for. */
  readonly confirmedAt: Millis
  /** When the latest renewal without an answer, or with an error, ended, had the task not been frozen meanwhile. */
  readonly failedAt: Millis
  readonly releases: number
  readonly lookedAt: Millis
  readonly isLooking: boolean
  /** Looks in a row that have found no envelope of the line. */
  readonly silentLooks: number
  /** The newest epoch that a look has found; 0 without any. */
  readonly newestEpoch: EpochMillis
  /** The standby as the holder has read it, and when its beat changed; `changedAt` is undefined after the first read. */
  readonly standby: { readonly read: Standby; readonly changedAt: Millis | undefined } | undefined
  /** The candidate, in the same way. */
  readonly candidate: { readonly read: Candidate; readonly changedAt: Millis | undefined } | undefined
  readonly standbyAskedAt: Millis
  readonly isAskingStandby: boolean
  readonly standbyBeat: number
  /** Whether the item of the standby says that this task is ready. */
  readonly isListed: boolean
}

export function createLeaseState(task: string, now: Millis): LeaseState {
  return {
    task,
    role: 'starting',
    observed: { ready: false, proved: false, troubledMs: 0, stuckMs: 0, silentMs: 0, position: 0 },
    startedAt: now,
    seen: undefined,
    readAt: -Infinity,
    readAskedAt: -Infinity,
    isReading: false,
    isTaking: false,
    place: undefined,
    epoch: undefined,
    isConfirmed: false,
    beat: 0,
    isRenewing: false,
    renewAskedAt: -Infinity,
    confirmedAt: -Infinity,
    failedAt: -Infinity,
    releases: 0,
    lookedAt: -Infinity,
    isLooking: false,
    silentLooks: 0,
    newestEpoch: asEpochMillis(0),
    standby: undefined,
    candidate: undefined,
    standbyAskedAt: -Infinity,
    isAskingStandby: false,
    standbyBeat: 0,
    isListed: false,
  }
}

export type LeaseEvent =
  /** Comes every {@link TICK_MS}, later after a freeze. `clock`: the task's own clock, which may be wrong. */
  | { readonly kind: 'tick'; readonly observed: Observed; readonly clock: EpochMillis }
  | { readonly kind: 'read'; readonly lease: Lease | undefined }
  | { readonly kind: 'read-failed' }
  | {
      readonly kind: 'took'
      readonly isTaken: boolean
      readonly epoch: EpochMillis
      readonly askedAt: Millis
    }
  /** Whether the lease was taken is unknown. */
  | { readonly kind: 'take-failed' }
  | { readonly kind: 'renewed'; readonly isRenewed: boolean; readonly askedAt: Millis }
  /** Whether the lease was renewed is unknown. */
  | { readonly kind: 'renew-failed'; readonly askedAt: Millis }
  /** The item of the standby or the candidate was read (holder) or written (standby). Undefined: unknown, or there is none. */
  | {
      readonly kind: 'standby-asked'
      readonly standby: Standby | undefined
      readonly candidate: Candidate | undefined
    }
  /**
   * `isRead`: the stream was read since the look before. `newest`: the newest epoch of the line in this part; undefined without
   * any.
   */
  | { readonly kind: 'looked'; readonly isRead: boolean; readonly newest: EpochMillis | undefined }
  /** The task is asked to end. */
  | { readonly kind: 'stop' }
  /** The `drain` effect is done, or its time is over. */
  | { readonly kind: 'drained' }

/** Why a task ends. */
export type EndReason = 'overtaken' | 'handed over' | 'stopped'

export type LeaseEffect =
  | { readonly kind: 'read' }
  /** Take the lease as it was seen. */
  | { readonly kind: 'take'; readonly epoch: EpochMillis; readonly seen: Lease | undefined }
  | { readonly kind: 'renew'; readonly epoch: EpochMillis; readonly beat: number; readonly released: boolean }
  | { readonly kind: 'write-standby'; readonly ready: boolean; readonly beat: number }
  | { readonly kind: 'write-candidate'; readonly beat: number }
  | { readonly kind: 'read-standby'; readonly withCandidate: boolean }
  /** Look into the stream for epochs of the line. */
  | { readonly kind: 'look' }
  /** Open the line, and keep what the holder may not have published. */
  | { readonly kind: 'stand-by' }
  /** Publish what was kept after `place`, and go on live. */
  | { readonly kind: 'promote'; readonly epoch: EpochMillis; readonly place: PublishedPlace }
  /** Read from the stream what is published, or take a snapshot, and publish from there. */
  | { readonly kind: 'begin'; readonly epoch: EpochMillis }
  /**
   * Publish what was received so far, and nothing after it. `isLast`: no standby goes on, so the line becomes stale. A `drained`
   * event must follow.
   */
  | { readonly kind: 'drain'; readonly milliseconds: Millis; readonly isLast: boolean }
  | { readonly kind: 'end'; readonly reason: EndReason }
