import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { LINE_NUMBERS } from '../../market/lane.ts'
import { plain } from './plain-values.ts'
import { synthesize } from './synthesis.ts'
import { nameOf } from './template-reading.ts'

const { resources } = synthesize()

interface Metric {
  readonly Namespace: string
  readonly MetricName: string
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[]
}

interface Query {
  readonly Id: string
  readonly Expression?: string
  readonly MetricStat?: { readonly Metric: Metric; readonly Stat: string; readonly Period: number }
  readonly ReturnData?: boolean
}

interface Alarm extends Partial<Metric> {
  readonly Statistic?: string
  readonly ExtendedStatistic?: string
  readonly Period?: number
  readonly Metrics?: readonly Query[]
  readonly ComparisonOperator: string
  readonly Threshold: number
  readonly EvaluationPeriods: number
  readonly DatapointsToAlarm?: number
  readonly TreatMissingData: string
  readonly AlarmDescription: string
  readonly AlarmActions: unknown
  readonly OKActions: unknown
  readonly ActionsEnabled?: boolean
}

const metricText = (
  { Namespace, MetricName, Dimensions = [] }: Metric,
  statistic: string,
  period: number,
): string =>
  `${statistic} of ${Namespace} ${MetricName} ${Dimensions.map(({ Name, Value }) => `${Name}=${plain(Value)}`).join(' ')} in ${period} s`

function watchedText(alarm: Alarm): string {
  if (alarm.Metrics === undefined)
    return metricText(alarm as Metric, (alarm.Statistic ?? alarm.ExtendedStatistic)!, alarm.Period!)
  const shown = alarm.Metrics.filter(({ ReturnData }) => ReturnData !== false)
  assert.equal(shown.length, 1)
  const inputs = alarm.Metrics.flatMap(({ Id, MetricStat }) =>
    MetricStat === undefined
      ? []
      : [`${Id} = ${metricText(MetricStat.Metric, MetricStat.Stat, MetricStat.Period)}`],
  )
  return `${shown[0]!.Expression}, ${inputs.join(', ')}`
}

const OPERATORS: Readonly<Record<string, string>> = { GreaterThanThreshold: '>', LessThanThreshold: '<' }

/** Returns an alarm as text: what it watches, the threshold, the periods, and what missing data mean. */
function alarmText(alarm: Alarm): string {
  const { ComparisonOperator, Threshold, EvaluationPeriods, TreatMissingData } = alarm
  const limit = `${OPERATORS[ComparisonOperator]} ${Threshold} ${EvaluationPeriods}x`
  return `${watchedText(alarm)}: ${limit}, missing ${TreatMissingData}`
}

const alarms = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
const texts = Object.fromEntries(
  alarms.map(([id, { Properties }]) => [
    nameOf(id).replace(/^Alarms/, ''),
    alarmText(Properties as unknown as Alarm),
  ]),
)

/** Alarms of a function: it failed; or it was throttled in three minutes in a row. */
const ofFunction = (name: string, id: string): Record<string, string> => ({
  [`${name}Errors`]: `Sum of AWS/Lambda Errors FunctionName=${id} in 300 s: > 0 1x, missing notBreaching`,
  [`${name}Throttled`]: `Sum of AWS/Lambda Throttles FunctionName=${id} in 60 s: > 0 3x, missing notBreaching`,
})

/** Alarms of functions together: one of them failed; or one of them, or of the others, was throttled. */
const ofGroup = (
  name: string,
  functions: readonly string[],
  others: readonly string[] = [],
): Record<string, string> => {
  const sum = (ids: readonly string[], metric: string, seconds: number): string =>
    [
      `SUM([${ids.map((_, index) => `m${index}`).join(', ')}])`,
      ...ids.map(
        (id, index) => `m${index} = Sum of AWS/Lambda ${metric} FunctionName=${id}Function in ${seconds} s`,
      ),
    ].join(', ')
  return {
    [`${name}Errors`]: `${sum(functions, 'Errors', 300)}: > 0 1x, missing notBreaching`,
    [`${name}Throttled`]: `${sum([...functions, ...others], 'Throttles', 60)}: > 0 3x, missing notBreaching`,
  }
}

const throttles = (metric: string): string =>
  `${[
    'SUM([m0, m1, m2, m3, m4])',
    ...['Ticks', 'Boards', 'Connections', 'Control', 'Users'].map(
      (table, index) => `m${index} = Sum of AWS/DynamoDB ${metric} TableName=Tables${table} in 60 s`,
    ),
  ].join(', ')}: > 0 3x, missing notBreaching`

