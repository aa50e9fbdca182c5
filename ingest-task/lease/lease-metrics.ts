/** CloudWatch metrics about the lease of a line, as metrics.ts writes those of its content. */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { INGEST_SERVICE, METRICS_NAMESPACE, type MetricName } from '../../contract/metric-names.ts'
import type { Millis } from '../../market/units.ts'

export interface LeaseFigures {
  readonly isHolder: boolean
  /** Whether a task that is not the holder could take the lease. */
  readonly isReady: boolean
  /** Age of the latest renewal, real ms; undefined for a task that is not the holder. */
  readonly ageMs: Millis | undefined
  /** How often this task has taken the lease since its start. */
  readonly takeOvers: number
}

/** Returns a function that writes the metrics of a task. */
export function createLeaseMetrics(line: number): (figures: LeaseFigures) => void {
  const metrics = new Metrics({
    namespace: METRICS_NAMESPACE,
    serviceName: INGEST_SERVICE,
    defaultDimensions: { line: String(line) },
  })
  let takeOvers = 0
  const count = (name: MetricName<'ingest'>, value: number): void =>
    void metrics.addMetric(name, MetricUnit.Count, value)
  return figures => {
    count('Holder', figures.isHolder ? 1 : 0)
    if (!figures.isHolder) count('StandbyReady', figures.isReady ? 1 : 0)
    count('TakeOvers', figures.takeOvers - takeOvers)
    takeOvers = figures.takeOvers
    if (figures.ageMs !== undefined) {
      metrics.addMetric(
        'LeaseAge' satisfies MetricName<'ingest'>,
        MetricUnit.Milliseconds,
        Math.round(figures.ageMs),
      )
    }
    metrics.publishStoredMetrics()
  }
}
