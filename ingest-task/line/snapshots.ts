/** Requests snapshots of the boards, one at a time and not too often. A value, like the sequencer. */
import type { Millis } from '../../market/units.ts'
import { backoff } from '../retry-backoff.ts'

/** After so long without a snapshot, the next is requested at once, milliseconds. */
const QUIET = 10_000
/**
 * Longest wait before a snapshot that follows another soon, milliseconds. The waits grow, so that a line that sends
 * unusable data is not asked without end.
 */
const LONGEST_WAIT = 2000

export interface Snapshots {
  /** No snapshot is needed: boards are whole up to the sequencer's last frame. */
  readonly whole: boolean
  /** Snapshots requested. */
  readonly count: number
  /** The connection that was asked; undefined while no request is under way. */
  readonly source: number | undefined
  /** By connection: snapshots that it still has to send. Only the last one of them answers the latest request. */
  readonly due: readonly number[]
  /** A request is planned; the timer is running. */
  readonly planned: boolean
  /** When the latest snapshot was requested, real time, ms. */
  readonly requestedAt: Millis
  /** Snapshots requested since the last quiet time. */
  readonly recent: number
  /** When the source last sent a part, real time, ms. */
  readonly answeredAt: Millis
}

export function createSnapshots(connections: number): Snapshots {
  return {
    whole: false,
    count: 0,
    source: undefined,
    due: new Array<number>(connections).fill(0),
    planned: false,
    requestedAt: -Infinity,
    recent: 0,
    answeredAt: 0,
  }
}

/**
 * Plans the request of a snapshot.
 * @returns the snapshots, and the wait to start the timer with (ms); undefined when the timer is running already.
 */
export function planSnapshot(
  snapshots: Snapshots,
  now: Millis,
  random: number,
): { readonly snapshots: Snapshots; readonly wait: Millis | undefined } {
  const recent = now - snapshots.requestedAt > QUIET ? 0 : snapshots.recent
  const wait = recent === 0 ? 0 : backoff(recent, LONGEST_WAIT, random)
  return {
    snapshots: { ...snapshots, whole: false, source: undefined, recent, planned: true },
    wait: snapshots.planned ? undefined : wait,
  }
}

/** Notes that the timer has ended, and that `connection` is asked; undefined while no connection is open. */
export function startSnapshot(snapshots: Snapshots, connection: number | undefined, now: Millis): Snapshots {
  if (connection === undefined) return { ...snapshots, planned: false, source: undefined }
  return {
    ...snapshots,
    planned: false,
    source: connection,
    due: snapshots.due.with(connection, snapshots.due[connection]! + 1),
    requestedAt: now,
    answeredAt: now,
    count: snapshots.count + 1,
    recent: snapshots.recent + 1,
  }
}

/** Notes that no snapshot is needed: the line goes on from a known position. */
export function skipSnapshot(snapshots: Snapshots): Snapshots {
  return { ...snapshots, whole: true }
}

/** Whether parts that this connection sends now belong to the snapshot requested last. */
export function isWanted({ source, due }: Snapshots, connection: number): boolean {
  return connection === source && due[connection] === 1
}

/** Notes that a connection sent a part of a snapshot. */
export function notePart(snapshots: Snapshots, connection: number, now: Millis): Snapshots {
  return connection === snapshots.source ? { ...snapshots, answeredAt: now } : snapshots
}

/** Notes the end of a snapshot. Boards are whole after the end of the snapshot requested last. */
export function endSnapshot(snapshots: Snapshots, connection: number): Snapshots {
  const due = snapshots.due.with(connection, Math.max(0, snapshots.due[connection]! - 1))
  if (!isWanted(snapshots, connection)) return { ...snapshots, due }
  return { ...snapshots, due, whole: true, source: undefined }
}

/** Drops the snapshots that a connection still had to send; it is gone. */
export function dropSnapshots(snapshots: Snapshots, connection: number): Snapshots {
  const due = snapshots.due.with(connection, 0)
  return { ...snapshots, due, source: connection === snapshots.source ? undefined : snapshots.source }
}

/** Returns the connection that has left the request without an answer for too long. */
export function overdueSnapshot(
  { source, answeredAt }: Snapshots,
  answerTimeout: Millis,
  now: Millis,
): number | undefined {
  return now - answeredAt > answerTimeout ? source : undefined
}

/** Starts the waiting time again, after nothing could be read for a while. */
export function restartSnapshotTime(snapshots: Snapshots, now: Millis): Snapshots {
  return { ...snapshots, answeredAt: now }
}
