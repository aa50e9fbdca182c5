/** The values of market-hours on the local cloud, by real calls of the SDK. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { CloudWatchClient, DescribeAlarmsCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import { alarmActions } from '../../../functions/market-hours/alarm-actions.ts'
import { canarySchedule } from '../../../functions/market-hours/canary-schedule.ts'
import { mappingEnabled, mappingWindow } from '../../../functions/market-hours/event-mapping.ts'
import {
  provisionedConcurrency,
  reservedConcurrency,
} from '../../../functions/market-hours/function-concurrency.ts'
import { Later, type MarketResource, type Value } from '../../../functions/market-hours/market-resource.ts'
import { streamShards } from '../../../functions/market-hours/stream-shards.ts'
import { warmThroughput } from '../../../functions/market-hours/warm-throughput.ts'
import { keepAliveHandler } from '../../../lambda/keep-alive.ts'
import { shiftedClock } from '../../../market/clock.ts'
import { nowMillis } from '../../../market/units.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { until } from '../../until.ts'
import { aliasOf, att, fn, type Resources, readerOf, ref, role } from './assembly-fixture.ts'
import { boot, client } from './cloud-fixture.ts'

const table: Resources = {
  table: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    },
  },
}
const alarm = (name: string) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: { AlarmName: name, MetricName: 'Lost', Namespace: 'ita', Threshold: 0, EvaluationPeriods: 1 },
})

/** Boots resources on a cloud in which a change of AWS that takes minutes takes seconds. */
async function start(t: TestContext, resources: Resources) {
  const clock = shiftedClock([{ real: nowMillis(), market: nowMillis(), speed: 120 }])
  const lab = await boot(t, { resources }, { clock })
  const { cloud } = lab
  const config = { ...client(cloud), requestHandler: keepAliveHandler(), maxAttempts: 2 }
  const closed = <Client extends { destroy(): void }>(sdk: Client): Client => {
    t.after(() => sdk.destroy())
    return sdk
  }
  return { cloud, lab, config, lambda: closed(new LambdaClient(config)), closed }
}

/** Waits until a resource has a value, and AWS has made the change. */
async function reaches(resource: MarketResource, value: Value): Promise<void> {
  const isReached = async (): Promise<boolean> => {
    const reading = await resource.read()
    return reading.value === value && reading.busy !== true
  }
  await until(isReached, `${resource.kind} ${resource.name} to be ${value}`, { limitMs: 20_000 })
}

test('concurrency is reserved and provisioned, and both are removed again', async t => {
  const { cloud, lambda } = await start(t, { ...readerOf({}), ...aliasOf('reader') })
  const name = cloud.ref('reader')
  const reserved = reservedConcurrency(lambda, name, 'reader')
  const provisioned = provisionedConcurrency(lambda, name, 'reader')
  assert.deepEqual([await reserved.read(), await provisioned.read()], [{ value: 'none' }, { value: 'none' }])
  await reserved.apply(5, 'none')
  await provisioned.apply(3, 'none')
  assert.deepEqual(await reserved.read(), { value: 5 })
  await until(async () => (await provisioned.read()).running === 3, 'three environments that are ready')
  assert.deepEqual(await provisioned.read(), { value: 3, running: 3 })
  // Lambda refuses less than what is provisioned, more than what is reserved, and to leave fewer than 100 to others.
  await assert.rejects(reserved.apply(2, 5), { name: 'InvalidParameterValueException' })
  await assert.rejects(provisioned.apply(6, 3), { name: 'InvalidParameterValueException' })
  await assert.rejects(reserved.apply(901, 5), { name: 'InvalidParameterValueException' })
  await provisioned.apply('none', 3)
  await reserved.apply('none', 5)
  assert.deepEqual([await reserved.read(), await provisioned.read()], [{ value: 'none' }, { value: 'none' }])
})

test('a mapping is disabled and enabled, its window changes, and it takes one change at a time', async t => {
  const { cloud, lambda } = await start(t, readerOf({ MaximumBatchingWindowInSeconds: 60 }))
  const enabled = mappingEnabled(lambda, cloud.ref('mapping'), 'reader')
  const window = mappingWindow(lambda, cloud.ref('mapping'), 'reader')
  await reaches(enabled, true)
  assert.deepEqual(await window.read(), { value: 60, busy: false })
  await enabled.apply(false, true)
  assert.equal((await enabled.read()).busy, true)
  await assert.rejects(window.apply(30, 60), Later)
  await reaches(enabled, false)
  await window.apply(30, 60)
  await reaches(window, 30)
  await enabled.apply(true, false)
  await reaches(enabled, true)
})

