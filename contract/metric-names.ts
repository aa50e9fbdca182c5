/** Names of the metrics in CloudWatch: written by the functions and the ingest task, watched by alarms. */

/** The namespace of all metrics. */
export const METRICS_NAMESPACE = 'itastream'

/** Metrics by the service that writes them. `service` is a dimension of each metric. */
const METRICS = {
  ingest: [
    'MessagesPerSecond',
    'TicksPerSecond',
    'BytesIn',
    'BytesPublished',
    'LagP50',
    'LagMax',
    'Live',
    'WinsA',
    'WinsB',
    'Gaps',
    'Resends',
    'ResendsRefused',
    'Snapshots',
    'RepeatedFrames',
    'RepeatedMessages',
    'Lost',
    'BadMessages',
    'ImpossibleTimes',
    'ImpossibleValues',
    'Reconnects',
    'Paused',
    'QueueBytes',
    'QueueEnvelopes',
    'Retries',
    'Throttles',
    'Holder',
    'StandbyReady',
    'TakeOvers',
    'LeaseAge',
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
  'push-room': ['Pushes'],
  connect: ['ConnectionsMade', 'ConnectionsRefused'],
  disconnect: ['ConnectionsEnded'],
  message: ['Messages', 'MessagesRefused'],
  'delayed-prices': ['Requests'],
  'realtime-prices': ['Requests'],
  'market-info': ['Requests'],
  'market-hours': ['Moves', 'MovesPutOff', 'Failures', 'Late'],
  canary: ['CanaryOk'],
  'close-of-day': [
    'ArchiveOverdue',
    'ArchiveIncomplete',
    'ArchivePartsAsked',
    'TicksArchived',
    'BytesArchived',
  ],
} as const

/** A service that writes metrics: the ingest task or a function. */
export type MetricService = keyof typeof METRICS

/** The metrics of a service; of any function where none is named. */
export type MetricName<Service extends MetricService = Exclude<MetricService, 'ingest'>> =
  (typeof METRICS)[Service][number]

/** The service of the ingest task. The service of a function is its name. */
export const INGEST_SERVICE = 'ingest' satisfies MetricService
