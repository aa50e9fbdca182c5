/** What the alarms watch that users notice at once: ticks, posts, the answers that the canary gets, and their records. */
import { Duration } from 'aws-cdk-lib'
import { MathExpression, type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { INGEST_SERVICE, type MetricName } from '../../contract/metric-names.ts'
import { LINE_NUMBERS } from '../../market/lane.ts'
import type { ItaFunction } from '../ita-function.ts'
import { share } from './api-watches.ts'
import { serviceMetric } from './service-metric.ts'
import type { Watches } from './watch.ts'

const MINUTE = Duration.minutes(1)
const FIVE_MINUTES = Duration.minutes(5)

/** The factor of all paces (functions/broadcast/stretch.ts). Above 2, an app waits more than twice as long as it asked for. */
const PACES_STRETCHED = 2
/**
 * Share of the posts that API Gateway refuses. From this share on, broadcast posts less (functions/broadcast/post-budget.ts),
 * so the share stays near it while other requests use the quota.
 */
const POSTS_REFUSED = 0.01
/** Share of the posts that connections do not take. A few apps that do not read fail all day. */
const POSTS_FAILED = 0.2
/** Refused or failed posts of a minute below which an alarm stays silent: some apps that do not read are refused too. */
const FEW_POSTS = 600

/** Minutes in a row in which the canary fails. One failed request may be the reader's own network. */
const CANARY_MINUTES = 3

/**
 * Weekdays in trading hours, in UTC as metric math counts it: 9:05 to 11:30 and 12:35 to 15:25 in Tokyo. The lunch break and the
 * first minutes of a session are left out. On Monday DAY is 1.
 */
const WEEKDAY_SESSION = (metric: string): string => {
  const minutes = `(60 * HOUR(${metric}) + MINUTE(${metric}))`
  const within = (from: number, until: number): string => `(${minutes} >= ${from} AND ${minutes} < ${until})`
  return `DAY(${metric}) < 6 AND (${within(5, 150)} OR ${within(215, 385)})`
}

/**
 * Watches whether ticks flow while the exchange trades.
 * @param always a function that runs every five minutes, day and night: its metric gives the other one its times.
 */
export function tradingWatches(always: ItaFunction): Watches {
  const sum = (metric: Metric): Metric => metric.with({ statistic: Stats.SUM, period: FIVE_MINUTES })
  const open = serviceMetric('market-hours', 'SessionOpen', {
    statistic: Stats.MINIMUM,
    period: FIVE_MINUTES,
  })
  const lines = LINE_NUMBERS.map((line): [string, Metric] => [
    `line${line}`,
    sum(serviceMetric(INGEST_SERVICE, 'TicksPerSecond', { line })),
  ])
  const flows: Readonly<Record<string, Metric>> = {
    ...Object.fromEntries(lines),
    sent: sum(serviceMetric('broadcast', 'TicksBroadcast', {})),
    stored: sum(serviceMetric('store-ticks', 'TicksStored', {})),
  }
  // A metric without data is 0: SUM leaves out what is missing (CloudWatch user guide, "Using metric math").
  const isStill = Object.keys(flows).map(name => `SUM([${name}, 0 * open]) == 0`)
  return {
    NoTicks: {
      severity: 'page',
      metric: new MathExpression({
        expression: `IF(open > 0 AND (${isStill.join(' OR ')}), 1, 0)`,
        usingMetrics: { open, ...flows },
        period: FIVE_MINUTES,
      }),
      above: 0,
      periods: 1,
      // Not of trading: it also starts if a hold or an exception of the calendar keeps the system asleep.
      description:
        'The exchange trades, and for five minutes a line published no tick, or none was broadcast or stored.',
      runbook: 'no-ticks',
    },
    QuietWeekday: {
      severity: 'notice',
      metric: new MathExpression({
        expression: `IF(${WEEKDAY_SESSION('runs')}, IF(SUM([sent, 0 * runs]) == 0, 1, 0), 0)`,
        usingMetrics: { sent: flows.sent!, runs: always.lambda.metricInvocations({ period: FIVE_MINUTES }) },
        period: FIVE_MINUTES,
      }),
      above: 0,
      periods: 2,
      description: 'On a weekday in trading hours there are no ticks. Is today a holiday of the exchange?',
      runbook: 'no-ticks',
    },
  }
}

/** Watches whether the account's quota is enough for the posts to all apps, and whether apps take them. */
export function postWatches(): Watches {
  const sum = (metricName: MetricName<'broadcast'>): Metric =>
    serviceMetric('broadcast', metricName, { statistic: Stats.SUM, period: MINUTE })
  return {
    PaceStretch: {
      severity: 'notice',
      metric: serviceMetric('broadcast', 'PaceStretch', { statistic: Stats.AVERAGE, period: MINUTE }),
      above: PACES_STRETCHED,
      periods: 5,
      trading: true,
      description: `Posts to apps come more than ${PACES_STRETCHED} times as late as their paces: the budget of posts is too small.`,
      runbook: 'paces-are-longer',
    },
    PostsThrottled: {
      severity: 'notice',
      metric: share(FEW_POSTS, { part: sum('PostsThrottled'), all: sum('Posts') }),
      above: POSTS_REFUSED,
      periods: 5,
      trading: true,
      description: 'API Gateway refuses posts: the account is above its quota.',
      runbook: 'posts-are-refused',
    },
    PostsFailed: {
      severity: 'page',
      metric: share(FEW_POSTS, { part: sum('PostsFailed'), all: sum('Posts') }),
      above: POSTS_FAILED,
      periods: 3,
      trading: true,
      description: `For three minutes, more than ${POSTS_FAILED * 100}% of the posts failed: many users get no prices.`,
      runbook: 'posts-fail',
    },
  }
}

/** Watches what readers see. The canary is on whenever the alarms of trading are (contract/market-plan.ts). */
export function canaryWatches(): Watches {
  return {
    CanaryFails: {
      severity: 'page',
      metric: new MathExpression({
        expression: '1 - ok',
        usingMetrics: {
          ok: serviceMetric('canary', 'CanaryOk', { statistic: Stats.MINIMUM, period: MINUTE }),
        },
        period: MINUTE,
      }),
      above: 0,
      periods: CANARY_MINUTES,
      trading: true,
      expected: true,
      description: 'Readers do not get what they should, or the canary does not run. Its log says what.',
      runbook: 'canary',
    },
  }
}

/** Watches the records of access, which the exchange's monthly report counts. */
export function accessWatches(): Watches {
  const services = { Connect: 'connect', RealtimePrices: 'realtime-prices' } as const
  return Object.fromEntries(
    Object.entries(services).map(([id, service]) => [
      `${id}Unrecorded`,
      {
        severity: 'notice',
        metric: serviceMetric(service, 'AccessUnrecorded', { statistic: Stats.SUM, period: FIVE_MINUTES }),
        above: 0,
        periods: 1,
        description: `${id} could not record that users had access. The monthly report to the exchange may lack them.`,
        runbook: 'records-that-could-not-be-written',
      },
    ]),
  )
}
