import assert from 'node:assert/strict'
import test from 'node:test'
import { readExpression } from '../../../local/cloud/schedules/schedule-expression.ts'
import { shiftedClock } from '../../../market/clock.ts'
import { asEpochMillis, nowMillis } from '../../../market/units.ts'
import { until } from '../../until.ts'
import { att, fn, type Resources, role } from './assembly-fixture.ts'
import { boot } from './cloud-fixture.ts'

const RESOURCES: Resources = {
  ...fn('hours'),
  ...role('schedulerRole', [
    { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: att('hours', 'Arn') },
  ]),
  schedule: {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      ScheduleExpression: 'cron(0/5 * * * ? *)',
      ScheduleExpressionTimezone: 'Asia/Tokyo',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: att('hours', 'Arn'), RoleArn: att('schedulerRole', 'Arn'), Input: '{"wake":true}' },
    },
  },
}

test('a schedule fires by the market clock', async t => {
  // One market second before 9:00, with ten market minutes in a real second: 9:00 and then 9:05.
  const market = asEpochMillis(Date.parse('2026-11-20T08:59:59+09:00'))
  const clock = shiftedClock([{ real: nowMillis(), market, speed: 600 }])
  const lab = await boot(t, { resources: RESOURCES }, { clock })
  await until(() => lab.of('hours').length >= 2, 'two events of the schedule')
  assert.deepEqual(lab.of('hours')[0], { wake: true })
})

test('a schedule is refused at the boot when its role does not allow the call', async t => {
  await assert.rejects(
    boot(t, { resources: { ...RESOURCES, ...role('schedulerRole', []) } }),
    /schedule: the role .* does not allow lambda:InvokeFunction on arn:aws:lambda/,
  )
})

test('an expression fires in its minutes, in its time zone', () => {
  const minuteOf = (iso: string): number => Date.parse(iso) / 60_000
  const fires = (expression: string, iso: string, zone = 'Asia/Tokyo'): boolean =>
    readExpression(expression, zone, minuteOf('2026-11-20T00:00:00Z'))(minuteOf(iso))

  assert.ok(fires('cron(0 9 ? * MON-FRI *)', '2026-11-20T09:00:00+09:00'))
  assert.ok(!fires('cron(0 9 ? * MON-FRI *)', '2026-11-21T09:00:00+09:00'))
  assert.ok(!fires('cron(0 9 ? * MON-FRI *)', '2026-11-20T09:01:00+09:00'))
  assert.ok(fires('cron(0 9 ? * 6 *)', '2026-11-20T09:00:00+09:00'))
  assert.ok(fires('cron(0/5 * * * ? *)', '2026-11-20T23:55:00+09:00'))
  assert.ok(!fires('cron(0/5 * * * ? *)', '2026-11-20T23:56:00+09:00'))
  assert.ok(fires('cron(25,30 15 20 NOV ? 2026)', '2026-11-20T15:30:00+09:00'))
  assert.ok(!fires('cron(25,30 15 20 NOV ? 2027)', '2026-11-20T15:30:00+09:00'))
  // Clocks in New York went back on the first of November 2026.
  assert.ok(fires('cron(30 9 * * ? *)', '2026-10-30T13:30:00Z', 'America/New_York'))
  assert.ok(fires('cron(30 9 * * ? *)', '2026-11-02T14:30:00Z', 'America/New_York'))
  assert.ok(fires('cron(0 9 L * ? *)', '2026-11-30T09:00:00+09:00'))
  assert.ok(fires('cron(0 9 ? * 6#4 *)', '2026-11-27T09:00:00+09:00'))
  assert.ok(!fires('cron(0 9 ? * 6#4 *)', '2026-11-20T09:00:00+09:00'))
  assert.ok(fires('rate(5 minutes)', '2026-11-20T00:10:00Z'))
  assert.ok(!fires('rate(5 minutes)', '2026-11-20T00:11:00Z'))
  for (const wrong of [
    'cron(0 9 * *)',
    'cron(60 9 * * ? *)',
    'cron(0 9 ? * XXX *)',
    'cron(0 9 1 * MON *)',
    'cron(0 9 ? * ? *)',
    'rate(0 minutes)',
    'daily',
  ]) {
    assert.throws(() => fires(wrong, '2026-11-20T00:00:00Z'), RangeError, wrong)
  }
  assert.throws(() => fires('cron(0 9 * * ? *)', '2026-11-20T00:00:00Z', 'Asia/Nowhere'), {
    name: 'RangeError',
    message: /^cron\(0 9 \* \* \? \*\) in Asia\/Nowhere: /,
  })
})
