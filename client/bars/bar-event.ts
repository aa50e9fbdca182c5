/** What an app sees of live bars. */
import type { BarInterval } from '../../market/bar-times.ts'
import type { BarJson } from '../../market/bars.ts'
import type { DayBarJson } from '../../market/day-bar.ts'

/** The interval of the bars, `Interval`, decides their type: `1d` has a date in place of a time. */
export type BarOf<Interval extends BarInterval> = Interval extends '1d' ? DayBarJson : BarJson

/** Which bars an app gets. */
export interface BarsOptions {
  /**
   * The first bar is the first that ends after this moment, ISO 8601 with an offset: `2026-11-20T09:00:00+09:00`. Default:
   * the start of the latest trading date. Until a moment of the future no bar comes.
   */
  readonly from?: string
}

/** Which bars a listener gets, and what else it is told. */
export interface BarsListenerOptions extends BarsOptions {
  /** Called once, after the bars of the first answer of the history. If no bar came before, there is none yet. */
  readonly loaded?: () => void
  /**
   * Called once, if the REST API or the server refuses the bars: they have ended, and the event `error` of the client comes too. The
   * error is a `HistoryRefused` or an `IssuesRefused`.
   */
  readonly refused?: (error: Error) => void
}

/** A bar that is new or has changed. */
export interface BarEvent<Interval extends BarInterval = BarInterval> {
  /** Issue code. */
  readonly issue: string
  /** Length of the bar. */
  readonly interval: Interval
  /** The whole bar, as the REST API returns it. */
  readonly bar: BarOf<Interval>
  /** Whether the bar is finished: it equals the stored bar, and does not come again. */
  readonly final: boolean
  /**
   * Trades of the bar are missing. If the bar is final, the line lost them for good. Else the bar comes again, from the
   * history, once it is stored.
   */
  readonly lost?: true
}

/** Live bars of an issue. See `Itastream.bars`. */
export interface Bars {
  <Interval extends BarInterval>(
    issue: string,
    interval: Interval,
    listener: (event: BarEvent<Interval>) => void,
    options?: BarsListenerOptions,
  ): () => void
  <Interval extends BarInterval>(
    issue: string,
    interval: Interval,
    options?: BarsOptions,
  ): AsyncIterable<BarEvent<Interval>>
}
