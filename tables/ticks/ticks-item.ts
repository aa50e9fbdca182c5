/**
 * The items of the ticks table and their keys (docs/storage.md): packs, finished days with their minute bars, and
 * the borders and watermarks of lanes. All code that reads or writes the table uses these types and functions.
 */
import type { TickPlace } from '../../market/tick.ts'
import type { DayMicros, EpochMicros, EpochMillis, EpochSeconds, TradingDate } from '../../market/units.ts'

/** The key of an item. */
export interface TicksKey {
  /** Partition key. */
  readonly key: string
  /** Sort key. */
  readonly time: string
}

/** What every item of the table has. */
export interface TicksItem extends TicksKey {
  /** Epoch seconds. From then on readers ignore the item; DynamoDB deletes it later. */
  readonly expires: EpochSeconds
}

/** Ticks of an issue on a trading date. */
export interface PackItem extends TicksItem {
  /** The ticks, encoded by market/codec/pack.ts. */
  readonly pack: Uint8Array
}

/** A finished day of an issue, without its minute bars. */
export interface DayItem extends TicksItem {
  /** JSON. */
  readonly day: string
}

/** The minute bars of an issue's finished day. */
export interface MinutesItem extends TicksItem {
  /** JSON, compressed by raw deflate. */
  readonly minutes: Uint8Array
}

/** The finished minute bars of a half-hour of an issue's day (tables/ticks/half-hours.ts). */
export interface HalfHourItem extends TicksItem {
  /** Start of the first minute that the item does not cover: µs of the day. */
  readonly through: DayMicros
  /** JSON, compressed by raw deflate. */
  readonly minutes: Uint8Array
}

/** The borders of a lane on a trading date (functions/store-ticks/lane-borders.ts). */
export interface BordersItem extends TicksItem {
  /** Sequences in rising order, separated by commas. */
  readonly borders: string
}

/** How far a lane is stored on a trading date (functions/store-ticks/lane-watermark.ts). */
export interface WatermarkItem extends TicksItem {
  /** Every tick of the lane and date with a time up to this moment is stored: epoch µs; 0 while none is known. */
  readonly until: EpochMicros
  /** When the item was written: epoch milliseconds of the real clock. */
  readonly written: EpochMillis
  /** An earlier `until`, written before {@link SETTLE_MS} had begun (tables/ticks/watermarks.ts). */
  readonly settled: EpochMicros
  /** Epoch and counter of the last stored envelope of the lane. */
  readonly epoch: EpochMillis
  readonly counter: number
  /** Epoch of the last task that reported `until`; 0 while none has. */
  readonly reporter: EpochMillis
  /**
   * Envelopes that were given up and are not stored: `epoch:first-last`, separated by commas; empty if there are none. A third
   * number is the epoch of the task that is about to repeat their ticks (functions/store-ticks/missing-envelopes.ts).
   */
  readonly missing: string
}

/** The totals of a lane's issues at one moment (tables/ticks/lane-totals.ts). */
export interface TotalsItem extends TicksItem {
  /** JSON, compressed by raw deflate. */
  readonly totals: Uint8Array
}

/** Issues of a part of the archive that have a finished day (tables/ticks/finished-issues.ts). */
export interface FinishedIssuesItem extends TicksItem {
  /** Issue codes, separated by commas. */
  readonly codes: string
}

/** Partition key of {@link FinishedIssuesItem}; the sort key is the number of the part. */
export const FINISHED_ISSUES_KEY = 'finished#issues'

/** Digits of a microsecond of the day and of a sequence in a sort key, so that keys sort as text. */
const TIME_DIGITS = 12
const SEQUENCE_DIGITS = 9
/** The highest sequence that a sort key can have: a place with it comes after all ticks of its microsecond. */
export const LAST_SEQUENCE = 10 ** SEQUENCE_DIGITS - 1

/** Returns the partition key of an issue's packs on a trading date: `7203#20261120`. */
export function packKey(issue: string, tradingDate: TradingDate): string {
  return `${issue}#${tradingDate}`
}

/** Returns the sort key of the pack that starts at a place: `032400000000#000012345`. Sorts by time, then sequence. */
export function packTime({ time, sequence }: TickPlace): string {
  return `${timeText(time)}#${String(sequence).padStart(SEQUENCE_DIGITS, '0')}`
}

/** Returns the sequence in the sort key of a pack: that of its first tick. */
export function sequenceOf(time: string): number {
  return Number(time.split('#')[1])
}

/** Returns the partition key of an issue's half-hours on a trading date; their sort key is {@link halfHourTime}. */
export function halfHoursKey(issue: string, tradingDate: TradingDate): string {
  return `${issue}#${tradingDate}#minutes`
}

/** Returns the sort key of the half-hour that starts at a time of day: `032400000000`. */
export function halfHourTime(start: DayMicros): string {
  return timeText(start)
}

function timeText(time: DayMicros): string {
  return String(time).padStart(TIME_DIGITS, '0')
}

/** Returns the partition key of an issue's finished days; their sort key is {@link dayTime}. */
export function daysKey(issue: string): string {
  return `${issue}#days`
}

/** Returns the partition key of the minute bars of an issue's finished days; their sort key is {@link dayTime}. */
export function minutesKey(issue: string): string {
  return `${issue}#minutes`
}

/** Returns the sort key of a trading date: `20261120`. */
export function dayTime(tradingDate: TradingDate): string {
  return String(tradingDate)
}

/** Returns the key of a lane's borders on a trading date. */
export function bordersKey(lane: string, tradingDate: TradingDate): TicksKey {
  return { key: `${lane}#borders`, time: dayTime(tradingDate) }
}

/** Returns the partition key of a lane's totals; their sort key is {@link totalsTime}. */
export function totalsKey(lane: string): string {
  return `${lane}#totals`
}

/** Returns the sort key of the totals at a time of a trading date: `20261120#034200063886`. */
export function totalsTime(tradingDate: TradingDate, time: DayMicros): string {
  return `${dayTime(tradingDate)}#${timeText(time)}`
}

/** Returns the partition key of the watermarks of all lanes on a trading date; their sort key is the lane's name. */
export function watermarksKey(tradingDate: TradingDate): string {
  return `stored#${tradingDate}`
}

/**
 * Returns the item of a pack.
 * @param first the place of the pack's first tick.
 * @param expires epoch seconds.
 */
export function packItem(
  issue: string,
  tradingDate: TradingDate,
  first: TickPlace,
  pack: Uint8Array,
  expires: EpochSeconds,
): PackItem {
  return { key: packKey(issue, tradingDate), time: packTime(first), pack, expires }
}
