/** What the alarms of functions watch: failures, throttles, and readers of the stream that are late or give up. */
import { Duration } from 'aws-cdk-lib'
import { MathExpression, Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import type { ItaFunction } from '../ita-function.ts'
import type { Watches } from './watch.ts'

const MINUTE = Duration.minutes(1)
const FIVE_MINUTES = Duration.minutes(5)

/** Share of the account's concurrency above which the next peak may be throttled. */
const MOST_CONCURRENCY = 0.9

/** Watches a function that reads the stream: its delay, and the batches that it gives up. */
export function consumerWatches(fn: ItaFunction, mapping: string, lateSeconds: number): Watches {
  const { id } = fn.node
  return {
    [`${id}Late`]: {
      severity: 'page',
      metric: fn.lambda.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: MINUTE }),
      above: lateSeconds * 1_000,
      periods: 3,
      trading: true,
      description: `${id} is more than ${lateSeconds} s behind the stream.`,
    },
    [`${id}GaveUp`]: {
      severity: 'page',
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'OnFailureDestinationDeliveredEventCount',
        dimensionsMap: { EventSourceMappingUUID: mapping },
        statistic: Stats.SUM,
        period: MINUTE,
      }),
      above: 0,
      periods: 1,
      description: `${id} gave up envelopes. The bucket of failed batches holds them.`,
      runbook: 'failed-batches',
    },
    [`${id}DestinationFailed`]: {
      severity: 'page',
      metric: fn.lambda.metric('DestinationDeliveryFailures', { statistic: Stats.SUM, period: MINUTE }),
      above: 0,
      periods: 1,
      description: `${id} gave up envelopes, and Lambda could not write them to the bucket of failed batches.`,
      runbook: 'failed-batches',
    },
  }
}

/** Watches a function on its own. */
export function functionWatches(fn: ItaFunction): Watches {
  return groupWatches(fn.node.id, [fn])
}

/**
 * Watches functions with the same runbook together: an alarm for their failures, an alarm for their throttles.
 * @param others functions whose failures have alarms of their own.
 */
export function groupWatches(
  name: string,
  functions: readonly ItaFunction[],
  others: readonly ItaFunction[] = [],
): Watches {
  const named = functions.map(({ node }) => node.id).join(', ')
  const throttled = [...functions, ...others]
  return {
    [`${name}Errors`]: {
      severity: 'notice',
      metric: sumOf(functions, 'Errors', FIVE_MINUTES),
      above: 0,
      periods: 1,
      description: functions.length === 1 ? `${named} failed.` : `One of ${named} failed.`,
    },
    [`${name}Throttled`]: {
      severity: 'notice',
      metric: sumOf(throttled, 'Throttles', MINUTE),
      above: 0,
      periods: 3,
      description: `Lambda throttles ${throttled.map(({ node }) => node.id).join(', ')}: too little concurrency.`,
    },
  }
}

function sumOf(functions: readonly ItaFunction[], name: string, period: Duration): Metric | MathExpression {
  const options: MetricOptions = { statistic: Stats.SUM, period }
  const metrics = functions.map(fn => fn.lambda.metric(name, options))
  const [only, ...others] = metrics
  if (only !== undefined && others.length === 0) return only
  return sumOfMetrics(metrics, period)
}

/** Returns the sum of metrics. A metric without data counts as 0, as long as another one has data. */
export function sumOfMetrics(metrics: readonly Metric[], period: Duration): MathExpression {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]))
  return new MathExpression({
    expression: `SUM([${Object.keys(usingMetrics).join(', ')}])`,
    usingMetrics,
    period,
  })
}

/** @param accountConcurrency the quota of the account. */
export function concurrencyWatches(accountConcurrency: number): Watches {
  return {
    ConcurrencyNearLimit: {
      severity: 'notice',
      // Of the whole account: executions without a reservation, reservations, and provisioned concurrency (Lambda developer
      // guide, "Monitoring concurrency").
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'ClaimedAccountConcurrency',
        statistic: Stats.MAXIMUM,
        period: MINUTE,
      }),
      above: accountConcurrency * MOST_CONCURRENCY,
      periods: 3,
      description: `More than ${MOST_CONCURRENCY * 100}% of the ${accountConcurrency} executions of the account are in use or reserved.`,
    },
  }
}