/** The errors of functions in a minute. */
const errors = (functions: readonly string[]): string =>
  functions
    .map((id, index) => `m${index} = Sum of AWS/Lambda Errors FunctionName=${id}Function in 60 s`)
    .join(', ')

const ofRest = (metric: string): string => `Sum of AWS/ApiGateway ${metric} ApiId=RestApi in 60 s`
const ofWebSocket = (metric: string): string => `Sum of AWS/ApiGateway ${metric} ApiId=RealtimeApi in 60 s`

/** Alarms of a reader of the stream. */
const ofConsumer = (name: string, id: string, mapping: string, lateMs: number): Record<string, string> => ({
  [`${name}Late`]: `Maximum of AWS/Lambda IteratorAge FunctionName=${id} in 60 s: > ${lateMs} 3x, missing notBreaching`,
  [`${name}GaveUp`]: `Sum of AWS/Lambda OnFailureDestinationDeliveredEventCount EventSourceMappingUUID=${mapping} in 60 s: > 0 1x, missing notBreaching`,
  [`${name}DestinationFailed`]: `Sum of AWS/Lambda DestinationDeliveryFailures FunctionName=${id} in 60 s: > 0 1x, missing notBreaching`,
})

const ofLine = (line: number): Record<string, string> => {
  const own = `line=${line} service=ingest`
  return {
    [`Line${line}Down`]: `2 - values / 6, values = SampleCount of itastream Holder ${own} in 60 s: > 0.5 3x, missing breaching`,
    [`Line${line}Lost`]: `Sum of itastream Lost ${own} in 60 s: > 0 1x, missing notBreaching`,
    [`Line${line}NotLive`]: `1 - live, live = Average of itastream Live ${own} in 60 s: > 0.5 3x, missing breaching`,
    [`Line${line}Alone`]: `1 - ready, ready = Maximum of itastream StandbyReady ${own} in 60 s: > 0 5x, missing breaching`,
    [`Line${line}LoginRefused`]: `Maximum of itastream LoginRefused ${own} in 60 s: > 0 1x, missing notBreaching`,
    [`Line${line}Late`]: `Maximum of itastream LagP50 ${own} in 60 s: > 2000 3x, missing notBreaching`,
  }
}

const idOf = (prefix: string): string =>
  nameOf(
    Object.keys(resources).find(
      id => id.startsWith(prefix) && resources[id]!.Type === 'AWS::Lambda::EventSourceMapping',
    )!,
  )

