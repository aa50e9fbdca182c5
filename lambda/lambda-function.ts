/** The frame of every Lambda function: logs with the invocation's context, and metrics. */
import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import middy, { type MiddlewareObj } from '@middy/core'
import type { Context } from 'aws-lambda'
import type { MetricName } from '../contract/metric-names.ts'
import { COMMON_SETTINGS, readSettings } from '../contract/settings.ts'
import type { Millis } from '../market/units.ts'

export const logger = new Logger()
export const metrics = new Metrics()

/** The market's clock, from the setting MARKET_CLOCK. */
export const clock = readSettings(COMMON_SETTINGS).MARKET_CLOCK

/**
 * Returns the handler of a function whose work is `work`.
 * @param metricsEvery time between two writes of metrics, see {@link publishMetrics}.
 */
export function lambda<Event, Result>(
  work: (event: Event, context: Context) => Promise<Result>,
  metricsEvery: Millis = 0,
) {
  return middy<Event, Result>()
    .use(injectLambdaContext(logger))
    .use(publishMetrics(metricsEvery))
    .handler((event, context) => work(event, context))
}

/**
 * Publishes the metrics of an invocation when it ends, also after an error.
 * @param every a function that runs many times a second gathers its metrics for this time (ms), as one value an invocation. What is
 * gathered when its environment ends is lost.
 */
export function publishMetrics(every: Millis = 0): MiddlewareObj {
  let publishedAt = -Infinity
  const publish = (): void => {
    if (!metrics.hasStoredMetrics()) return
    // A monotonic clock stands still while an environment is frozen.
    publishedAt = Date.now()
    metrics.publishStoredMetrics()
  }
  const publishIfDue = (): void => {
    if (Date.now() - publishedAt >= every) publish()
  }
  return { after: publishIfDue, onError: publish }
}

/** Adds counts to the metrics of this invocation. Zeros too: they distinguish "nothing happened" from "not running". */
export function countAll(counts: Readonly<Partial<Record<MetricName, number>>>): void {
  for (const [name, count] of Object.entries(counts)) metrics.addMetric(name, MetricUnit.Count, count)
}

/** Adds a duration in milliseconds to the metrics of this invocation. */
export function measure(name: MetricName, milliseconds: Millis): void {
  metrics.addMetric(name, MetricUnit.Milliseconds, milliseconds)
}
