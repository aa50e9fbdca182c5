import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ALARM_METRICS,
  BIG_FUNCTION_GB,
  CANARY_CALLS_AN_HOUR,
  CONNECT_FUNCTION_GB,
  MESSAGE_FUNCTION_GB,
  REST_FUNCTION_GB,
  SCHEDULED_FUNCTION_GB,
  SCHEDULES,
  STORE_FUNCTION_GB,
  TASK_GB,
  TASK_VCPU,
} from '../../../tools/cost/sizes.ts'
import { synthesize } from '../../cdk/synthesis.ts'
import { read } from '../../cdk/template-reading.ts'

const { resources } = synthesize()
const { ofType } = read(resources)

test('task sizes equal those of the template', () => {
  for (const { Properties } of ofType('AWS::ECS::TaskDefinition')) {
    assert.equal(Number(Properties.Cpu) / 1024, TASK_VCPU)
    assert.equal(Number(Properties.Memory) / 1024, TASK_GB)
  }
})

test('memory sizes of functions equal those of the template', () => {
  const memory = new Map(
    ofType('AWS::Lambda::Function')
      .filter(({ Properties }) => Properties.Environment !== undefined)
      .map(({ Properties }) => [Properties.Description, Number(Properties.MemorySize) / 1024]),
  )
  for (const name of ['broadcast', 'push-room', 'close-of-day'])
    assert.equal(memory.get(`itastream ${name}`), BIG_FUNCTION_GB)
  assert.equal(memory.get('itastream store-ticks'), STORE_FUNCTION_GB)
  assert.equal(memory.get('itastream message'), MESSAGE_FUNCTION_GB)
  for (const name of ['connect', 'disconnect'])
    assert.equal(memory.get(`itastream ${name}`), CONNECT_FUNCTION_GB)
  assert.equal(memory.get('itastream delayed-prices'), REST_FUNCTION_GB)
  for (const name of ['market-hours', 'canary'])
    assert.equal(memory.get(`itastream ${name}`), SCHEDULED_FUNCTION_GB)
})

test('the template has as many alarms and schedules as the bill', () => {
  const metrics = ofType('AWS::CloudWatch::Alarm').map(({ Properties }) => {
    const { Metrics } = Properties as { Metrics?: readonly { readonly MetricStat?: unknown }[] }
    return Metrics === undefined ? 1 : Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length
  })
  const count = metrics.reduce((sum, each) => sum + each, 0)
  assert.equal(count, ALARM_METRICS)
  // The events of a phase that begins, eight a day, cost nothing beside those of every five minutes.
  const often = ofType('AWS::Scheduler::Schedule').filter(({ Properties }) =>
    String(Properties.ScheduleExpression).startsWith('cron(0/5 '),
  )
  assert.equal(often.length, SCHEDULES)
  const everyMinute = ofType('AWS::Scheduler::Schedule').filter(
    ({ Properties }) => Properties.ScheduleExpression === 'cron(* * * * ? *)',
  )
  assert.equal(everyMinute.length, CANARY_CALLS_AN_HOUR / 60)
})
