/** The alarms of the stack. docs/operations.md says what to do about each of them. */
import { Duration } from 'aws-cdk-lib'
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import type { MetricName } from '../contract/metric-names.ts'
import { LINE_NUMBERS } from '../market/lane.ts'
import type { Broadcast } from './broadcast.ts'
import type { CloseOfDay } from './close-of-day.ts'
import type { Tables } from './data/dynamo-tables.ts'
import type { LostEvents } from './data/lost-events.ts'
import type { ItaFunction } from './ita-function.ts'
import { lineWatches } from './line-watches.ts'
import { type MarketHours, TRADING_ALARM_PREFIX } from './market-hours.ts'
import { serviceMetric } from './service-metric.ts'
import type { TasksALine } from './sizing.ts'
import type { StoreTicks } from './store-ticks.ts'
import type { Watch } from './watch.ts'

const MINUTE = Duration.minutes(1)
const FIVE_MINUTES = Duration.minutes(5)

/** Delayed readers read 20 minutes late. The alarm at a quarter of that leaves time to act. */
const STORE_LATE = Duration.minutes(5)
/** broadcast drops ticks older than a minute, and a tick that is ten seconds old is not real time. */
const BROADCAST_LATE = Duration.seconds(10)

/** The factor of all paces (functions/broadcast/stretch.ts). Above 2, an app waits more than twice as long as it asked for. */
const PACES_STRETCHED = 2
/**
 * Share of the posts that API Gateway refuses. From this share on, broadcast posts less (functions/broadcast/post-budget.ts),
 * so the share stays near it while other requests use the quota.
 */
const POSTS_REFUSED = 0.01
/** Refused posts of a minute below which the alarm stays silent: some apps that do not read are refused too. */
const FEW_REFUSED = 600

/** Minutes in a row in which the canary fails. One failed request may be the reader's own network. */
const CANARY_MINUTES = 3

export interface AlarmsProps {
  readonly tables: Tables
  readonly store: StoreTicks
  readonly broadcast: Broadcast
  readonly schedule: MarketHours
  readonly closeOfDay: CloseOfDay
  readonly lost: LostEvents
  readonly tasksALine: TasksALine
}

