/** CloudWatch metrics about the lease of a line, as metrics.ts writes those of its content. */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { INGEST_SERVICE, METRICS_NAMESPACE, type MetricName } from '../../contract/metric-names.ts'
import type { Millis } from '../../market/units.ts'
import type { Figure } from '../metrics.ts'

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
  return figures => {
    for (const [name, { unit, value }] of Object.entries(leaseFiguresOf(takeOvers, figures))) {
      metrics.addMetric(name, unit, value)
    }
    takeOvers = figures.takeOvers
    metrics.publishStoredMetrics()
  }
}

/**
 * Returns the metrics of an interval.
 * @param before take-overs of the task until its start.
 */
export function leaseFiguresOf(
  before: number,
  { isHolder, isReady, ageMs, takeOvers }: LeaseFigures,
): Readonly<Partial<Record<MetricName<'ingest'>, Figure>>> {
  const count = (value: number): Figure => ({ unit: MetricUnit.Count, value })
  return {
    Holder: count(isHolder ? 1 : 0),
    ...(isHolder ? {} : { StandbyReady: count(isReady ? 1 : 0) }),
    TakeOvers: count(takeOvers - before),
    ...(ageMs === undefined ? {} : { LeaseAge: { unit: MetricUnit.Milliseconds, value: Math.round(ageMs) } }),
  }
}
