/** The metrics of itastream in the alarms of the stack. */
import { Metric, type MetricProps } from 'aws-cdk-lib/aws-cloudwatch'
import { METRICS_NAMESPACE, type MetricName, type MetricService } from '../../contract/metric-names.ts'

/** Statistic and period of a metric. `line`: the line of an ingest task. */
export interface ServiceMetricProps extends Pick<MetricProps, 'statistic' | 'period'> {
  readonly line?: number
}

/** Returns a metric that a service writes. */
export function serviceMetric<Service extends MetricService>(
  service: Service,
  metricName: MetricName<Service>,
  { statistic, period, line }: ServiceMetricProps,
): Metric {
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { service, ...(line === undefined ? {} : { line: String(line) }) },
    statistic,
    period,
  })
}