/** All alarms. Each of them publishes to {@link Alarms.topic}. */
export class Alarms extends Construct {
  /** The topic to subscribe to. */
  readonly topic: Topic

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id)
    this.topic = new Topic(this, 'Topic', { displayName: 'itastream', enforceSSL: true })
    const { store, broadcast } = props
    this.#watchConsumer(store.storeTicks, store.mapping, STORE_LATE)
    this.#watchConsumer(broadcast.broadcast, broadcast.mapping, BROADCAST_LATE)
    for (const fn of [store.storeTicks, broadcast.broadcast, broadcast.pushRoom]) this.#watchFunction(fn)
    for (const line of LINE_NUMBERS)
      for (const [id, watch] of Object.entries(lineWatches(line, props.tasksALine))) this.#watch(id, watch)
    this.#watchPosts()
    this.#watchCanary()
    this.#watchRecords()
    this.#watchMarketHours(props.schedule)
    this.#watchCloseOfDay(props.closeOfDay)
    this.#watch('EventsLost', {
      metric: props.lost.queue.metricApproximateNumberOfMessagesVisible({
        statistic: Stats.MAXIMUM,
        period: FIVE_MINUTES,
      }),
      above: 0,
      periods: 1,
      description: 'A scheduled run was lost. The queue of lost events has the reason.',
    })
    this.#watch('TicksThrottled', {
      metric: props.tables.ticks.metric('WriteThrottleEvents', { statistic: Stats.SUM, period: MINUTE }),
      above: 0,
      periods: 3,
      trading: true,
      description: 'DynamoDB throttles writes to the ticks table.',
    })
    this.#watch('BoardsDue', {
      // A round in which the table has taken all boards whose turn has come proves that it takes them.
      metric: serviceMetric('broadcast', 'BoardsDue', { statistic: Stats.MINIMUM, period: MINUTE }),
      above: 0,
      periods: 3,
      trading: true,
      description: 'The boards table does not take the boards of broadcast.',
    })
  }

  /** Watches a function that reads the stream: its delay, and the batches that it gives up. */
  #watchConsumer(fn: ItaFunction, mapping: string, late: Duration): void {
    const { id } = fn.node
    this.#watch(`${id}Late`, {
      metric: fn.lambda.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: MINUTE }),
      above: late.toMilliseconds(),
      periods: 3,
      trading: true,
      description: `${id} is more than ${late.toSeconds()} s behind the stream.`,
    })
    this.#watch(`${id}GaveUp`, {
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
    })
    this.#watch(`${id}DestinationFailed`, {
      metric: fn.lambda.metric('DestinationDeliveryFailures', { statistic: Stats.SUM, period: MINUTE }),
      above: 0,
      periods: 1,
      description: `${id} gave up envelopes, and Lambda could not write them to the bucket of failed batches.`,
    })
  }

  #watchFunction(fn: ItaFunction): void {
    const { id } = fn.node
    this.#watch(`${id}Errors`, {
      metric: fn.lambda.metricErrors({ period: FIVE_MINUTES }),
      above: 0,
      periods: 1,
      description: `${id} failed.`,
    })
    this.#watch(`${id}Throttled`, {
      metric: fn.lambda.metricThrottles({ period: MINUTE }),
      above: 0,
      periods: 3,
      description: `${id} is throttled: the account has no concurrency left.`,
    })
  }

  /** Watches whether the account's quota is enough for the posts to all apps. */
  #watchPosts(): void {
    this.#watch('PaceStretch', {
      metric: serviceMetric('broadcast', 'PaceStretch', { statistic: Stats.AVERAGE, period: MINUTE }),
      above: PACES_STRETCHED,
      periods: 5,
      trading: true,
      description: `Posts to apps come more than ${PACES_STRETCHED} times as late as their paces: the budget of posts is too small.`,
    })
    const sum = (metricName: MetricName<'broadcast'>): Metric =>
      serviceMetric('broadcast', metricName, { statistic: Stats.SUM, period: MINUTE })
    this.#watch('PostsThrottled', {
      metric: new MathExpression({
        expression: `IF(throttled > ${FEW_REFUSED}, throttled / posts, 0)`,
        usingMetrics: { throttled: sum('PostsThrottled'), posts: sum('Posts') },
        period: MINUTE,
      }),
      above: POSTS_REFUSED,
      periods: 5,
      trading: true,
      description: 'API Gateway refuses posts: the account is above its quota.',
    })
  }

  /** Watches what readers see. The canary is on whenever the alarms of trading are (contract/market-plan.ts). */
  #watchCanary(): void {
    this.#watch('CanaryFails', {
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
    })
  }

  /** Watches the records of access, which the exchange's monthly report counts. */
  #watchRecords(): void {
    for (const [id, service] of [
      ['Connect', 'connect'],
      ['RealtimePrices', 'realtime-prices'],
    ] as const)
      this.#watch(`${id}Unrecorded`, {
        metric: serviceMetric(service, 'AccessUnrecorded', { statistic: Stats.SUM, period: FIVE_MINUTES }),
        above: 0,
        periods: 1,
        description: `${id} could not record that users had access. The monthly report to the exchange may lack them.`,
      })
  }

  #watchMarketHours({ marketHours }: MarketHours): void {
    this.#watch('MarketHoursErrors', {
      metric: marketHours.lambda.metricErrors({ period: FIVE_MINUTES }),
      above: 0,
      periods: 2,
      description: 'market-hours fails. Tasks and shards may not match the calendar.',
    })
    this.#watch('MarketHoursFailures', {
      metric: serviceMetric('market-hours', 'Failures', { statistic: Stats.MINIMUM, period: FIVE_MINUTES }),
      above: 0,
      periods: 3,
      description:
        'For 15 minutes no run of market-hours could read and change everything. Its log says what.',
    })
    this.#watch('TasksMissing', {
      metric: serviceMetric('market-hours', 'TasksMissing', {
        statistic: Stats.MINIMUM,
        period: FIVE_MINUTES,
      }),
      above: 0,
      periods: 2,
      // Not of trading: a new image that ends at once is found when the tasks start, half an hour before orders are accepted.
      description:
        'In two runs of market-hours, ECS ran fewer tasks than it should. The alarms of a line tell more.',
    })
    this.#watch('MarketHoursLate', {
      metric: serviceMetric('market-hours', 'Late', { statistic: Stats.MAXIMUM, period: FIVE_MINUTES }),
      above: 0,
      periods: 1,
      description: 'The day is not archived in time. market-hours waits no longer for it.',
    })
    this.#watchSilence(
      'MarketHoursSilent',
      marketHours.lambda.metricInvocations({ period: FIVE_MINUTES }),
      'market-hours has not run for 15 minutes.',
    )
  }

  /** Watches the metric that close-of-day writes at every invocation by its schedule, on every day. */
  #watchCloseOfDay({ closeOfDay }: CloseOfDay): void {
    const metric = (metricName: MetricName<'close-of-day'>, statistic: string): Metric =>
      serviceMetric('close-of-day', metricName, { statistic, period: FIVE_MINUTES })
    this.#watchFunction(closeOfDay)
    this.#watch('ArchiveOverdue', {
      metric: metric('ArchiveOverdue', Stats.MAXIMUM),
      above: 0,
      periods: 1,
      description: 'The archive of the day is not complete 45 minutes after the close.',
    })
    this.#watch('ArchiveIncomplete', {
      metric: metric('ArchiveIncomplete', Stats.MAXIMUM),
      above: 0,
      periods: 1,
      description: 'Ticks of an archived day are not stored. The day is archived again when they are.',
    })
    this.#watchSilence(
      'ArchiveUnknown',
      metric('ArchiveOverdue', Stats.SAMPLE_COUNT),
      'close-of-day has not reported for 15 minutes whether the archive of the day is complete.',
    )
  }

  /** Adds an alarm for a metric that is missing for 15 minutes. The metric is expected every five minutes. */
  #watchSilence(id: string, metric: IMetric, description: string): void {
    const alarm = new Alarm(this, id, {
      metric,
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.BREACHING,
      alarmDescription: description,
    })
    alarm.addAlarmAction(new SnsAction(this.topic))
  }

  /** Adds an alarm for a metric above a threshold. */
  #watch(id: string, { metric, above, periods, description, trading, expected }: Watch): void {
    const alarm = new Alarm(this, id, {
      metric,
      threshold: above,
      ...(trading === true ? { alarmName: `${TRADING_ALARM_PREFIX}${id}` } : {}),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: expected === true ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      alarmDescription: description,
    })
    alarm.addAlarmAction(new SnsAction(this.topic))
  }
}
