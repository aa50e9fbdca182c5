import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  paginateDescribeAlarms,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch'
import { att, fn, type Resources } from './assembly-fixture.ts'
import { boot, client, type Lab, refused } from './cloud-fixture.ts'

/** Returns alarms with these logical ids. */
const alarms = (ids: readonly string[], properties: object = {}): Resources =>
  Object.fromEntries(
    ids.map(id => [
      id,
      {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: {
          MetricName: 'Lost',
          Namespace: 'ita',
          Threshold: 0,
          EvaluationPeriods: 1,
          ...properties,
        },
      },
    ]),
  )

function cloudWatch(t: TestContext, lab: Lab, env?: Readonly<Record<string, string>>): CloudWatchClient {
  const sdk = new CloudWatchClient(client(lab.cloud, env))
  t.after(() => sdk.destroy())
  return sdk
}

test('actions of alarms are enabled and disabled by name', async t => {
  const lab = await boot(t, {
    resources: { ...alarms(['late', 'lost']), ...alarms(['silent'], { ActionsEnabled: false }) },
  })
  assert.deepEqual(lab.cloud.unsupported, [])
  const sdk = cloudWatch(t, lab)
  const enabled = async () => {
    const { MetricAlarms } = await sdk.send(new DescribeAlarmsCommand({}))
    return Object.fromEntries(MetricAlarms!.map(alarm => [alarm.AlarmName, alarm.ActionsEnabled]))
  }
  assert.deepEqual(await enabled(), { 'Lab-late': true, 'Lab-lost': true, 'Lab-silent': false })
  // CloudWatch accepts names of alarms that do not exist.
  await sdk.send(new DisableAlarmActionsCommand({ AlarmNames: ['Lab-late', 'Lab-gone'] }))
  await sdk.send(new EnableAlarmActionsCommand({ AlarmNames: ['Lab-silent', 'Lab-lost'] }))
  assert.deepEqual(await enabled(), { 'Lab-late': false, 'Lab-lost': true, 'Lab-silent': true })
})

test('alarms are described by names, by prefix and in pages', async t => {
  const ids = Array.from({ length: 7 }, (_, index) => `alarm${index}`)
  const lab = await boot(t, { resources: { ...alarms(ids), ...alarms(['other']) } })
  const sdk = cloudWatch(t, lab)
  const names = async (input: object) =>
    (await sdk.send(new DescribeAlarmsCommand(input))).MetricAlarms!.map(alarm => alarm.AlarmName)
  assert.deepEqual(await names({ AlarmNames: ['Lab-other', 'Lab-gone'] }), ['Lab-other'])
  assert.equal((await names({ AlarmNamePrefix: 'Lab-alarm' })).length, 7)
  assert.deepEqual(await names({ AlarmTypes: ['CompositeAlarm'] }), [])
  const pages: number[] = []
  const input = { AlarmNamePrefix: 'Lab-alarm' }
  for await (const page of paginateDescribeAlarms({ client: sdk, pageSize: 3 }, input)) {
    pages.push(page.MetricAlarms!.length)
  }
  assert.deepEqual(pages, [3, 3, 1])
  const { MetricAlarms } = await sdk.send(new DescribeAlarmsCommand({ AlarmNames: ['Lab-other'] }))
  assert.deepEqual(MetricAlarms, [
    {
      AlarmName: 'Lab-other',
      AlarmArn: 'arn:aws:cloudwatch:ap-northeast-1:000000000000:alarm:Lab-other',
      ActionsEnabled: true,
      MetricName: 'Lost',
      Namespace: 'ita',
      Threshold: 0,
      EvaluationPeriods: 1,
      StateValue: 'INSUFFICIENT_DATA',
      StateReason: 'Unchecked: Initial alarm creation',
    },
  ])
  await refused(names({ AlarmNames: [], AlarmNamePrefix: 'Lab' }), 'ValidationException', 400)
  await refused(names({ MaxRecords: 101 }), 'ValidationException', 400)
  await refused(names({ StateValue: 'ALARM' }), 'ValidationException', 400)
  const many = Array.from({ length: 101 }, () => 'Lab-other')
  await refused(sdk.send(new DisableAlarmActionsCommand({ AlarmNames: many })), 'ValidationException', 400)
})

test('the state of an alarm is what was set last', async t => {
  const lab = await boot(t, { resources: alarms(['late']) })
  const sdk = cloudWatch(t, lab)
  const set = (AlarmName: string, StateValue: string) =>
    sdk.send(
      new SetAlarmStateCommand({ AlarmName, StateValue: StateValue as 'OK', StateReason: 'trading begins' }),
    )
  await set('Lab-late', 'ALARM')
  const { MetricAlarms } = await sdk.send(new DescribeAlarmsCommand({}))
  assert.deepEqual([MetricAlarms![0]!.StateValue, MetricAlarms![0]!.StateReason], ['ALARM', 'trading begins'])
  await refused(set('Lab-gone', 'OK'), 'ResourceNotFound', 404)
  await refused(set('Lab-late', 'FINE'), 'ValidationException', 400)
})

test('a role changes the alarms that its policy names, and no other', async t => {
  const Action = ['cloudwatch:DisableAlarmActions', 'cloudwatch:DescribeAlarms']
  const lab = await boot(t, {
    resources: {
      ...alarms(['late', 'lost']),
      ...fn('hours', [{ Effect: 'Allow', Action, Resource: att('late', 'Arn') }]),
    },
  })
  await lab.cloud.invoke('hours', {})
  const sdk = cloudWatch(t, lab, lab.seen[0]!.env)
  await sdk.send(new DisableAlarmActionsCommand({ AlarmNames: ['Lab-late'] }))
  const both = new DisableAlarmActionsCommand({ AlarmNames: ['Lab-late', 'Lab-lost'] })
  await refused(sdk.send(both), 'AccessDeniedException', 400)
  await sdk.send(new DescribeAlarmsCommand({ AlarmNames: ['Lab-late'] }))
  await refused(sdk.send(new DescribeAlarmsCommand({})), 'AccessDeniedException', 400)
})