suite('the alarms', () => {
  test('watch these metrics with these limits, and there are no others', () => {
    assert.deepEqual(texts, {
      ...ofConsumer('StoreTicks', 'StoreStoreTicksFunction', idOf('StoreStoreTicks'), 300_000),
      ...ofConsumer('Broadcast', 'BroadcastFunction', idOf('Broadcast'), 10_000),
      ...ofFunction('StoreTicks', 'StoreStoreTicksFunction'),
      ...ofFunction('Broadcast', 'BroadcastFunction'),
      ...ofFunction('PushRoom', 'BroadcastPushRoomFunction'),
      ...ofGroup('WebSocket', ['RealtimeConnect', 'RealtimeMessage', 'RealtimeDisconnect']),
      ...ofGroup('Rest', ['RestDelayedPrices', 'RestRealtimePrices', 'RestMarketInfo']),
      ...ofGroup('Scheduled', ['CloseCloseOfDay', 'OutsideCanary'], ['ScheduleMarketHours']),
      ReleaseRestFails:
        'SUM([m0, m1, m2, IF(part > 2 AND part / all > 0.01, part, 0)]), ' +
        `${errors(['RestDelayedPrices', 'RestRealtimePrices', 'RestMarketInfo'])}, ` +
        `part = ${ofRest('5xx')}, all = ${ofRest('Count')}: > 0 1x, missing notBreaching`,
      ReleaseWebSocketFails:
        'SUM([m0, m1, m2]), ' +
        `${errors(['RealtimeConnect', 'RealtimeMessage', 'RealtimeDisconnect'])}: > 0 1x, missing notBreaching`,
      ConcurrencyNearLimit:
        'Maximum of AWS/Lambda ClaimedAccountConcurrency  in 60 s: > 900 3x, missing notBreaching',
      ...Object.assign({}, ...LINE_NUMBERS.map(ofLine)),
      NoTicks:
        'IF(open > 0 AND (SUM([line1, 0 * open]) == 0 OR SUM([line2, 0 * open]) == 0 OR SUM([line3, 0 * open]) == 0 OR ' +
        'SUM([sent, 0 * open]) == 0 OR SUM([stored, 0 * open]) == 0), 1, 0), ' +
        'open = Minimum of itastream SessionOpen service=market-hours in 300 s, ' +
        LINE_NUMBERS.map(
          line => `line${line} = Sum of itastream TicksPerSecond line=${line} service=ingest in 300 s, `,
        ).join('') +
        'sent = Sum of itastream TicksBroadcast service=broadcast in 300 s, ' +
        'stored = Sum of itastream TicksStored service=store-ticks in 300 s: > 0 1x, missing notBreaching',
      QuietWeekday:
        'IF(DAY(runs) < 6 AND (((60 * HOUR(runs) + MINUTE(runs)) >= 5 AND (60 * HOUR(runs) + MINUTE(runs)) < 150) OR ' +
        '((60 * HOUR(runs) + MINUTE(runs)) >= 215 AND (60 * HOUR(runs) + MINUTE(runs)) < 385)), ' +
        'IF(SUM([sent, 0 * runs]) == 0, 1, 0), 0), sent = Sum of itastream TicksBroadcast service=broadcast in 300 s, ' +
        'runs = Sum of AWS/Lambda Invocations FunctionName=CloseCloseOfDayFunction in 300 s: > 0 2x, missing notBreaching',
      WritesThrottled: throttles('WriteThrottleEvents'),
      ReadsThrottled: throttles('ReadThrottleEvents'),
      RestFails: `IF(part > 10, part / all, 0), part = ${ofRest('5xx')}, all = ${ofRest('Count')}: > 0.05 5x, missing notBreaching`,
      RestRefused: `IF(part > 300, part / all, 0), part = ${ofRest('4xx')}, all = ${ofRest('Count')}: > 0.5 10x, missing notBreaching`,
      RestSlow: 'p99 of AWS/ApiGateway Latency ApiId=RestApi in 60 s: > 3000 5x, missing notBreaching',
      ConnectFails:
        'IF(part > 10, part / all, 0), part = Sum of AWS/Lambda Errors FunctionName=RealtimeConnectFunction in 60 s, ' +
        'all = Sum of AWS/Lambda Invocations FunctionName=RealtimeConnectFunction in 60 s: > 0.2 3x, missing notBreaching',
      WebSocketFails: `${ofWebSocket('ExecutionError')}: > 10 3x, missing notBreaching`,
      WebSocketRefused:
        'IF(SUM([gateway, function]) > 300, SUM([gateway, function]) / connects, 0), ' +
        `gateway = ${ofWebSocket('ClientError')}, function = ${ofWebSocket('IntegrationError')}, ` +
        `connects = ${ofWebSocket('ConnectCount')}: > 0.5 10x, missing notBreaching`,
      WebSocketSlow:
        'p99 of AWS/ApiGateway IntegrationLatency ApiId=RealtimeApi in 60 s: > 3000 5x, missing notBreaching',
      PostsFailed:
        'IF(part > 600, part / all, 0), part = Sum of itastream PostsFailed service=broadcast in 60 s, ' +
        'all = Sum of itastream Posts service=broadcast in 60 s: > 0.2 3x, missing notBreaching',
      BoardsDue: 'Minimum of itastream BoardsDue service=broadcast in 60 s: > 0 3x, missing notBreaching',
      PaceStretch: 'Average of itastream PaceStretch service=broadcast in 60 s: > 2 5x, missing notBreaching',
      PostsThrottled:
        'IF(part > 600, part / all, 0), part = Sum of itastream PostsThrottled service=broadcast in 60 s, ' +
        'all = Sum of itastream Posts service=broadcast in 60 s: > 0.01 5x, missing notBreaching',
      ConnectUnrecorded:
        'Sum of itastream AccessUnrecorded service=connect in 300 s: > 0 1x, missing notBreaching',
      RealtimePricesUnrecorded:
        'Sum of itastream AccessUnrecorded service=realtime-prices in 300 s: > 0 1x, missing notBreaching',
      CanaryFails:
        '1 - ok, ok = Minimum of itastream CanaryOk service=canary in 60 s: > 0 3x, missing breaching',
      MarketHoursErrors:
        'Sum of AWS/Lambda Errors FunctionName=ScheduleMarketHoursFunction in 300 s: > 0 2x, missing notBreaching',
      MarketHoursSilent:
        'Sum of AWS/Lambda Invocations FunctionName=ScheduleMarketHoursFunction in 300 s: < 1 3x, missing breaching',
      MarketHoursFailures:
        'Minimum of itastream Failures service=market-hours in 300 s: > 0 3x, missing notBreaching',
      TasksMissing:
        'Minimum of itastream TasksMissing service=market-hours in 300 s: > 0 2x, missing notBreaching',
      MarketHoursLate:
        'Maximum of itastream Late service=market-hours in 300 s: > 0 1x, missing notBreaching',
      EventsLost:
        'Maximum of AWS/SQS ApproximateNumberOfMessagesVisible QueueName=LostEventsQueue.QueueName in 300 s: > 0 1x, missing notBreaching',
      ArchiveOverdue:
        'Maximum of itastream ArchiveOverdue service=close-of-day in 300 s: > 0 1x, missing notBreaching',
      ArchiveIncomplete:
        'Maximum of itastream ArchiveIncomplete service=close-of-day in 300 s: > 0 1x, missing notBreaching',
      ArchiveUnknown:
        'SampleCount of itastream ArchiveOverdue service=close-of-day in 300 s: < 1 3x, missing breaching',
    })
  })

  test('publish to the topic of their severity at once and at their end, and say what is wrong', () => {
    for (const [id, { Properties }] of alarms) {
      const { AlarmActions, OKActions, ActionsEnabled, DatapointsToAlarm, AlarmDescription } =
        Properties as unknown as Alarm
      assert.match(plain(AlarmActions), /^AlarmsTopics(Page|Notice)$/, id)
      assert.deepEqual(OKActions, AlarmActions, id)
      assert.deepEqual([ActionsEnabled, DatapointsToAlarm], [undefined, undefined], id)
      assert.match(AlarmDescription, /^[A-Za-z].*[.?] Runbook: docs\/operations\.md#[a-z-]+$/, id)
    }
  })

  test('use ten metrics at most each, as CloudWatch allows', () => {
    for (const [id, { Properties }] of alarms) {
      const { Metrics = [] } = Properties as unknown as Alarm
      assert.ok(Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length <= 10, id)
    }
  })

  test('of the cheap stage are the pages alone', () => {
    const pages = (stage: 'dev' | 'prod'): string[] =>
      Object.entries(synthesize(stage).resources)
        .filter(
          ([, { Type, Properties }]) =>
            Type === 'AWS::CloudWatch::Alarm' && /Page$/.test(plain(Properties.AlarmActions)),
        )
        .map(([id]) => nameOf(id))
    const all = Object.values(synthesize('dev').resources).filter(
      ({ Type }) => Type === 'AWS::CloudWatch::Alarm',
    )
    assert.deepEqual(pages('dev'), pages('prod'))
    assert.equal(all.length, pages('dev').length)
  })

  test('of trading have names by which market-hours finds them, and the others keep notifying at night', () => {
    const named = alarms.flatMap(
      ([
        id,
        {
          Properties: { AlarmName },
        },
      ]) => (AlarmName === undefined ? [] : [[nameOf(id).replace(/^Alarms/, ''), plain(AlarmName)] as const]),
    )
    for (const [id, name] of named) assert.equal(name, `StackName-trading-${id}`)
    const expected = [
      'BoardsDue',
      'BroadcastLate',
      'CanaryFails',
      'ConnectFails',
      ...LINE_NUMBERS.flatMap(line => ['Alone', 'Down', 'Late', 'NotLive'].map(what => `Line${line}${what}`)),
      'PaceStretch',
      'PostsFailed',
      'PostsThrottled',
      'StoreTicksLate',
      'WebSocketFails',
      'WebSocketRefused',
      'WebSocketSlow',
    ]
    assert.deepEqual(named.map(([id]) => id).sort(), expected)
  })

  test('of a line name the line', () => {
    for (const [id, { Properties }] of alarms) {
      const line = /^AlarmsLine(\d)/.exec(id)?.[1]
      if (line !== undefined)
        assert.match(String(Properties.AlarmDescription), new RegExp(`line ${line}\\b`, 'i'), id)
    }
  })
})
