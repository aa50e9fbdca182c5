/** The data of the open charts: live bars of the client while the user is signed in, else delayed bars of the REST API. */
import { addMillis, asEpochMillis, type EpochMillis, nowMillis } from '../../market/units.ts'
import { type ChartState, DAYS_SHOWN, joinBars, newChart, putBar, startOf } from './chart-bars.ts'
import type { Live } from './live-side.ts'
import type { BarsRange, Rest } from './rest-client.ts'
import { hasLive, type PageState } from './state.ts'

/** Milliseconds between two requests for the delayed bars of a chart. */
const BARS_INTERVAL = 30_000
/** Milliseconds between checks of what is due. */
const CHECK_INTERVAL = 1_000
const DAY_MILLIS = 86_400_000

export interface Charts {
  /** Starts the data of new charts, and ends that of closed charts. */
  refresh(): void
}

export interface ChartsOptions {
  readonly rest: Pick<Rest, 'bars'>
  readonly live: Pick<Live, 'bars'>
  readonly state: PageState
  /** Returns whether nobody sees the page. It then requests nothing. */
  readonly isHidden: () => boolean
  readonly changed: () => void
}

export function createCharts({ rest, live, state, isHidden, changed }: ChartsOptions): Charts {
  /** When the delayed bars of a chart are requested next. */
  const due = new WeakMap<ChartState, EpochMillis>()
  /** Ends the live bars of a chart. */
  const ends = new Map<ChartState, () => void>()

  async function read(code: string, chart: ChartState): Promise<void> {
    due.set(chart, addMillis(nowMillis(), BARS_INTERVAL))
    try {
      // The last bar is read again: it may have been incomplete.
      const last = chart.bars.at(-1)
      const range =
        last === undefined ? rangeOf(chart) : { from: last.time ?? `${startOf(last)}T00:00:00+09:00` }
      const { asOf, bars } = await rest.bars(code, chart.interval, range)
      Object.assign(chart, { asOf, loaded: true, failed: false, bars: joinBars(chart.bars, bars) })
    } catch {
      // The chart stays, and the bars are requested again.
      chart.failed = true
    }
    changed()
  }

  function follow(code: string, chart: ChartState): void {
    const { from } = rangeOf(chart)
    const end = live.bars(code, chart.interval, from, {
      bar(bar) {
        chart.bars = putBar(chart.bars, bar)
        changed()
      },
      loaded() {
        chart.loaded = true
        changed()
      },
      refused() {
        chart.refused = true
        changed()
      },
    })
    if (end !== undefined) ends.set(chart, end)
  }

  function rangeOf({ interval }: ChartState): BarsRange {
    const days = DAYS_SHOWN[interval]
    return days === undefined ? {} : { from: new Date(state.now / 1000 - days * DAY_MILLIS).toISOString() }
  }

  /** Starts charts anew whose bars are of the other kind: the user has signed in or out, or the connection has ended for good. */
  function replaceOthers(): void {
    for (const issue of state.issues.values())
      if (issue.chart !== undefined && issue.chart.isLive !== hasLive(state))
        issue.chart = newChart(issue.chart.interval, hasLive(state))
  }

  function refresh(): void {
    replaceOthers()
    const open = new Map(
      [...state.issues.values()].flatMap(({ code, chart }) => (chart ? [[chart, code] as const] : [])),
    )
    for (const [chart, end] of ends) {
      if (open.has(chart)) continue
      end()
      ends.delete(chart)
    }
    for (const [chart, code] of open) {
      if (chart.isLive) {
        if (!ends.has(chart)) follow(code, chart)
      } else if (!isHidden() && state.tab === 'boards' && nowMillis() >= (due.get(chart) ?? asEpochMillis(0)))
        void read(code, chart)
    }
  }

  setInterval(refresh, CHECK_INTERVAL)
  return { refresh }
}
