/** Takes snapshots, one at a time and not too often, from whichever connection can give one. */
import { backoff } from '../put-backoff.ts'

/** After so long without a snapshot, the next is asked for at once, milliseconds. */
const QUIET = 10_000
/** Else it waits a little longer each time, but no longer than this: a line that sends nonsense is not asked without end. */
const LONGEST_WAIT = 2000

export interface Snapshots {
  /** Nothing is waited for: boards are whole up to the sequencer's last frame. */
  readonly whole: boolean
  readonly count: number
  /** Whole boards, please. */
  ask(): void
  /** None is needed: the line goes on from where another process stopped. */
  skip(): void
  /** Whether a snapshot frame of this connection belongs to the snapshot that is waited for. */
  takes(connection: number, now: number): boolean
  /** A snapshot of this connection is over: whether it is the one waited for. */
  ended(connection: number): boolean
  opened(): void
  closed(connection: number): void
  /** The connection that has left the request without an answer for too long. */
  overdue(now: number, answerTimeout: number): number | undefined
  /** Nobody could answer for a while, and that was not their fault. */
  excuse(now: number): void
  close(): void
}

/**
 * @param choose the connection to ask; undefined while none is open.
 * @param send asks it.
 */
export function createSnapshots(
  choose: () => number | undefined,
  send: (connection: number) => void,
): Snapshots {
  /** Snapshots that each connection still has to send; of several, only the last is as wanted. */
  const due = new Map<number, number>()
  let whole = false
  let count = 0
  /** The connection that was asked. */
  let source: number | undefined
  let timer: NodeJS.Timeout | undefined
  let askedAt = -Infinity
  /** Snapshots asked for since the last quiet time. */
  let recent = 0
  let heardAt = 0

  const start = (): void => {
    timer = undefined
    source = choose()
    if (source === undefined) return
    askedAt = performance.now()
    heardAt = askedAt
    count++
    recent++
    due.set(source, (due.get(source) ?? 0) + 1)
    send(source)
  }

  const ask = (): void => {
    whole = false
    source = undefined
    if (performance.now() - askedAt > QUIET) recent = 0
    timer ??= setTimeout(start, recent === 0 ? 0 : backoff(recent, LONGEST_WAIT))
  }

  const isLast = (connection: number): boolean => connection === source && due.get(connection) === 1

  return {
    get whole() {
      return whole
    },
    get count() {
      return count
    },
    ask,
    skip() {
      whole = true
    },
    takes(connection, now) {
      if (connection === source) heardAt = now
      return isLast(connection)
    },
    ended(connection) {
      const last = isLast(connection)
      due.set(connection, Math.max(0, (due.get(connection) ?? 0) - 1))
      if (last) {
        whole = true
        source = undefined
      }
      return last
    },
    opened() {
      if (!whole && source === undefined) ask()
    },
    closed(connection) {
      due.delete(connection)
      if (connection !== source) return
      source = undefined
      if (choose() !== undefined) ask()
    },
    overdue: (now, answerTimeout) => (now - heardAt > answerTimeout ? source : undefined),
    excuse(now) {
      heardAt = now
    },
    close: () => clearTimeout(timer),
  }
}
