/** Bars of a chart: what is read, how pages and later answers join, and VWAP. */
import type { BarInterval } from '../../market/bar-times.ts'
import type { BarJson } from '../../market/bars.ts'
import type { Yen } from '../../market/units.ts'
import type { BarEvent } from '../itastream.ts'

export const INTERVALS = ['1m', '5m', '15m', '1h', '1d'] as const satisfies readonly BarInterval[]
export type Interval = (typeof INTERVALS)[number]

/** A bar as the REST API returns it, and what the client knows of a live bar. A bar of a day has a date and no time. */
export type ChartBar = Omit<BarJson, 'time'> & {
  readonly time?: string
  readonly date?: string
  /** The bar is not finished. */
  readonly running?: true
  /** The page lacks trades of the bar, which the history will have. */
  readonly pending?: true
}

/** What is special about a bar: the line lost trades for good, the page lacks trades at present, or the bar goes on. */
export type BarMark = 'lost' | 'pending' | 'running'

export interface ChartState {
  readonly interval: Interval
  /** Whether the bars are live, or twenty minutes late. */
  readonly isLive: boolean
  /** Oldest first. */
  bars: readonly ChartBar[]
  /** Market time up to which delayed bars are complete. */
  asOf?: string
  /** The history has answered. Before, no bars does not mean that there are none. */
  loaded: boolean
  /** The latest request for delayed bars has failed. The page repeats it. */
  failed: boolean
  /** The server has refused the live bars. The page requests them again for a new chart only. */
  refused: boolean
}

/**
 * Days of bars, counted back from now. Bars of a minute are those of one trading date. The API reads at most 31 trading dates
 * a page for hours, and 500 for days.
 */
export const DAYS_SHOWN: Readonly<Record<Interval, number | undefined>> = {
  '1m': undefined,
  '5m': 7,
  '15m': 14,
  '1h': 40,
  '1d': 365,
}

/** Tokyo is nine hours ahead of UTC all year. The chart shows times of Tokyo as if they were UTC. */
const TOKYO_OFFSET_SECONDS = 9 * 3600

export function newChart(interval: Interval, isLive: boolean): ChartState {
  return { interval, isLive, bars: [], loaded: false, failed: false, refused: false }
}

/** Returns the bar of an event of the client. */
export function liveBar({ bar, final, lost }: Pick<BarEvent, 'bar' | 'final' | 'lost'>): ChartBar {
  if (final) return bar
  return { ...bar, running: true, ...(lost && !bar.lost ? { pending: true } : {}) }
}

/** Returns what is special about a bar. A bar that lacks trades is not finished, so it is not marked as running too. */
export function marksOf({ lost, pending, running }: ChartBar): readonly BarMark[] {
  return [
    ...(lost ? ['lost' as const] : []),
    ...(pending ? ['pending' as const] : running ? ['running' as const] : []),
  ]
}

/** Returns when a bar starts: ISO 8601, or the date of a day. */
export function startOf({ time, date }: ChartBar): string {
  return time ?? date ?? ''
}

/** Returns the index of the bar with this start, or -1. Bars that come later may move a bar to another index. */
export function indexOfStart(bars: readonly ChartBar[], start: string): number {
  return bars.findLastIndex(bar => startOf(bar) === start)
}

/** Returns the place of a bar on the time axis: seconds since 1970 as if Tokyo time were UTC. */
export function axisTime(bar: ChartBar): number {
  const start = startOf(bar)
  return bar.time === undefined ? Date.parse(start) / 1000 : Date.parse(start) / 1000 + TOKYO_OFFSET_SECONDS
}

/** Returns `bars` with `later` bars, which replace bars of the same start: the last bar may have been incomplete. */
export function joinBars(bars: readonly ChartBar[], later: readonly ChartBar[]): readonly ChartBar[] {
  const first = later[0]
  // ISO 8601 times with the same offset are in order as text.
  return first === undefined ? bars : [...bars.filter(bar => startOf(bar) < startOf(first)), ...later]
}

/** Returns `bars` with a bar that is new, or replaces the bar of the same start. */
export function putBar(bars: readonly ChartBar[], bar: ChartBar): readonly ChartBar[] {
  const place = bars.findLastIndex(each => startOf(each) <= startOf(bar))
  const isKnown = place >= 0 && startOf(bars[place]!) === startOf(bar)
  return isKnown ? bars.with(place, bar) : bars.toSpliced(place + 1, 0, bar)
}

/**
 * Returns the VWAP after each bar: turnover by volume since the start of its trading date. `undefined` for days, and after a
 * bar whose turnover is unknown.
 */
export function vwapOf(bars: readonly ChartBar[]): readonly (Yen | undefined)[] {
  let [date, volume, turnover] = ['', 0, 0]
  return bars.map(bar => {
    if (bar.time === undefined) return undefined
    const own = bar.time.slice(0, 10)
    if (own !== date) [date, volume, turnover] = [own, 0, 0]
    volume += bar.volume
    turnover += bar.turnover ?? Number.NaN
    return volume === 0 || Number.isNaN(turnover) ? undefined : turnover / volume
  })
}
