/** What the alarms of a line watch: the metrics that its tasks write. A stopped task writes none. */
import { Duration } from 'aws-cdk-lib'
import { MathExpression, type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { INGEST_METRICS_SECONDS, INGEST_SERVICE, type MetricName } from '../../contract/metric-names.ts'
import type { TasksALine } from '../sizing.ts'
import { serviceMetric } from './service-metric.ts'
import type { Watch, Watches } from './watch.ts'

const MINUTE = Duration.minutes(1)

/** From the exchange's time of a tick to its publishing. Tens of milliseconds are usual. */
const INGEST_LATE = Duration.seconds(2)
/** Fraction of a minute in which a line is not live. */
const DOWN_PART = 0.5
/** Minutes without a ready standby. A deployment leaves none for two minutes, and so does a task that ECS replaces. */
const ALONE_MINUTES = 5
/** Values of one task in a minute. A minute may have one more or one less. */
const VALUES_A_MINUTE = MINUTE.toSeconds() / INGEST_METRICS_SECONDS

/**
 * Returns what the alarms of a line watch, by their names. A full shard is usual at the opening; when it is too full, the lines are
 * late.
 */
export function lineWatches(line: number, tasksALine: TasksALine): Watches {
  const metric = (metricName: MetricName<'ingest'>, statistic: string): Metric =>
    serviceMetric(INGEST_SERVICE, metricName, { statistic, period: MINUTE, line })
  return {
    [`Line${line}Down`]: {
      severity: 'notice',
      metric: new MathExpression({
        expression: `${tasksALine} - values / ${VALUES_A_MINUTE}`,
        // Each task that works writes whether it is the holder.
        usingMetrics: { values: metric('Holder', Stats.SAMPLE_COUNT) },
        period: MINUTE,
      }),
      above: 0.5,
      periods: 3,
      trading: true,
      expected: true,
      description: `A task of line ${line} does not work although it should.`,
      runbook: 'tasks-of-a-line',
    },
    [`Line${line}Lost`]: {
      severity: 'page',
      metric: metric('Lost', Stats.SUM),
      above: 0,
      periods: 1,
      description: `Messages of line ${line} are lost: the line did not send them again.`,
    },
    [`Line${line}NotLive`]: {
      severity: 'page',
      metric: new MathExpression({
        expression: '1 - live',
        usingMetrics: { live: metric('Live', Stats.AVERAGE) },
        period: MINUTE,
      }),
      above: DOWN_PART,
      periods: 3,
      trading: true,
      // Only the task that publishes writes the metric.
      expected: true,
      description: `Line ${line} is down or recovering, or no task publishes it. Apps get its state.`,
    },
    [`Line${line}LoginRefused`]: {
      severity: 'page',
      metric: metric('LoginRefused', Stats.MAXIMUM),
      above: 0,
      periods: 1,
      description: `Line ${line} refuses the login. The tasks of all lines stop before the provider locks the user.`,
      runbook: 'a-refused-login',
    },
    ...(tasksALine > 1 ? { [`Line${line}Alone`]: alone(line, metric('StandbyReady', Stats.MAXIMUM)) } : {}),
    [`Line${line}Late`]: {
      severity: 'page',
      metric: metric('LagP50', Stats.MAXIMUM),
      above: INGEST_LATE.toMilliseconds(),
      periods: 3,
      trading: true,
      description: `Ticks of line ${line} are published more than ${INGEST_LATE.toSeconds()} s after the exchange's time.`,
    },
  }
}

function alone(line: number, ready: Metric): Watch {
  return {
    severity: 'notice',
    metric: new MathExpression({ expression: '1 - ready', usingMetrics: { ready }, period: MINUTE }),
    above: 0,
    periods: ALONE_MINUTES,
    trading: true,
    expected: true,
    description: `Line ${line} has no task that could take over. One more failure stops it.`,
  }
}
