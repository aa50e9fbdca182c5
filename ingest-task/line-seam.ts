/**
 * The seam between a line's protocol and the rest: all that ingest-task knows of a line. `line/` is one
 * implementation, chosen in main.ts; docs/line-adapter.md tells how to write another.
 */
import type { IssueMaster, LineState, Phase } from '../market/market-event.ts'
import type { DayMicros, EpochMicros, Millis, TradingDate } from '../market/units.ts'

/** News as the line carries it. */
export interface News {
  /** Microseconds since midnight in Tokyo. */
  readonly time: DayMicros
  readonly headline: string
  readonly issues: readonly string[]
}

/** The market enters a phase. */
export interface PhaseStart {
  /** Microseconds since midnight in Tokyo. */
  readonly time: DayMicros
  readonly phase: Phase
}

/**
 * Where the line stands when a content has been taken, in the line's own numbering, from 1 on each trading date:
 * whatever came up to there has been delivered. 0 where nobody could go on from, as in the middle of a snapshot.
 */
interface Placed {
  readonly position: number
}

/** What a line yields, in its order. */
export type LineContent =
  /** The line carries this trading date from here on: after the position asked for, or, at 0, after a snapshot. */
  | ({ readonly kind: 'opened'; readonly tradingDate: TradingDate } & Placed)
  /**
   * Market messages, back to back; the bytes are the line's own and last as long as the call. Of a snapshot: the
   * whole board of every issue, at the sequence of its latest message.
   */
  | ({ readonly kind: 'messages'; readonly bytes: Uint8Array; readonly snapshot: boolean } & Placed)
  /** The snapshot is complete: messages after it go on where it stood. */
  | ({ readonly kind: 'snapshot-end' } & Placed)
  /** `unread`: why rows of it were left out, one reason each. */
  | ({
      readonly kind: 'issues'
      readonly issues: readonly IssueMaster[]
      readonly unread: readonly string[]
    } & Placed)
  | ({ readonly kind: 'news' } & News & Placed)
  | ({ readonly kind: 'phase' } & PhaseStart & Placed)
  /** Something that is no price, and that cannot be read however often it comes: passed over for this reason. */
  | ({ readonly kind: 'unread'; readonly reason: string } & Placed)
  /** Since a moment of market time, epoch µs. */
  | { readonly kind: 'state'; readonly state: LineState; readonly since: EpochMicros }

/** A connection has ended. */
export interface LineFailure {
  /** A or B. */
  readonly connection: string
  /** For counting: `socket`, `silent`, `zip-crc` … */
  readonly kind: string
  readonly message: string
}

export interface LineEvents {
  /**
   * Takes what the line yields.
   * @returns false when the messages cannot be read, which the line then brings again; what was read of them before
   * the bad one may come twice. A line that has nothing better to bring takes a snapshot.
   */
  deliver(content: LineContent): boolean
  /** A connection stands: A or B. */
  connected(connection: string): void
  /** A connection has ended, and will be tried again in so many milliseconds. */
  failed(failure: LineFailure, retryMilliseconds: Millis): void
}

/** Where another process has stopped: everything up to there is published. */
export interface ResumePoint {
  readonly tradingDate: TradingDate
  readonly position: number
  /** Of the newest tick published: microseconds since midnight in Tokyo. */
  readonly time: DayMicros
}

/** Totals since the line was opened. */
export interface LineStats {
  readonly state: LineState
  /** Market time at which that state began, epoch µs. */
  readonly since: EpochMicros
  /** Real milliseconds since the line was last heard; absent before the first time. */
  readonly silentMilliseconds?: Millis
  readonly bytes: number
  readonly frames: number
  /** Tries to connect. */
  readonly connects: number
  readonly gaps: number
  /** Frames that one connection brought twice. */
  readonly repeats: number
  /** Requests to send frames again, and those of them that the line refused. */
  readonly resends: number
  readonly refused: number
  readonly snapshots: number
  /** Frames by the connection that brought them first. */
  readonly wins: Readonly<Record<string, number>>
  readonly pausedMilliseconds: Millis
  /** Ended connections by kind of reason. */
  readonly errors: Readonly<Record<string, number>>
}

/** A line for as long as the process lives. */
export interface Line {
  readonly stats: LineStats
  /** Stops reading, so that the line's own end has to wait. */
  pause(): void
  resume(): void
  /** Logs out in order. The state is `stale` then. */
  close(): Promise<void>
}

/** Opens the line at once; `resume` is where to go on, if the line still can. */
export type OpenLine = (events: LineEvents, resume?: ResumePoint) => Line
