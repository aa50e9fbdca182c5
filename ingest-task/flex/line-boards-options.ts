/** What the boards of a line need and report. */
import type { Tick } from '../../market/tick.ts'
import type { DayMicros, TradingDate } from '../../market/units.ts'
import type { ImpossibleField } from './judge-fields.ts'

/** What the previous process has published of the line. */
export interface PublishedBoards {
  /** The latest tick of every issue. */
  readonly boards: readonly Tick[]
  /** All messages of the line up to this counter are published. */
  readonly last: number
  /** Returns the counter up to which the messages of an issue are published. */
  floor(issue: string): number
  /** Messages of the trading date that were lost before. */
  readonly lost: number
}

/** Totals of a line on a trading date. */
export interface MessageCounts {
  /** Messages read, those of snapshots included. */
  messages: number
  ticks: number
  repeats: number
  /** Messages since the line was joined that will never be a tick. */
  lost: number
  /** Messages before the line was joined that will never be a tick. */
  before: number
  /** Messages of exchanges other than Tokyo, which make no tick. */
  elsewhere: number
  /** Messages with a time that is later than their arrival, or far earlier than the messages before. */
  impossibleTimes: number
  /** Messages with another value that cannot be true. */
  impossibleValues: number
}

export const NO_MESSAGES: MessageCounts = {
  messages: 0,
  ticks: 0,
  repeats: 0,
  lost: 0,
  before: 0,
  elsewhere: 0,
  impossibleTimes: 0,
  impossibleValues: 0,
}

/** A message with values that were not published as sent. */
export interface ImpossibleMessage {
  readonly issue: string
  readonly sequence: number
  readonly fields: readonly ImpossibleField[]
  /** The time of the message, if it is impossible and of no field: µs of the day. */
  readonly time: DayMicros | undefined
}

export interface LineBoardsOptions {
  readonly line: number
  readonly tradingDate: TradingDate
  /** Returns the time on the trading date, µs since its midnight: the arrival of the messages that are merged now. */
  now(): DayMicros
  /** Takes each tick. The board of a tick changes with the next message. */
  onTick(tick: Tick): void
  onImpossible(message: ImpossibleMessage): void
  /** The first message may then have any counter up to the one after `last`. */
  readonly published?: PublishedBoards | undefined
}
