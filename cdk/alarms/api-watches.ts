/** What the alarms of both APIs watch: failures, refusals and slow answers, as API Gateway counts them. */
import { Duration } from 'aws-cdk-lib'
import { MathExpression, type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import type { ItaFunction } from '../ita-function.ts'
import type { Watches } from './watch.ts'

const MINUTE = Duration.minutes(1)

/** Share of the requests of a minute that fail. A function that is replaced or throttled for seconds fails fewer. */
const MOST_FAILED = 0.05
/** Failed requests of a minute below which the alarm stays silent: at night a minute has few requests. */
const FEW_FAILED = 10
/** Share of the requests of a minute that are refused. Single readers send wrong requests all day. */
const MOST_REFUSED = 0.5
/** Refused requests of a minute below which the alarm stays silent. */
const FEW_REFUSED = 300
/** Share of the connects of a minute that fail. */
const MOST_CONNECTS_FAILED = 0.2
/** An answer takes tenths of a second, with a cold start up to two seconds. */
const SLOW = Duration.seconds(3)

/** An API of the stack with its metrics. */
interface WatchedApi {
  metric(name: string, options: MetricOptions): Metric
}

/** The slowest hundredth of the answers. */
const P99 = Stats.percentile(99)

/** Watches the HTTP API (API Gateway developer guide, "Working with metrics for HTTP APIs"). */
export function restWatches(api: WatchedApi): Watches {
  const sum = (name: string): Metric => api.metric(name, { statistic: Stats.SUM, period: MINUTE })
  return {
    RestFails: {
      severity: 'page',
      metric: share(FEW_FAILED, { part: sum('5xx'), all: sum('Count') }),
      above: MOST_FAILED,
      periods: 5,
      description: `For five minutes, more than ${MOST_FAILED * 100}% of the REST answers were errors of the server.`,
      runbook: 'an-api-fails-or-is-slow',
    },
    RestRefused: {
      severity: 'notice',
      metric: share(FEW_REFUSED, { part: sum('4xx'), all: sum('Count') }),
      above: MOST_REFUSED,
      periods: 10,
      description: 'For ten minutes, more than half of the REST requests were refused: 401, 404 or 429.',
      runbook: 'an-api-fails-or-is-slow',
    },
    RestSlow: {
      severity: 'notice',
      metric: api.metric('Latency', { statistic: P99, period: MINUTE }),
      above: SLOW.toMilliseconds(),
      periods: 5,
      description: `For five minutes, one REST answer in a hundred took more than ${SLOW.toSeconds()} s.`,
      runbook: 'an-api-fails-or-is-slow',
    },
  }
}

/** The WebSocket API with the function that answers `$connect`. */
export interface WatchedWebSocketApi extends WatchedApi {
  readonly connect: ItaFunction
}

/** Watches the WebSocket API (API Gateway developer guide, "Monitor WebSocket API execution with CloudWatch metrics"). */
export function webSocketWatches(api: WatchedWebSocketApi): Watches {
  const options = { statistic: Stats.SUM, period: MINUTE }
  const sum = (name: string): Metric => api.metric(name, options)
  const { lambda } = api.connect
  return {
    ConnectFails: {
      severity: 'page',
      metric: share(FEW_FAILED, {
        part: lambda.metricErrors(options),
        all: lambda.metricInvocations(options),
      }),
      above: MOST_CONNECTS_FAILED,
      periods: 3,
      trading: true,
      description: `For three minutes, more than ${MOST_CONNECTS_FAILED * 100}% of the connects failed: users get no connection.`,
      runbook: 'an-api-fails-or-is-slow',
    },
    WebSocketFails: {
      severity: 'page',
      // API Gateway could not call a function: no right, a time-out, or no concurrency.
      metric: sum('ExecutionError'),
      above: FEW_FAILED,
      periods: 3,
      trading: true,
      description: `For three minutes, API Gateway could not call a function for more than ${FEW_FAILED} connects or messages a minute.`,
      runbook: 'an-api-fails-or-is-slow',
    },
    WebSocketRefused: {
      severity: 'notice',
      // A refused token is an IntegrationError, a request above the rate of the stage a ClientError.
      metric: new MathExpression({
        expression: `IF(SUM([gateway, function]) > ${FEW_REFUSED}, SUM([gateway, function]) / connects, 0)`,
        usingMetrics: {
          gateway: sum('ClientError'),
          function: sum('IntegrationError'),
          connects: sum('ConnectCount'),
        },
        period: MINUTE,
      }),
      above: MOST_REFUSED,
      periods: 10,
      trading: true,
      description: 'For ten minutes, more connects and messages were refused than half of the connects.',
      runbook: 'an-api-fails-or-is-slow',
    },
    WebSocketSlow: {
      severity: 'notice',
      metric: api.metric('IntegrationLatency', { statistic: P99, period: MINUTE }),
      above: SLOW.toMilliseconds(),
      periods: 5,
      trading: true,
      description: `For five minutes, one connect or message in a hundred took more than ${SLOW.toSeconds()} s.`,
      runbook: 'an-api-fails-or-is-slow',
    },
  }
}

/** Returns the share of `part` in `all`; 0 while `part` is at most `few`. */
export function share(
  few: number,
  usingMetrics: { readonly part: Metric; readonly all: Metric },
): MathExpression {
  return new MathExpression({
    expression: `IF(part > ${few}, part / all, 0)`,
    usingMetrics: { ...usingMetrics },
    period: MINUTE,
  })
}
