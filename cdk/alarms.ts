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
import {
  INGEST_SERVICE,
  METRICS_NAMESPACE,
  type MetricName,
  type MetricService,
} from '../contract/metric-names.ts'
import type { Broadcast } from './broadcast.ts'
import type { CloseOfDay } from './close-of-day.ts'
import type { Ingest } from './ingest-service.ts'
import type { ItaFunction } from './ita-function.ts'
import type { Schedule } from './market-hours.ts'
import type { Store } from './store-ticks.ts'
import type { Tables } from './tables.ts'
import type { Ticks } from './ticks-stream.ts'

const MINUTE = Duration.minutes(1)
const FIVE_MINUTES = Duration.minutes(5)

/** Delayed readers stand twenty minutes behind: a quarter of that is late, and leaves time to act. */
const STORE_LATE = Duration.minutes(5)
/** broadcast drops ticks older than a minute; ten seconds behind is already not real time. */
const BROADCAST_LATE = Duration.seconds(10)

/** Between the exchange's time of a tick and its publishing; some tens of milliseconds are usual. */
const INGEST_LATE = Duration.seconds(2)
/** Part of a minute in which a line is not live. */
const DOWN_PART = 0.5

export interface AlarmsProps {
  readonly ticks: Ticks
  readonly tables: Tables
  readonly store: Store
  readonly broadcast: Broadcast
  readonly ingest: Ingest
  readonly schedule: Schedule
  readonly closeOfDay: CloseOfDay
}

interface Watch {
  readonly metric: IMetric
  /** Alarms above it. */
  readonly above: number
  /** Periods in a row. */
  readonly periods: number
  readonly description: string
}

/** What somebody must be told of. */
export class Alarms extends Construct {
  /** Subscribe here. */
  readonly topic: Topic

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id)
    this.topic = new Topic(this, 'Topic', { displayName: 'itastream', enforceSSL: true })
    const { store, broadcast } = props
    this.#watchConsumer(store.storeTicks, store.mapping, STORE_LATE)
    this.#watchConsumer(broadcast.broadcast, broadcast.mapping, BROADCAST_LATE)
    for (const fn of [store.storeTicks, broadcast.broadcast, broadcast.pushRoom]) this.#watchFunction(fn)
    this.#watchIngest(props.ingest, props.ticks)
    this.#watchMarketHours(props.schedule)
    this.#watchCloseOfDay(props.closeOfDay)
    this.#watch('TicksThrottled', {
      metric: props.tables.ticks.metric('WriteThrottleEvents', { statistic: Stats.SUM, period: MINUTE }),
      above: 0,
      periods: 3,
      description: 'DynamoDB throttles the storing of ticks.',
    })
  }

  #watchConsumer(fn: ItaFunction, mapping: string, late: Duration): void {
    const { id } = fn.node
    this.#watch(`${id}Late`, {
      metric: fn.lambda.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: MINUTE }),
      above: late.toMilliseconds(),
      periods: 3,
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
      description: `${id} gave envelopes up; they lie whole in the bucket of failed batches.`,
    })
    this.#watch(`${id}DestinationFailed`, {
      metric: fn.lambda.metric('DestinationDeliveryFailures', { statistic: Stats.SUM, period: MINUTE }),
      above: 0,
      periods: 1,
      description: `${id} gave envelopes up, and they could not be put aside either.`,
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
      description: `${id} is throttled: the account's concurrency is used up.`,
    })
  }

  #watchIngest({ cluster, services }: Ingest, { stream }: Ticks): void {
    for (const [index, service] of services.entries()) {
      const count = (metricName: string): Metric =>
        new Metric({
          namespace: 'ECS/ContainerInsights',
          metricName,
          dimensionsMap: { ClusterName: cluster.clusterName, ServiceName: service.serviceName },
          statistic: Stats.AVERAGE,
          period: MINUTE,
        })
      this.#watch(`Line${index + 1}Down`, {
        metric: new MathExpression({
          expression: 'desired - FILL(running, 0)',
          usingMetrics: { desired: count('DesiredTaskCount'), running: count('RunningTaskCount') },
          period: MINUTE,
        }),
        above: 0,
        periods: 3,
        description: `The task of line ${index + 1} should run and does not.`,
      })
    }
    for (const index of services.keys()) this.#watchLine(index + 1)
    this.#watch('StreamThrottled', {
      metric: stream.metricWriteProvisionedThroughputExceeded({ statistic: Stats.SUM, period: MINUTE }),
      above: 0,
      periods: 3,
      description: 'Kinesis throttles the ingest tasks: more shards are needed.',
    })
  }

  /** By the task's own metrics (ingest-task/metrics.ts), which stop while it sleeps. */
  #watchLine(line: number): void {
    const metric = (metricName: MetricName<'ingest'>, statistic: string): Metric =>
      new Metric({
        namespace: METRICS_NAMESPACE,
        metricName,
        dimensionsMap: { service: INGEST_SERVICE, line: String(line) },
        statistic,
        period: MINUTE,
      })
    this.#watch(`Line${line}Lost`, {
      metric: metric('Lost', Stats.SUM),
      above: 0,
      periods: 1,
      description: `Messages of line ${line} are lost for good: the line did not send them again.`,
    })
    this.#watch(`Line${line}NotLive`, {
      metric: new MathExpression({
        expression: '1 - live',
        usingMetrics: { live: metric('Live', Stats.AVERAGE) },
        period: MINUTE,
      }),
      above: DOWN_PART,
      periods: 3,
      description: `Line ${line} is down or recovering; apps are told so.`,
    })
    this.#watch(`Line${line}Late`, {
      metric: metric('LagP50', Stats.MAXIMUM),
      above: INGEST_LATE.toMilliseconds(),
      periods: 3,
      description: `Ticks of line ${line} are published more than ${INGEST_LATE.toSeconds()} s after the exchange's time.`,
    })
  }

  #watchMarketHours({ marketHours }: Schedule): void {
    this.#watch('MarketHoursErrors', {
      metric: marketHours.lambda.metricErrors({ period: FIVE_MINUTES }),
      above: 0,
      periods: 2,
      description: 'market-hours fails: tasks and shards may not match the calendar.',
    })
    this.#watchSilence(
      'MarketHoursSilent',
      marketHours.lambda.metricInvocations({ period: FIVE_MINUTES }),
      'market-hours has not been called for fifteen minutes.',
    )
  }

  /** By the function's own metric, which it writes at every call of the schedule, on every day. */
  #watchCloseOfDay({ closeOfDay }: CloseOfDay): void {
    const overdue = (statistic: string): Metric =>
      new Metric({
        namespace: METRICS_NAMESPACE,
        metricName: 'ArchiveOverdue' satisfies MetricName<'close-of-day'>,
        dimensionsMap: { service: 'close-of-day' satisfies MetricService },
        statistic,
        period: FIVE_MINUTES,
      })
    this.#watchFunction(closeOfDay)
    this.#watch('ArchiveOverdue', {
      metric: overdue(Stats.MAXIMUM),
      above: 0,
      periods: 1,
      description: 'The archive of the day is not complete three quarters of an hour after the close.',
    })
    this.#watchSilence(
      'ArchiveUnknown',
      overdue(Stats.SAMPLE_COUNT),
      'close-of-day has not said for fifteen minutes whether the archive of the day is complete.',
    )
  }

  /** Alarms when a metric that comes every five minutes has not come for fifteen. */
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

  #watch(id: string, { metric, above, periods, description }: Watch): void {
    const alarm = new Alarm(this, id, {
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: description,
    })
    alarm.addAlarmAction(new SnsAction(this.topic))
  }
}
