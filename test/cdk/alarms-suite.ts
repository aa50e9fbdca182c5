import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { LINE_NUMBERS } from '../../market/lane.ts'
import { plain } from './plain-values.ts'
import { synthesize } from './synthesis.ts'
import { nameOf, read } from './template-reading.ts'

const { resources } = synthesize()
const { ofType } = read(resources)

interface Metric {
  readonly Namespace: string
  readonly MetricName: string
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[]
}

interface Query {
  readonly Id: string
  readonly Expression?: string
  readonly MetricStat?: { readonly Metric: Metric; readonly Stat: string; readonly Period: number }
  readonly ReturnData?: boolean
}

interface Alarm extends Partial<Metric> {
  readonly Statistic?: string
  readonly Period?: number
  readonly Metrics?: readonly Query[]
  readonly ComparisonOperator: string
  readonly Threshold: number
  readonly EvaluationPeriods: number
  readonly DatapointsToAlarm?: number
  readonly TreatMissingData: string
  readonly AlarmDescription: string
  readonly AlarmActions: unknown
  readonly ActionsEnabled?: boolean
}

const metricText = (
  { Namespace, MetricName, Dimensions }: Metric,
  statistic: string,
  period: number,
): string =>
  `${statistic} of ${Namespace} ${MetricName} ${Dimensions.map(({ Name, Value }) => `${Name}=${plain(Value)}`).join(' ')} in ${period} s`

function watchedText(alarm: Alarm): string {
  if (alarm.Metrics === undefined) return metricText(alarm as Metric, alarm.Statistic!, alarm.Period!)
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
      ...ofFunction('CloseOfDay', 'CloseCloseOfDayFunction'),
      ...Object.assign({}, ...LINE_NUMBERS.map(ofLine)),
      TicksThrottled:
        'Sum of AWS/DynamoDB WriteThrottleEvents TableName=TablesTicks in 60 s: > 0 3x, missing notBreaching',
      BoardsDue: 'Minimum of itastream BoardsDue service=broadcast in 60 s: > 0 3x, missing notBreaching',
      PaceStretch: 'Average of itastream PaceStretch service=broadcast in 60 s: > 2 5x, missing notBreaching',
      PostsThrottled:
        'IF(throttled > 600, throttled / posts, 0), throttled = Sum of itastream PostsThrottled service=broadcast in 60 s, ' +
        'posts = Sum of itastream Posts service=broadcast in 60 s: > 0.01 5x, missing notBreaching',
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

  test('publish to the topic at once, and say what is wrong', () => {
    const [topic, ...others] = ofType('AWS::SNS::Topic')
    assert.ok(topic !== undefined && others.length === 0)
    for (const [id, { Properties }] of alarms) {
      const { AlarmActions, ActionsEnabled, DatapointsToAlarm, AlarmDescription } =
        Properties as unknown as Alarm
      assert.equal(plain(AlarmActions), 'AlarmsTopic', id)
      assert.deepEqual([ActionsEnabled, DatapointsToAlarm], [undefined, undefined], id)
      assert.match(AlarmDescription, /^[A-Za-z].*\.$/, id)
    }
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
    assert.deepEqual(named.map(([id]) => id).sort(), [
      'BoardsDue',
      'BroadcastLate',
      'CanaryFails',
      ...LINE_NUMBERS.flatMap(line => ['Alone', 'Down', 'Late', 'NotLive'].map(what => `Line${line}${what}`)),
      'PaceStretch',
      'PostsThrottled',
      'StoreTicksLate',
      'TicksThrottled',
    ])
  })

  test('of a line name the line', () => {
    for (const [id, { Properties }] of alarms) {
      const line = /^AlarmsLine(\d)/.exec(id)?.[1]
      if (line !== undefined)
        assert.match(String(Properties.AlarmDescription), new RegExp(`line ${line}\\b`, 'i'), id)
    }
  })
})
