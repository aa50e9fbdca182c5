/**
 * Items of the ticks table (docs/storage.md): the packs of an issue and trading date, the finished days of an issue, and
 * the borders of a lane. Whoever reads or writes one does it through here.
 */
import type { TickPlace } from '../../market/tick.ts'
import type { TradingDate } from '../../market/units.ts'
import type { Item } from '../dynamodb.ts'
import { TICKS_KEYS } from './ticks-keys.ts'

/** The names: partition key, sort key, and when time to live may delete the item (epoch seconds). */
export const { partition: KEY, sort: TIME, expires: EXPIRES } = TICKS_KEYS
/** What a pack's bytes are called. */
const PACK = 'pack'

/** Digits of a microsecond of the day, and of a sequence: keys order as text. */
const TIME_DIGITS = 12
const SEQUENCE_DIGITS = 9
/** Behind every sequence of a microsecond. */
export const LAST_SEQUENCE = 10 ** SEQUENCE_DIGITS - 1

/** Partition key of an issue's packs of a trading date: `7203#20261120`. */
export function packKey(issue: string, tradingDate: TradingDate): string {
  return `${issue}#${tradingDate}`
}

/** Sort key of the pack that begins at a place, `032400000000#000012345`: orders as text by time, then sequence. */
export function packTime({ time, sequence }: TickPlace): string {
  return `${String(time).padStart(TIME_DIGITS, '0')}#${String(sequence).padStart(SEQUENCE_DIGITS, '0')}`
}

/** Partition key of an issue's finished days, whose sort key is {@link dayTime}. */
export function daysKey(issue: string): string {
  return `${issue}#days`
}

/** Partition key of the minute bars of an issue's finished days, whose sort key is {@link dayTime}. */
export function minutesKey(issue: string): string {
  return `${issue}#minutes`
}

/** Sort key of a finished day: `20261120`. */
export function dayTime(tradingDate: TradingDate): string {
  return String(tradingDate)
}

/** Keys of a lane's borders on a trading date: how far batches of it have come (functions/store-ticks/lane-borders.ts). */
export function bordersKeys(lane: string, tradingDate: TradingDate): Item {
  return { [KEY]: { S: `${lane}#borders` }, [TIME]: { S: dayTime(tradingDate) } }
}

/**
 * @param first where the pack begins.
 * @param expires epoch seconds from which the item is not shown any more.
 */
export function packItem(
  issue: string,
  tradingDate: TradingDate,
  first: TickPlace,
  pack: Uint8Array,
  expires: number,
): Item {
  return {
    [KEY]: { S: packKey(issue, tradingDate) },
    [TIME]: { S: packTime(first) },
    [PACK]: { B: pack },
    [EXPIRES]: { N: String(expires) },
  }
}

/** The bytes of an item's pack. */
export function packOf(item: Item): Uint8Array {
  const bytes = item[PACK]?.B
  if (bytes === undefined)
    throw new TypeError(`expected an item with a pack, got one with ${Object.keys(item)}`)
  return bytes
}
