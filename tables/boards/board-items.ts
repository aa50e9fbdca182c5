/**
 * Every kind of item in the boards table. `id` is the partition key; there is no sort key. Stored tables outlive code:
 * an attribute keeps its name, type and meaning.
 */
import type { EpochMillis, Millis, TradingDate } from '../../market/units.ts'
import { LINE_PREFIX, MASTER_PREFIX, type NEWS_ID, type PHASE_ID } from './boards-keys.ts'

/** The latest boards of a group of issues. board-groups.ts reads and writes it. */
export interface BoardGroupItem {
  /** `boards#17`, see {@link boardGroupId}. */
  readonly id: string
  /** Grows by 1 with every write. A writer replaces only the version that it has read. */
  readonly version: number
  /** Envelopes of kind `boards`, one for each line and trading date of the latest ticks. */
  readonly boards: readonly Uint8Array[]
}

/** The latest board of an issue, as release 0.1.0 wrote it. Readers need it until the group of the issue is written. */
export interface BoardItem {
  /** `issue#7203`, see {@link boardId}. */
  readonly id: string
  /** A pack of one tick: the latest of the issue. */
  readonly pack: Uint8Array
  /** Trading date and sequence of this tick: a writer compares them to find the newer of two boards. */
  readonly tradingDate: TradingDate
  readonly sequence: number
}

/** The phase of the market. */
export interface PhaseItem {
  readonly id: typeof PHASE_ID
  /** Time of the event: ISO 8601 with the Tokyo offset, which orders as text. */
  readonly since: string
  /** JSON of the phase event. */
  readonly event: string
}

/** The latest news. */
export interface NewsItem {
  readonly id: typeof NEWS_ID
  /** JSON array of news events, the latest first. */
  readonly events: string
}

/** The state of a line. line-record.ts reads and writes it. */
export interface LineItem {
  /** `line#1`, see {@link lineId}. */
  readonly id: string
  /** Grows by 1 with every write. A writer replaces only the version that it has read. */
  readonly version: number
  /** JSON of the line event that the line's task reported last. */
  readonly own: string
  /** JSON of the line event that apps got last. */
  readonly told: string
  /** When the task reported last: epoch milliseconds of the real clock. */
  readonly seen: EpochMillis
  /** The same moment in market time: ISO 8601 with the Tokyo offset. */
  readonly heard: string
  /** Epoch of the task that reported last. Absent in items of release 0.1.0. */
  readonly epoch?: EpochMillis
}

/** A copy of {@link PhaseItem} and of every {@link LineItem}. status-copy.ts reads and writes it. */
export interface StatusItem {
  readonly id: typeof STATUS_ID
  /** Those of the phase. */
  readonly since?: string
  readonly event?: string
  /** JSON of the record of line 1 and so on, and the version of the record. */
  readonly [line: `line${number}`]: string | undefined
  readonly [version: `version${number}`]: number | undefined
}

/** The head of a line's issue master: names the parts that readers have to combine. */
export interface MasterHeadItem {
  /** `issues#1`, see {@link masterHeadId}. */
  readonly id: string
  /** JSON of a MasterHead (master-list.ts). */
  readonly head: string
}

/** A part of a line's issue master. */
export interface MasterPartItem {
  /** `issues#1#20261120#7-lmQ9…#0`, see {@link masterPartIds}. */
  readonly id: string
  /** JSON array of issues, compressed as a raw deflate stream. */
  readonly issues: Uint8Array
  /** Issues in this part. */
  readonly count: number
}

/** The latest wish of an operator that all apps move to new connections. reconnect-wish.ts reads and writes it. */
export interface ReconnectItem {
  readonly id: typeof RECONNECT_ID
  /** When the operator asked, by the real clock. */
  readonly at: EpochMillis
  /** Each app opens its new connection at a random moment within this time (ms). */
  readonly within: Millis
}

/** An item of the boards table. */
export type BoardsTableItem =
  | BoardGroupItem
  | BoardItem
  | PhaseItem
  | NewsItem
  | LineItem
  | StatusItem
  | MasterHeadItem
  | MasterPartItem
  | ReconnectItem

export const STATUS_ID = 'status'
export const RECONNECT_ID = 'reconnect'
export const boardGroupId = (group: number): string => `boards#${group}`
export const boardId = (issue: string): string => `issue#${issue}`
export const lineId = (line: number): string => `${LINE_PREFIX}${line}`
export const masterHeadId = (line: number): string => `${MASTER_PREFIX}${line}`

/** Names the parts of a line's list. No two lists of a line have the same name, so no list replaces parts of another. */
export interface MasterParts {
  readonly line: number
  readonly tradingDate: TradingDate
  readonly parts: number
  /** Lists of the line so far. Absent in a list that was stored before lists were counted. */
  readonly generation?: number | undefined
  /** A hash of all issues: differs if the issues differ. */
  readonly version: string
}

/** Returns the ids of the items that hold a line's issue master, in the order of its parts. */
export function masterPartIds({ line, tradingDate, parts, generation, version }: MasterParts): string[] {
  const name = generation === undefined ? '' : `#${generation}-${version}`
  return Array.from({ length: parts }, (_, part) => `${masterHeadId(line)}#${tradingDate}${name}#${part}`)
}
