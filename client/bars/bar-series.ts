/**
 * The bars of an issue, up to an hour long, from the history and from live trades. No I/O.
 *
 * The series knows every trade up to a place (date and sequence), and the volume of the day there. It moves the place
 * forward in two ways. The history is complete up to its `asOf`. Live trades are complete up to a board if the volume has
 * grown by exactly their quantities. So no bar becomes final on a promise.
 *
 * A bar is final if every later tick of the issue has a time after the bar: the time of an issue's ticks never decreases.
 */
import { barStart, lastTradeTime } from '../../market/bar-times.ts'
import { appendBar, type Bar, type BarJson, barFromJson, barOfTrade, barToJson } from '../../market/bars.ts'
import type { TradeJson } from '../../market/board-json.ts'
import type { Hours } from '../../market/calendar/hours.ts'
import { DAY_MICROSECONDS, momentOf } from '../../market/moment.ts'
import { awakeHours } from '../../market/phase.ts'
import { worthOf } from '../../market/trade.ts'
import {
  type DayMicros,
  type EpochMicros,
  type Micros,
  type Sen,
  type TradingDate,
  yenToPrice,
  yenToSen,
} from '../../market/units.ts'
import { dateOfIso, timeOfIso } from './iso-parts.ts'

/** A place in the ticks of an issue. */
export interface Place {
  readonly date: TradingDate
  readonly sequence: number
}

/** What the history has of an issue. */
export interface StoredBars extends Place {
  /** Undefined if the exchange does not trade on the date. */
  readonly hours: Hours | undefined
  /** Every tick of the date up to this time is counted. */
  readonly until: DayMicros
  /** Of the date. */
  readonly volume: number
  readonly bars: readonly BarJson[]
  /** Bars of earlier dates may lack ticks. */
  readonly isLate: boolean
}

/** A live board and the trades that came with it. */
export interface LiveBoard extends Place {
  readonly time: DayMicros
  readonly volume: number
  readonly trades: readonly TradeJson[]
  readonly lost: boolean
}

/** A bar for the app. */
export interface ShownBar {
  readonly start: EpochMicros
  readonly bar: BarJson
  readonly final: boolean
  readonly lost: boolean
}

/** Everything up to a place. */
interface Known extends Place {
  readonly hours: Hours
  readonly volume: number
  /** Bars that are not final yet, oldest first. */
  readonly bars: readonly Bar[]
  /** Every later tick of the date has this time or a later one; infinite if no tick can follow. */
  readonly before: DayMicros
}

interface LiveTrade extends Place {
  readonly bar: Bar
  readonly quantity: number
}

export interface BarSeries {
  /** Length of the bars. */
  readonly length: Micros
  readonly known: Known | undefined
  /** Live trades after the known place, which may lack others. */
  readonly later: readonly LiveTrade[]
  /** The latest board after the known place: trades up to it are missing. */
  readonly ahead: Omit<LiveBoard, 'trades' | 'lost'> | undefined
  /** The latest place up to which only the history is exact. */
  readonly doubt: Place | undefined
  /** Start of the last bar that was final. */
  readonly finalStart: EpochMicros | undefined
  /** The open bars as the app has them. */
  readonly shown: readonly ShownBar[]
}

export interface SeriesStep {
  readonly series: BarSeries
  /** New and changed bars, oldest first. */
  readonly bars: readonly ShownBar[]
}

export function emptySeries(length: Micros): BarSeries {
  const nothing = { known: undefined, ahead: undefined, doubt: undefined, finalStart: undefined }
  return { length, ...nothing, later: [], shown: [] }
}

/** Takes what the history has. An answer from before the known place changes nothing. */
export function takeStored(series: BarSeries, stored: StoredBars): SeriesStep {
  const { date, sequence, hours, until, volume, isLate } = stored
  if (series.known !== undefined && isAfter(series.known, stored)) return { series, bars: [] }
  const isOver = hours === undefined || until >= awakeHours(hours).end
  const earlier: ShownBar[] = []
  const bars: Bar[] = []
  for (const json of stored.bars) {
    const [day, bar] = [dateOfIso(json.time), barFromJson(json)]
    const start = momentOf(day, bar.time)
    if (series.finalStart !== undefined && start <= series.finalStart) continue
    if (day === date && hours !== undefined) bars.push(bar)
    else earlier.push({ start, bar: json, final: !isLate, lost: isLate || json.lost === true })
  }
  // A live tick may be later than the history, if nothing was between them.
  const live = series.known?.date === date ? series.known.before : 0
  const before = isOver ? Number.POSITIVE_INFINITY : Math.max(live, until + 1)
  const isBehind = series.ahead !== undefined && !isAfter(series.ahead, stored)
  const step = settle({
    ...series,
    known: hours && { date, sequence, hours, volume, bars, before },
    later: series.later.filter(trade => isAfter(trade, stored)),
    ahead: isBehind ? undefined : series.ahead,
    finalStart: earlier.findLast(({ final }) => final)?.start ?? series.finalStart,
  })
  return { ...step, bars: [...earlier, ...step.bars] }
}

/** Takes a live board with its trades. */
export function takeLive(series: BarSeries, live: LiveBoard): SeriesStep {
  const { date, sequence, time, volume, trades, lost } = live
  if (series.known !== undefined && !isAfter(live, series.known)) return { series, bars: [] }
  return settle({
    ...series,
    later: laterTrades(series, trades),
    ahead: { date, sequence, time, volume },
    doubt: lost ? live : series.doubt,
  })
}

/**
 * Takes trades that the app missed, in any order.
 * @param lostAt the line lost messages up to this place. The history knows their trades.
 */
