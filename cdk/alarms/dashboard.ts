/** The dashboard: what an operator looks at before 9:00, and when an alarm starts. */
import { Aws, Duration } from 'aws-cdk-lib'
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  type Metric,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import { INGEST_SERVICE, type MetricName, type MetricService } from '../../contract/metric-names.ts'
import { LINE_NUMBERS } from '../../market/lane.ts'
import type { Alarms, AlarmsProps } from './alarms.ts'
import { serviceMetric } from './service-metric.ts'

const MINUTE = Duration.minutes(1)
/** Units of a row of a dashboard (CloudWatch user guide, "Dashboard body structure and syntax"). */
const ROW = 24
const GRAPHS_A_ROW = 4
const P99 = Stats.percentile(99)

/** From 7:00, when nothing runs, to the first trades. */
const SHOWN = Duration.hours(3)

export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { alarms }: Alarms, props: AlarmsProps) {
    super(scope, id)
    const status = new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: ROW, height: 5 })
    new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: Aws.STACK_NAME,
      defaultInterval: SHOWN,
      widgets: [[status], lineGraphs(), priceGraphs(props), postGraphs(), apiGraphs(props)],
    })
  }
}

function graph(title: string, left: readonly IMetric[], right: readonly IMetric[] = []): IWidget {
  return new GraphWidget({ title, left: [...left], right: [...right], width: ROW / GRAPHS_A_ROW, height: 6 })
}

function of<Service extends MetricService>(
  service: Service,
  name: MetricName<Service>,
  statistic: string,
): Metric {
  return serviceMetric(service, name, { statistic, period: MINUTE }).with({ label: name })
}

/** Returns a metric of each line. */
function ofLines(name: MetricName<'ingest'>, statistic: string): Metric[] {
  return LINE_NUMBERS.map(line =>
    serviceMetric(INGEST_SERVICE, name, { statistic, period: MINUTE, line }).with({ label: `line ${line}` }),
  )
}

function lineGraphs(): IWidget[] {
  return [
    graph('Ticks per second of each line', ofLines('TicksPerSecond', Stats.AVERAGE)),
    graph('Lines live (1) or not (0)', ofLines('Live', Stats.MINIMUM)),
    graph('Median delay of published ticks, ms', ofLines('LagP50', Stats.MAXIMUM)),
    graph(
      'Standby ready (1), age of the lease in ms',
      ofLines('StandbyReady', Stats.MAXIMUM),
      ofLines('LeaseAge', Stats.MAXIMUM),
    ),
  ]
}

function priceGraphs({ store, broadcast, tables }: AlarmsProps): IWidget[] {
  const age = { statistic: Stats.MAXIMUM, period: MINUTE }
  const sum = { statistic: Stats.SUM, period: MINUTE }
  const all = { ticks: tables.ticks, boards: tables.boards, connections: tables.connections }
  return [
    graph('Ticks broadcast and stored in a minute', [
      of('broadcast', 'TicksBroadcast', Stats.SUM),
      of('store-ticks', 'TicksStored', Stats.SUM),
    ]),
    graph('Age of the stream, ms', [
      store.storeTicks.lambda.metric('IteratorAge', { ...age, label: 'store-ticks' }),
      broadcast.broadcast.lambda.metric('IteratorAge', { ...age, label: 'broadcast' }),
    ]),
    graph('From the exchange to the posts, ms', [of('broadcast', 'Lag', P99)]),
    graph(
      'Units of the tables in a minute: written left, read right',
      Object.entries(all).map(([label, table]) => table.metricConsumedWriteCapacityUnits({ ...sum, label })),
      Object.entries(all).map(([label, table]) => table.metricConsumedReadCapacityUnits({ ...sum, label })),
    ),
  ]
}

function postGraphs(): IWidget[] {
  return [
    graph('Posts in a minute', [of('broadcast', 'Posts', Stats.SUM)]),
    graph('Posts refused and failed in a minute', [
      of('broadcast', 'PostsThrottled', Stats.SUM),
      of('broadcast', 'PostsFailed', Stats.SUM),
    ]),
    graph(
      'Pace stretch, time of a post in ms',
      [of('broadcast', 'PaceStretch', Stats.AVERAGE)],
      [of('broadcast', 'PostLatency', Stats.AVERAGE)],
    ),
    graph('Connections in a minute', [
      of('connect', 'ConnectionsMade', Stats.SUM),
      of('connect', 'ConnectionsRefused', Stats.SUM),
      of('disconnect', 'ConnectionsEnded', Stats.SUM),
    ]),
  ]
}

function apiGraphs({ rest, realtime }: AlarmsProps): IWidget[] {
  const sum = { statistic: Stats.SUM, period: MINUTE }
  const slowest = { statistic: P99, period: MINUTE }
  return [
    graph('REST requests and errors in a minute', [
      rest.metric('Count', sum),
      rest.metric('4xx', sum),
      rest.metric('5xx', sum),
    ]),
    graph('WebSocket errors in a minute', [
      realtime.metric('ClientError', sum),
      realtime.metric('ExecutionError', sum),
      realtime.metric('IntegrationError', sum),
    ]),
    graph('Slowest answers (p99), ms', [
      rest.metric('Latency', { ...slowest, label: 'REST' }),
      realtime.metric('IntegrationLatency', { ...slowest, label: 'WebSocket' }),
    ]),
    graph('Canary: 1 if all is right', [of('canary', 'CanaryOk', Stats.MINIMUM)]),
  ]
}
