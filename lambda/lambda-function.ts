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

/** Returns the handler of a function whose work is `work`. */
export function lambda<Event, Result>(work: (event: Event, context: Context) => Promise<Result>) {
  return middy<Event, Result>()
    .use(injectLambdaContext(logger))
    .use(publishMetrics())
    .handler((event, context) => work(event, context))
}

/** Publishes the metrics of an invocation when it ends, also after an error. */
export function publishMetrics(): MiddlewareObj {
  const publish = (): void => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics()
  }
  return { after: publish, onError: publish }
}

/** Adds counts to the metrics of this invocation. Zeros too: they distinguish "nothing happened" from "not running". */
export function countAll(counts: Readonly<Partial<Record<MetricName, number>>>): void {
  for (const [name, count] of Object.entries(counts)) metrics.addMetric(name, MetricUnit.Count, count)
}

/** Adds a duration in milliseconds to the metrics of this invocation. */
export function measure(name: MetricName, milliseconds: Millis): void {
  metrics.addMetric(name, MetricUnit.Milliseconds, milliseconds)
}
