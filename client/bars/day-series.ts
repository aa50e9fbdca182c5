/**
 * The bars of days, from the history and from live boards. No I/O. The prices are the exchange's own: those of the latest
 * board, joined with those of the morning's last board (market/day-prices.ts). So a lost trade harms no bar.
 */
import { type Board, emptyBoard, F, type FieldIndex } from '../../market/board.ts'
import type { BoardJson } from '../../market/board-json.ts'
import type { Hours } from '../../market/calendar/hours.ts'
import { type DayBarJson, dayBarOf } from '../../market/day-bar.ts'
import { dayPricesOf, morningEnd } from '../../market/day-prices.ts'
import { momentOf } from '../../market/moment.ts'
import { awakeHours } from '../../market/phase.ts'
import {
  type DayMicros,
  type EpochMicros,
  type TradingDate,
  yenToPrice,
  yenToSen,
} from '../../market/units.ts'
import { dateOfIso, timeOfIso } from './iso-parts.ts'

/** What the history has of an issue. */
export interface StoredDays {
  readonly date: TradingDate
  /** Undefined if the exchange does not trade on the date. */
  readonly hours: Hours | undefined
  /** Every tick of the date up to this time is counted. */
  readonly until: DayMicros
  /** The board at `until`, and the last board of the morning if `until` is later. */
  readonly board: BoardJson | undefined
  readonly morning: BoardJson | undefined
  readonly bars: readonly DayBarJson[]
  /** Bars of earlier dates may lack ticks. */
  readonly isLate: boolean
}

/** A day's bar for the app. */
export interface ShownDay {
  readonly bar: DayBarJson
  readonly final: boolean
  readonly lost: boolean
}

export interface DaySeries {
  /** The date of the open bar, as the history knows it. */
  readonly known: (Pick<StoredDays, 'date' | 'until' | 'morning'> & { readonly hours: Hours }) | undefined
  /** The latest board. */
  readonly board: BoardJson | undefined
  /** The last date whose bar was final, `YYYY-MM-DD`. */
  readonly finalDate: string | undefined
  /** The open bar as the app has it. */
  readonly shown: ShownDay | undefined
}

export interface DayStep {
  readonly series: DaySeries
  readonly bars: readonly ShownDay[]
}

export const EMPTY_DAYS: DaySeries = {
  known: undefined,
  board: undefined,
  finalDate: undefined,
  shown: undefined,
}

/** Takes what the history has. An answer of an earlier date than the known one changes nothing. */
export function takeStoredDays(series: DaySeries, stored: StoredDays): DayStep {
  const { date, hours, until, morning, board, isLate } = stored
  if (series.known !== undefined && series.known.date > date) return { series, bars: [] }
  const isOver = hours === undefined || until >= awakeHours(hours).end
  const past: ShownDay[] = []
  for (const bar of stored.bars) {
    const isEarlier = dateOfIso(bar.date) < date
    if ((series.finalDate !== undefined && bar.date <= series.finalDate) || !(isEarlier || isOver)) continue
    const isUnsure = isEarlier && isLate
    past.push({ bar, final: !isUnsure, lost: isUnsure })
  }
  const step = show({
    ...series,
    known: isOver ? undefined : { date, hours, until, morning },
    board: isLaterBoard(board, series.board) ? board : series.board,
    finalDate: past.findLast(({ final }) => final)?.bar.date ?? series.finalDate,
  })
  return { ...step, bars: [...past, ...step.bars] }
}

/** Takes a live board. */
export function takeLiveDay(series: DaySeries, board: BoardJson): DayStep {
  return isLaterBoard(board, series.board) ? show({ ...series, board }) : { series, bars: [] }
}

/** Returns whether the open bar lacks what only the history has: its date, or the last board of its morning. */
export function isDayMissing({ known, board, finalDate }: DaySeries): boolean {
  if (board === undefined || (finalDate !== undefined && board.date <= finalDate)) return false
  if (known === undefined || dateOfIso(board.date) !== known.date) return true
  const noon = morningEnd(known.hours)
  return timeOfIso(board.time) > noon && known.until <= noon
}

/** Returns when the history can finish the open bar. Undefined without an open bar. */
export function dayClosesAt({ known, shown }: DaySeries): EpochMicros | undefined {
  return known && shown && momentOf(known.date, awakeHours(known.hours).end)
}

/** Returns the first date that the history must have again, `YYYY-MM-DD`. Undefined before the first bar. */
export function dayNeededFrom({ shown, finalDate }: DaySeries): string | undefined {
  return shown?.bar.date ?? finalDate
}

/** Returns the bar of the latest board, if it is new. */
function show(series: DaySeries): DayStep {
  const { known, board, shown } = series
  if (known === undefined || board === undefined || dateOfIso(board.date) !== known.date) {
    return { series, bars: [] }
  }
  const isAfternoon = timeOfIso(board.time) > morningEnd(known.hours)
  const morning = isAfternoon && known.morning ? { board: pricesOf(known.morning) } : undefined
  const bar = dayBarOf(known.date, dayPricesOf({ board: pricesOf(board) }, morning))
  if (bar === undefined) return { series, bars: [] }
  const next: ShownDay = { bar, final: false, lost: isDayMissing(series) }
  if (JSON.stringify(next) === JSON.stringify(shown)) return { series, bars: [] }
  return { series: { ...series, shown: next }, bars: [next] }
}

/** Returns a board with the prices and totals of a JSON board, without times and levels. */
function pricesOf({ issue, open, high, low, last, volume, turnover }: BoardJson): Board {
  const board = emptyBoard(issue)
  const set = (field: FieldIndex, value: number | undefined): void => {
    if (value !== undefined) board.values[field] = value
  }
  for (const [field, point] of [
    [F.open, open],
    [F.high, high],
    [F.low, low],
    [F.last, last],
  ] as const) {
    set(field, point && yenToPrice(point.price))
  }
  set(F.volume, volume)
  set(F.turnover, turnover === undefined ? undefined : yenToSen(turnover))
  return board
}

function isLaterBoard(board: BoardJson | undefined, other: BoardJson | undefined): boolean {
  if (board === undefined || other === undefined) return board !== undefined
  return board.date === other.date ? board.sequence > other.sequence : board.date > other.date
}
