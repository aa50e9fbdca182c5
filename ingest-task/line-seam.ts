/**
 * The interface between the protocol of a line and the rest of ingest-task. `line/` is one implementation, chosen in
 * ingest-main.ts; docs/line-adapter.md explains how to write another.
 */
import type { IssueMaster, LineState, Phase } from '../market/market-event.ts'
import type { DayMicros, EpochMicros, Millis, TradingDate } from '../market/units.ts'

/** News of the line. */
export interface News {
  readonly time: DayMicros
  readonly headline: string
  readonly issues: readonly string[]
}

/** The market enters a phase. */
export interface PhaseStart {
  readonly time: DayMicros
  readonly phase: Phase
}

/**
 * The position of the line after this content, in the line's own numbering, from 1 on each trading date: everything up
 * to there was delivered. 0 when no process could go on from here, as in the middle of a snapshot.
 */
interface Positioned {
  readonly position: number
}

/** Content of a line, in the order of the line. */
export type LineContent =
  /** The line carries this trading date: from the resume position on, or, at position 0, from a snapshot on. */
  | ({ readonly kind: 'opened'; readonly tradingDate: TradingDate } & Positioned)
  /**
   * Market messages, back to back. The bytes belong to the line and last as long as the call. In a snapshot: whole
   * boards, each with the counter of its issue's latest message.
   */
  | ({ readonly kind: 'messages'; readonly bytes: Uint8Array; readonly snapshot: boolean } & Positioned)
  /** The snapshot is complete; the next messages follow it. */
  | ({ readonly kind: 'snapshot-end' } & Positioned)
  /** The issue master. `unread`: a reason for every row that was left out. */
  | ({
      readonly kind: 'issues'
      readonly issues: readonly IssueMaster[]
      readonly unread: readonly string[]
    } & Positioned)
  | ({ readonly kind: 'news' } & News & Positioned)
  | ({ readonly kind: 'phase' } & PhaseStart & Positioned)
  /** Content other than prices that was unreadable each time it came, and is left out for this reason. */
  | ({ readonly kind: 'unread'; readonly reason: string } & Positioned)
  /** The state of the line, and the market time at which it began. */
  | { readonly kind: 'state'; readonly state: LineState; readonly since: EpochMicros }

/** Why a connection has ended. */
export interface LineFailure {
  /** A or B. */
  readonly connection: string
  /** Kind of reason, for counting: `socket`, `silent`, `zip-crc` … */
  readonly kind: string
  readonly message: string
}

export interface LineEvents {
  /**
   * Takes content of the line.
   * @returns false when messages cannot be read. The line then delivers them again, the readable ones too, or takes a
   * snapshot if it has no better copy.
   */
  deliver(content: LineContent): boolean
  /** Connection A or B is open. */
  connected(connection: string): void
  /** A connection has ended; the next attempt to connect comes after so many milliseconds. */
  failed(failure: LineFailure, retryMilliseconds: Millis): void
}

/** Where the previous process has stopped: everything up to there is published. */
export interface ResumePoint {
  readonly tradingDate: TradingDate
  readonly position: number
  /** Time of the newest tick published, microseconds since midnight in Tokyo. */
  readonly time: DayMicros
}

/** Totals since the line was opened. */
export interface LineStats {
  readonly state: LineState
  /** Market time at which that state began. */
  readonly since: EpochMicros
  /** Real milliseconds since the latest frame; absent before the first frame. */
  readonly silentMilliseconds?: Millis
  readonly bytes: number
  readonly frames: number
  /** Attempts to connect. */
  readonly connects: number
  readonly gaps: number
  /** Frames that one connection brought twice without a request. */
  readonly repeats: number
  /** Requests to send frames again. */
  readonly resends: number
  /** Requests that the line refused. */
  readonly refused: number
  readonly snapshots: number
  /** By connection: frames that it brought first. */
  readonly wins: Readonly<Record<string, number>>
  readonly pausedMilliseconds: Millis
  /** Ended connections by kind of reason. */
  readonly errors: Readonly<Record<string, number>>
}

/** An open line. It lives as long as the process. */
export interface Line {
  readonly stats: LineStats
  /** Stops reading, so that the line itself has to wait. */
  pause(): void
  resume(): void
  /** Logs out. The state is `stale` then. */
  close(): Promise<void>
}

/** An attempt to log in. The line calls one of the methods, once. */
export interface LoginAttempt {
  accepted(): void
  /** The line refused user or password. */
  refused(): void
  /** The attempt has ended without an answer to user and password. */
  unanswered(): void
}

/** Asked before each login: providers lock a user after some refused logins, and all lines have one user. */
export interface Logins {
  /** Returns the attempt that may be made now, or the wait before the next question (ms). Never fails. */
  admit(): Promise<LoginAttempt | Millis>
}

/** Opens the line at once. `resume`: where to go on, if the line still can. */
export type OpenLine = (events: LineEvents, resume?: ResumePoint) => Line