test('shards are doubled, and a second change has to wait', async t => {
  const { cloud, config, closed } = await start(t, readerOf({}))
  const shards = streamShards(closed(new KinesisClient(config)), cloud.ref('stream'), 'stream')
  assert.deepEqual(await shards.read(), { value: 1, busy: false })
  await shards.apply(2, 1)
  await assert.rejects(shards.apply(4, 2), Later)
  await reaches(shards, 2)
})

test('warm throughput is raised, and is busy until the table has it', async t => {
  const { cloud, config, closed } = await start(t, table)
  const dynamo = closed(createDynamoDB(config))
  const warm = warmThroughput(dynamo, cloud.ref('table'), 'table')
  await reaches(warm, 4_000)
  await warm.apply(9_000, 4_000)
  await reaches(warm, 9_000)
  await assert.rejects(warm.apply(8_000, 9_000), { name: 'ValidationException' })
})

test('the schedule of the canary is switched, fires while it is on, and keeps its other settings', async t => {
  const { cloud, lab, config, closed } = await start(t, {
    ...fn('canary'),
    ...aliasOf('canary'),
    ...role('schedules', [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: ref('canaryLive') }]),
    schedule: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        Description: 'Asks.',
        ScheduleExpression: 'cron(* * * * ? *)',
        ScheduleExpressionTimezone: 'Asia/Tokyo',
        FlexibleTimeWindow: { Mode: 'OFF' },
        State: 'DISABLED',
        Target: {
          Arn: ref('canaryLive'),
          RoleArn: att('schedules', 'Arn'),
          Input: '{"minute":true}',
          RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
        },
      },
    },
  })
  const sdk = closed(new SchedulerClient(config))
  const Name = cloud.ref('schedule')
  const settings = async () => {
    const { $metadata, LastModificationDate, State, ...others } = await sdk.send(
      new GetScheduleCommand({ Name }),
    )
    return others
  }
  const canary = canarySchedule(sdk, Name, 'schedule')
  const before = await settings()
  assert.deepEqual(await canary.read(), { value: false })
  await canary.apply(true, false)
  assert.deepEqual(await canary.read(), { value: true })
  await until(() => lab.seen.some(({ fn: name }) => name === 'canary'), 'the canary to be invoked')
  await canary.apply(false, true)
  assert.deepEqual(await canary.read(), { value: false })
  assert.deepEqual(await settings(), before)
  assert.deepEqual([before.Description, before.Target?.Input], ['Asks.', '{"minute":true}'])
  await assert.rejects(canarySchedule(sdk, 'none', 'schedule').read(), { name: 'ResourceNotFoundException' })
})

test('alarms are switched by prefix, and an alarm that started meanwhile starts again', async t => {
  const names = ['Lab-trading-a', 'Lab-trading-b', 'Lab-other']
  const { config, closed } = await start(
    t,
    Object.fromEntries(names.map((name, index) => [`alarm${index}`, alarm(name)])),
  )
  const sdk = closed(new CloudWatchClient(config))
  const states = async () => {
    const { MetricAlarms = [] } = await sdk.send(new DescribeAlarmsCommand({}))
    return Object.fromEntries(
      MetricAlarms.map(({ AlarmName, ActionsEnabled, StateValue }) => [
        AlarmName,
        [ActionsEnabled, StateValue],
      ]),
    )
  }
  const set = (AlarmName: string, StateValue: 'OK' | 'ALARM') =>
    sdk.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'a test' }))
  for (const name of names) await set(name, 'OK')
  const trading = alarmActions(sdk, 'Lab-trading-', 'of trading')
  assert.deepEqual(await trading.read(), { value: true })
  await trading.apply(false, true)
  assert.deepEqual(await trading.read(), { value: false })
  await set('Lab-trading-a', 'ALARM')
  await set('Lab-other', 'ALARM')
  await trading.apply(true, false)
  assert.deepEqual(await states(), {
    'Lab-other': [true, 'ALARM'],
    'Lab-trading-a': [true, 'INSUFFICIENT_DATA'],
    'Lab-trading-b': [true, 'OK'],
  })
  // An alarm that notifies already is not disturbed.
  await set('Lab-trading-b', 'ALARM')
  await trading.apply(true, 'some')
  assert.deepEqual((await states())['Lab-trading-b'], [true, 'ALARM'])
  await assert.rejects(alarmActions(sdk, 'Lab-none-', 'of trading').read(), {
    message: 'expected alarms with names that begin with Lab-none-, found none',
  })
})
