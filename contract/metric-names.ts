/**
 * Names of the metrics in CloudWatch: written by the functions and the ingest task, watched by alarms. CloudWatch charges each of
 * them by the hour (docs/cost.md). What Lambda counts anyway, and what only explains an alarm, is not here: the logs have it.
 */

/** The namespace of all metrics. */
export const METRICS_NAMESPACE = 'itastream'

/** Metrics by the service that writes them. `service` is a dimension of each metric; those of `ingest` have the line as well. */
export const METRICS = {
  ingest: [
    'MessagesPerSecond',
    'TicksPerSecond',
    'LagP50',
    'LagMax',
    'Live',
    'WinsA',
    'WinsB',
    'Lost',
    'QueueBytes',
    'Throttles',
    'Holder',
    'StandbyReady',
    'TakeOvers',
    'LeaseAge',
    'LoginRefused',
  ],
  'store-ticks': ['TicksStored', 'PacksStored', 'WriteUnits', 'BadEnvelopes'],
  broadcast: [
    'TicksBroadcast',
    'WholeBoards',
    'Differences',
    'BadEnvelopes',
    'BoardsDue',
    'Posts',
    'PostsFailed',
    'PostsThrottled',
    'PaceStretch',
    'RecordsReadBack',
    'ConnectionsGone',
    'PostLatency',
    'SlowestPost',
    'Lag',
  ],
  'push-room': [],
  connect: ['ConnectionsMade', 'ConnectionsRefused', 'AccessUnrecorded'],
  disconnect: ['ConnectionsEnded'],
  message: ['MessagesRefused'],
  'delayed-prices': [],
  'realtime-prices': ['AccessUnrecorded'],
  'market-info': [],
  'market-hours': ['TasksMissing', 'Failures', 'Late', 'SessionOpen'],
  canary: ['CanaryOk'],
  'close-of-day': ['ArchiveOverdue', 'ArchiveIncomplete'],
} as const

/** Services that write their metrics day and night, and not only while the tasks run. */
export const SERVICES_OF_ALL_HOURS = [
  'market-hours',
  'close-of-day',
] as const satisfies readonly MetricService[]

/** Metrics that are written only when something fails: a month without a failure has none of them. */
export const METRICS_OF_FAILURES: ReadonlySet<string> = new Set([
  'AccessUnrecorded',
  'LoginRefused',
] satisfies (MetricName | MetricName<'ingest'>)[])

/** A service that writes metrics: the ingest task or a function. */
export type MetricService = keyof typeof METRICS

/** The metrics of a service; of any function where none is named. */
export type MetricName<Service extends MetricService = Exclude<MetricService, 'ingest'>> =
  (typeof METRICS)[Service][number]

/** The service of the ingest task. The service of a function is its name. */
export const INGEST_SERVICE = 'ingest' satisfies MetricService

/** Seconds between two values of each metric that an ingest task writes. */
export const INGEST_METRICS_SECONDS = 10
