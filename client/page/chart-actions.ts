/** Actions of the user on charts. */
import { type Interval, newChart } from './chart-bars.ts'
import { hasLive, type PageState } from './state.ts'

export interface ChartActions {
  /** Opens the chart of an issue, or closes it. */
  toggleChart(code: string): void
  showInterval(code: string, interval: Interval): void
}

/** @param chartsChanged called when a chart needs bars. */
export function createChartActions(
  state: PageState,
  chartsChanged: () => void,
  changed: () => void,
): ChartActions {
  return {
    toggleChart(code) {
      const issue = state.issues.get(code)
      if (issue === undefined) return
      if (issue.chart === undefined) issue.chart = newChart(state.interval, hasLive(state))
      else delete issue.chart
      chartsChanged()
      changed()
    },
    showInterval(code, interval) {
      const issue = state.issues.get(code)
      if (issue === undefined) return
      // The next chart opens with the interval that the user chose last.
      state.interval = interval
      issue.chart = newChart(interval, hasLive(state))
      chartsChanged()
      changed()
    },
  }
}
