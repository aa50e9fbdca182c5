/** What the alarms of market-hours and close-of-day watch: the metrics that they write day and night. */
import { Duration } from 'aws-cdk-lib'
import { type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import type { MetricName } from '../../contract/metric-names.ts'
import type { ItaFunction } from '../ita-function.ts'
import { serviceMetric } from './service-metric.ts'
import type { Watches } from './watch.ts'

const FIVE_MINUTES = Duration.minutes(5)
/** Both functions run every five minutes. */
const SILENT = { below: 1, periods: 3, expected: true } as const

/**
 * market-hours switches the alarms of trading on. So an alarm that market-hours does not run wakes somebody at any time: nothing
 * else would tell of a market without tasks.
 */
export function marketHoursWatches({ lambda }: ItaFunction): Watches {
  const metric = (name: MetricName<'market-hours'>, statistic: string): Metric =>
    serviceMetric('market-hours', name, { statistic, period: FIVE_MINUTES })
  return {
    MarketHoursErrors: {
      severity: 'page',
      metric: lambda.metricErrors({ period: FIVE_MINUTES }),
      above: 0,
      periods: 2,
      description: 'market-hours fails. Tasks and shards may not match the calendar.',
      runbook: 'start-the-tasks-by-hand',
    },
    MarketHoursSilent: {
      severity: 'page',
      metric: lambda.metricInvocations({ period: FIVE_MINUTES }),
      ...SILENT,
      description: 'market-hours has not run for 15 minutes.',
      runbook: 'start-the-tasks-by-hand',
    },
    MarketHoursFailures: {
      severity: 'notice',
      metric: metric('Failures', Stats.MINIMUM),
      above: 0,
      periods: 3,
      description:
        'For 15 minutes no run of market-hours could read and change everything. Its log says what.',
      runbook: 'a-run-fails',
    },
    TasksMissing: {
      severity: 'page',
      metric: metric('TasksMissing', Stats.MINIMUM),
      above: 0,
      periods: 2,
      // Not of trading: a new image that ends at once is found when the tasks start, half an hour before orders are accepted.
      description:
        'In two runs of market-hours, ECS ran fewer tasks than it should. The alarms of a line tell more.',
      runbook: 'tasks-of-a-line',
    },
    MarketHoursLate: {
      severity: 'notice',
      metric: metric('Late', Stats.MAXIMUM),
      above: 0,
      periods: 1,
      description: 'The day is not archived in time. market-hours waits no longer for it.',
      runbook: 'the-archive-of-a-day',
    },
  }
}

/** Watches the metrics that close-of-day writes at every invocation by its schedule, on every day. */
export function closeOfDayWatches(): Watches {
  const metric = (name: MetricName<'close-of-day'>, statistic: string): Metric =>
    serviceMetric('close-of-day', name, { statistic, period: FIVE_MINUTES })
  const runbook = 'the-archive-of-a-day'
  return {
    ArchiveOverdue: {
      severity: 'notice',
      metric: metric('ArchiveOverdue', Stats.MAXIMUM),
      above: 0,
      periods: 1,
      description: 'The archive of the day is not complete 45 minutes after the close.',
      runbook,
    },
    ArchiveIncomplete: {
      severity: 'notice',
      metric: metric('ArchiveIncomplete', Stats.MAXIMUM),
      above: 0,
      periods: 1,
      description: 'Ticks of an archived day are not stored. The day is archived again when they are.',
      runbook,
    },
    ArchiveUnknown: {
      severity: 'notice',
      metric: metric('ArchiveOverdue', Stats.SAMPLE_COUNT),
      ...SILENT,
      description: 'close-of-day has not reported for 15 minutes whether the archive of the day is complete.',
      runbook,
    },
  }
}
