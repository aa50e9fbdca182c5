/** What the alarms that end a deployment watch. They look at one minute, because a canary lasts five. */
import { Duration } from 'aws-cdk-lib'
import { MathExpression, type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { sumOfMetrics } from '../alarms/function-watches.ts'
import type { Watches } from '../alarms/watch.ts'
import type { ItaFunction } from '../ita-function.ts'
import type { RealtimeApi } from '../realtime-api.ts'
import type { RestApi } from '../rest-api.ts'

const MINUTE = Duration.minutes(1)
/** Errors of the server in a minute that do not count: a reader who is throttled gets 503. */
const FEW_FAILED = 2
/** Share of errors of the server above it. A canary gets a tenth of the calls of its function. */
const FAILED = 0.01
const RUNBOOK = 'a-release-goes-back'

/** The alarm that ends a deployment of the functions of an API, by its name. */
export const RELEASE_ALARMS = { rest: 'ReleaseRestFails', webSocket: 'ReleaseWebSocketFails' } as const

export function releaseWatches(rest: RestApi, { connect, message, disconnect }: RealtimeApi): Watches {
  const options = { statistic: Stats.SUM, period: MINUTE }
  const errorsOf = (functions: readonly ItaFunction[]): Metric[] =>
    functions.map(({ lambda }) => lambda.metricErrors(options))
  const restErrors = errorsOf(Object.values(rest.functions))
  const names = restErrors.map((_, index) => `m${index}`)
  return {
    [RELEASE_ALARMS.rest]: {
      severity: 'notice',
      // The functions answer 500 themselves, which is no error for Lambda.
      metric: new MathExpression({
        expression: `SUM([${names.join(', ')}, IF(part > ${FEW_FAILED} AND part / all > ${FAILED}, part, 0)])`,
        usingMetrics: {
          ...Object.fromEntries(restErrors.map((metric, index) => [`m${index}`, metric])),
          part: rest.metric('5xx', options),
          all: rest.metric('Count', options),
        },
        period: MINUTE,
      }),
      above: 0,
      periods: 1,
      description: 'Functions of the REST API fail. A deployment of them goes back.',
      runbook: RUNBOOK,
    },
    [RELEASE_ALARMS.webSocket]: {
      severity: 'notice',
      metric: sumOfMetrics(errorsOf([connect, message, disconnect]), MINUTE),
      above: 0,
      periods: 1,
      description: 'Functions of the WebSocket API fail. A deployment of them goes back.',
      runbook: RUNBOOK,
    },
  }
}
