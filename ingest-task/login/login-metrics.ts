/** The CloudWatch metric about the login, which every task of a line writes while the line refuses it. */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { INGEST_SERVICE, METRICS_NAMESPACE, type MetricName } from '../../contract/metric-names.ts'
import type { Figure } from '../metrics.ts'

/** The metrics of an interval in which the login is refused. */
export const REFUSED_FIGURES = {
  LoginRefused: { unit: MetricUnit.Count, value: 1 },
} satisfies Partial<Record<MetricName<'ingest'>, Figure>>

/** Returns a function that writes the metric of an interval, if the login is refused. */
export function createLoginMetrics(line: number): (isRefused: boolean) => void {
  const metrics = new Metrics({
    namespace: METRICS_NAMESPACE,
    serviceName: INGEST_SERVICE,
    defaultDimensions: { line: String(line) },
  })
  return isRefused => {
    if (!isRefused) return
    for (const [name, { unit, value }] of Object.entries(REFUSED_FIGURES))
      metrics.addMetric(name, unit, value)
    metrics.publishStoredMetrics()
  }
}