export function takeMissed(
  series: BarSeries,
  trades: readonly TradeJson[],
  lostAt: Place | undefined,
): SeriesStep {
  const { doubt } = series
  const isLater = lostAt !== undefined && (doubt === undefined || isAfter(lostAt, doubt))
  return settle({ ...series, later: laterTrades(series, trades), doubt: isLater ? lostAt : doubt })
}

/** Returns the later trades with others, in order, each once. */
function laterTrades({ known, later }: BarSeries, trades: readonly TradeJson[]): readonly LiveTrade[] {
  if (trades.length === 0) return later
  const all = [...later, ...trades.map(liveTrade)].filter(trade => !known || isAfter(trade, known))
  all.sort((a, b) => a.date - b.date || a.sequence - b.sequence)
  return all.filter((trade, index) => index === 0 || isAfter(trade, all[index - 1]!))
}

/** Returns whether trades are missing, which the history has or will have. */
export function isMissing({ ahead }: BarSeries): boolean {
  return ahead !== undefined
}

/** Returns when the history can finish the first open bar. Undefined without an open bar. */
export function closesAt({ known, length }: BarSeries): EpochMicros | undefined {
  const first = known?.bars[0]
  if (known === undefined || first === undefined) return undefined
  const { date, hours } = known
  return momentOf(date, Math.min(lastTradeTime(hours, first.time, length), awakeHours(hours).end))
}

/** Returns the place up to which the series has every trade. */
export function placeOf({ known }: BarSeries): Place | undefined {
  return known
}

/** Returns the start of the first bar that the history must have again. Undefined before its first answer. */
export function neededFrom({ known, finalStart, length }: BarSeries): EpochMicros | undefined {
  if (known === undefined) return finalStart
  const { date, hours, bars, before } = known
  const next = Math.min(before, DAY_MICROSECONDS - 1)
  return momentOf(date, bars[0]?.time ?? barStart(hours, next, length))
}

/** Moves the known place forward if nothing is missing, and finds the bars that are new, changed or final. */
function settle(series: BarSeries): SeriesStep {
  const { length } = series
  const known = series.known && (completed(series, series.known) ?? series.known)
  const isComplete = known !== series.known
  const ahead = isComplete ? undefined : series.ahead
  const later = isComplete ? [] : series.later
  if (known === undefined) return { series, bars: [] }
  const { date, hours, before } = known
  const count = known.bars.findIndex(({ time }) => lastTradeTime(hours, time, length) >= before)
  const finished = count === -1 ? known.bars : known.bars.slice(0, count)
  const open = count === -1 ? [] : known.bars.slice(count)
  const toShown = (bar: Bar, final: boolean): ShownBar => ({
    start: momentOf(date, bar.time),
    bar: barToJson(date, bar),
    final,
    lost: bar.lost === true || (!final && ahead !== undefined),
  })
  const finals = finished.map(bar => toShown(bar, true))
  const shown = withTrades(known, open, later, length).map(bar => toShown(bar, false))
  return {
    series: {
      ...series,
      known: { ...known, bars: open },
      later,
      ahead,
      finalStart: finals.at(-1)?.start ?? series.finalStart,
      shown,
    },
    bars: [...finals, ...shown.filter(bar => !series.shown.some(other => isSame(bar, other)))],
  }
}

/** Returns what is known with the later trades, if none is missing; undefined if the live board is not reached. */
function completed({ later, ahead, doubt, length }: BarSeries, known: Known): Known | undefined {
  if (ahead === undefined || ahead.date !== known.date) return undefined
  if (doubt !== undefined && isAfter(doubt, known)) return undefined
  // The history has the exact turnover.
  if (later.some(({ bar }) => bar.turnover === undefined)) return undefined
  const volume = later.reduce((sum, { quantity }) => sum + quantity, known.volume)
  if (volume !== ahead.volume) return undefined
  return {
    ...known,
    sequence: ahead.sequence,
    volume,
    bars: withTrades(known, known.bars, later, length),
    before: Math.max(known.before, ahead.time),
  }
}

/** Returns bars with the trades of their date. */
function withTrades(
  { date, hours }: Known,
  bars: readonly Bar[],
  trades: readonly LiveTrade[],
  length: Micros,
): Bar[] {
  const joined = [...bars]
  for (const trade of trades) {
    if (trade.date !== date) continue
    appendBar(joined, { ...trade.bar, time: barStart(hours, trade.bar.time, length) })
  }
  return joined
}

/** Returns the bar of a trade. It starts at the time of the trade. */
function liveTrade(trade: TradeJson): LiveTrade {
  const { quantity, sequence } = trade
  const price = yenToPrice(trade.price)
  const counted = { price, quantity, turnover: turnoverOf(trade), lost: false }
  const bar = barOfTrade(timeOfIso(trade.time), counted)
  return { date: dateOfIso(trade.time), sequence, bar, quantity }
}

/** Returns the exact turnover of a trade; undefined if the server did not know it. */
function turnoverOf({ price, quantity, averagePrice, turnover }: TradeJson): Sen | undefined {
  if (averagePrice === undefined) return worthOf({ price: yenToPrice(price), quantity })
  return turnover === undefined ? undefined : yenToSen(turnover)
}

function isSame(a: ShownBar, b: ShownBar): boolean {
  return a.start === b.start && a.lost === b.lost && JSON.stringify(a.bar) === JSON.stringify(b.bar)
}

function isAfter(a: Place, b: Place): boolean {
  return a.date === b.date ? a.sequence > b.sequence : a.date > b.date
}
