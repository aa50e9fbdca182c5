import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firewallRules } from '../../../cdk/edge/firewall-rules.ts'
import type { StageName } from '../../../cdk/stages/stage-config.ts'
import { STAGES } from '../../../cdk/stages/stages.ts'
import {
  ALARM_METRICS,
  BIG_FUNCTION_GB,
  CANARY_CALLS_AN_HOUR,
  CONNECT_FUNCTION_GB,
  ENDPOINTS,
  FIREWALL_RULES,
  KEYS,
  MESSAGE_FUNCTION_GB,
  PROD_ALARM_METRICS,
  REST_FUNCTION_GB,
  SCHEDULED_FUNCTION_GB,
  SCHEDULES,
  SECRETS,
  STORE_FUNCTION_GB,
  TASK_GB,
  TASK_VCPU,
  ZONES,
} from '../../../tools/cost/sizes.ts'
import { synthesize } from '../../cdk/synthesis.ts'
import { read } from '../../cdk/template-reading.ts'

const { resources } = synthesize()
const { ofType } = read(resources)

function alarmMetrics(stage: StageName): number {
  const alarms = read(synthesize(stage).resources).ofType('AWS::CloudWatch::Alarm')
  const metrics = alarms.map(({ Properties }) => {
    const { Metrics } = Properties as { Metrics?: readonly { readonly MetricStat?: unknown }[] }
    return Metrics === undefined ? 1 : Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length
  })
  return metrics.reduce((sum, each) => sum + each, 0)
}

test('the template of prod has as many endpoints, keys and secrets as its bill', () => {
  const endpoints = ofType('AWS::EC2::VPCEndpoint').filter(
    ({ Properties }) => Properties.VpcEndpointType === 'Interface',
  )
  assert.equal(endpoints.length, ENDPOINTS)
  for (const { Properties } of endpoints)
    assert.equal((Properties.SubnetIds as readonly unknown[]).length, ZONES)
  assert.equal(ofType('AWS::KMS::Key').length, KEYS)
  assert.equal(ofType('AWS::SecretsManager::Secret').length, SECRETS)
  const { edge } = STAGES.prod
  assert.ok(edge !== undefined)
  assert.equal(firewallRules(edge.limits).length, FIREWALL_RULES)
})

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
  assert.equal(alarmMetrics('dev'), ALARM_METRICS)
  assert.equal(alarmMetrics('prod'), PROD_ALARM_METRICS)
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
