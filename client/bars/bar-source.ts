/** The bars of an interval, behind one interface whatever their prices come from: trades, or the exchange's own. */
import { type BarInterval, INTERVALS } from '../../market/bar-times.ts'
import { dateFromIso, isoDate, momentOf, momentToIso } from '../../market/moment.ts'
import type { MissedTrades } from '../../market/protocol.ts'
import type { EpochMicros } from '../../market/units.ts'
import { tradeOfRow } from '../../market/update-json.ts'
import type { BoardEvent } from '../board-events.ts'
import type { TradePlace } from '../trade-wishes.ts'
import type { BarEvent } from './bar-event.ts'
import {
  closesAt,
  emptySeries,
  isMissing,
  neededFrom,
  placeOf,
  takeLive,
  takeMissed,
  takeStored,
} from './bar-series.ts'
import type { BarsHistory } from './bars-history.ts'
import {
  dayClosesAt,
  dayNeededFrom,
  EMPTY_DAYS,
  isDayMissing,
  takeLiveDay,
  takeStoredDays,
} from './day-series.ts'
import { dateOfIso, timeOfIso } from './iso-parts.ts'

/** The bars of one issue and interval. */
export interface BarSource {
  /** Reads the history. Returns the moment up to which it is complete, and the bars that are new or changed. */
  read(): Promise<{ readonly asOf: EpochMicros; readonly events: readonly BarEvent[] }>
  /** Takes a live board. Returns the bars that are new or changed. */
  take(event: BoardEvent): readonly BarEvent[]
  /** Takes trades that the server had kept. Returns the bars that are new or changed. */
  takeMissed(missed: MissedTrades): readonly BarEvent[]
  /** The place up to which every trade is known; undefined if the bars are not built from trades. */
  place(): TradePlace | undefined
  /** Whether the history has what live trades lack. */
  isMissing(): boolean
  /** When the history can finish a bar; undefined if no bar is open. */
  closesAt(): EpochMicros | undefined
}

/** @param from the first bar is the first that ends after this moment, ISO 8601. */
export function createBarSource(
  history: BarsHistory,
  issue: string,
  interval: BarInterval,
  from: string | undefined,
): BarSource {
  return interval === '1d' ? daySource(history, issue, from) : shortSource(history, issue, interval, from)
}

/** What a bar is for the app, without its issue and interval. */
type Shown = Pick<BarEvent, 'bar' | 'final'> & { readonly lost: boolean }

function toEvents(issue: string, interval: BarInterval, bars: readonly Shown[]): BarEvent[] {
  return bars.map(({ bar, final, lost }) => ({ issue, interval, bar, final, ...(lost ? { lost } : {}) }))
}

function shortSource(
  history: BarsHistory,
  issue: string,
  interval: Exclude<BarInterval, '1d'>,
  from: string | undefined,
): BarSource {
  let series = emptySeries(INTERVALS[interval])
  return {
    async read() {
      const needed = neededFrom(series)
      const stored = await history.bars(interval, needed === undefined ? from : momentToIso(needed))
      const step = takeStored(series, stored)
      series = step.series
      return { asOf: stored.asOf, events: toEvents(issue, interval, step.bars) }
    },
    take({ board, trades, lost = false }) {
      const { date, sequence, time, volume = 0 } = board
      const live = { date: dateOfIso(date), sequence, time: timeOfIso(time), volume, trades, lost }
      const step = takeLive(series, live)
      series = step.series
      return toEvents(issue, interval, step.bars)
    },
    takeMissed({ date, sequence, time, trades, lost }) {
      const rows = trades.map(row => tradeOfRow(row, time))
      const step = takeMissed(series, rows, lost && { date: dateOfIso(date), sequence })
      series = step.series
      return toEvents(issue, interval, step.bars)
    },
    place() {
      const place = placeOf(series)
      return place && { date: isoDate(place.date), sequence: place.sequence }
    },
    isMissing: () => isMissing(series),
    closesAt: () => closesAt(series),
  }
}

function daySource(history: BarsHistory, issue: string, from: string | undefined): BarSource {
  let series = EMPTY_DAYS
  return {
    async read() {
      const needed = dayNeededFrom(series)
      const start = needed === undefined ? from : momentToIso(momentOf(dateFromIso(needed), 0))
      const stored = await history.days(start)
      const step = takeStoredDays(series, stored)
      series = step.series
      return { asOf: stored.asOf, events: toEvents(issue, '1d', step.bars) }
    },
    take({ board }) {
      const step = takeLiveDay(series, board)
      series = step.series
      return toEvents(issue, '1d', step.bars)
    },
    takeMissed: () => [],
    place: () => undefined,
    isMissing: () => isDayMissing(series),
    closesAt: () => dayClosesAt(series),
  }
}
