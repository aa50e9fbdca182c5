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
  assert.throws(() => fires('cron(0 9 * * ? *)', '2026-11-20T00:00:00Z', 'Asia/Nowhere'), {
    name: 'RangeError',
    message: /^cron\(0 9 \* \* \? \*\) in Asia\/Nowhere: /,
  })
})

test('a rate fires in the next minute, and then at its distance', () => {
  const fires = readExpression('rate(5 minutes)', 'UTC', 100)
  const minutes = Array.from({ length: 20 }, (_, index) => 95 + index).filter(fires)
  assert.deepEqual(minutes, [101, 106, 111])
  assert.deepEqual([1, 60, 61, 121].filter(readExpression('rate(1 hour)', 'UTC', 0)), [1, 61, 121])
})

test('a fixed hour that comes twice fires once, and shorter distances go on', () => {
  // Clocks in New York went back from 02:00 to 01:00 on the first of November 2026, at 06:00 UTC.
  const minuteOf = (iso: string): number => Date.parse(iso) / 60_000
  const hours = Array.from({ length: 60 * 8 }, (_, index) => minuteOf('2026-11-01T00:00:00Z') + index)
  const fired = (expression: string, zone: string): string[] =>
    hours
      .filter(readExpression(expression, zone, 0))
      .map(minute => new Date(minute * 60_000).toISOString().slice(11, 16))
  assert.deepEqual(fired('cron(30 1 * * ? *)', 'America/New_York'), ['05:30'])
  assert.deepEqual(fired('cron(30 2 * * ? *)', 'America/New_York'), ['07:30'])
  assert.deepEqual(fired('cron(30 * * * ? *)', 'America/New_York').length, 8)
  assert.deepEqual(fired('cron(30 14 * * ? *)', 'Asia/Tokyo'), ['05:30'])
})

const REFUSED = [
  'cron(0 9 * *)',
  'cron(60 9 * * ? *)',
  'cron(0 24 * * ? *)',
  'cron(0 9 0 * ? *)',
  'cron(0 9 32 * ? *)',
  'cron(0 9 1 13 ? *)',
  'cron(0 9 ? * 0 *)',
  'cron(0 9 ? * 8 *)',
  'cron(0 9 ? * 6#6 *)',
  'cron(0 9 ? * XXX *)',
  'cron(0 9 1 * ? 1969)',
  'cron(0 9 1 * ? 2026-2200)',
  // Parts without a number.
  'cron(5, 9 * * ? *)',
  'cron(-5 9 * * ? *)',
  'cron(5- 9 * * ? *)',
  'cron(5/ 9 * * ? *)',
  // Ranges from more to less.
  'cron(0 9 ? * FRI-MON *)',
  'cron(0 22-2 * * ? *)',
  // Numbers that are none.
  'cron(0x1e 9 * * ? *)',
  'cron(1e1 9 * * ? *)',
  'cron(+5 9 * * ? *)',
  'cron(0/1.5 9 * * ? *)',
  'cron(0/0 9 * * ? *)',
  'cron(5-10-20 9 * * ? *)',
  'cron(0/5/7 9 * * ? *)',
  // Wildcards in a field that does not have them.
  'cron(? 9 * * ? *)',
  'cron(0 ? * * ? *)',
  'cron(0 9 * ? ? *)',
  'cron(0 9 * * ? ?)',
  'cron(L 9 * * ? *)',
  'cron(0 9 ? * 2/3 *)',
  // Both days, or none.
  'cron(0 9 1 * MON *)',
  'cron(0 9 * * * *)',
  'cron(0 9 ? * ? *)',
  'rate(0 minutes)',
  'rate(1.5 minutes)',
  'at(2026-11-20T09:00:00)',
  'daily',
]
for (const expression of REFUSED) {
  test(`${expression} is refused, and the error names it`, () => {
    assert.throws(
      () => readExpression(expression, 'Asia/Tokyo', 0),
      (error: Error) => error instanceof RangeError && error.message.includes(expression),
    )
  })
}

test('a time zone is an IANA name', () => {
  assert.throws(
    () => readExpression('cron(0 9 * * ? *)', '+09:00', 0),
    /expected the IANA name of a time zone/,
  )
})
