import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { CONTEXT } from '../../cdk/context-flags.ts'
import { Itastream } from '../../cdk/itastream-stack.ts'
import { PLAN, planOf } from '../../cdk/plan.ts'
import { readTasksALine } from '../../cdk/tasks-a-line.ts'

function read(context: Readonly<Record<string, unknown>>): number {
  return readTasksALine(new App({ context }).node)
}

test('a deployment has two tasks a line, unless its context says one', () => {
  assert.equal(read({}), 2)
  assert.equal(read({ tasksALine: '1' }), 1)
  assert.equal(read({ tasksALine: 1 }), 1)
  assert.equal(read({ tasksALine: '2' }), 2)
  for (const value of ['0', '3', '', 'one', [1, 2]])
    assert.throws(() => read({ tasksALine: value }), /^RangeError: context tasksALine: expected 1 or 2, got /)
})

test('a plan of one task differs in the tasks of its levels alone', () => {
  assert.deepEqual(planOf(2), PLAN)
  const tasks = Object.values(planOf(1).levels).map(level => level.tasks)
  assert.deepEqual(tasks, [0, 0, 1, 1, 1])
  const { asleep } = PLAN.levels
  assert.deepEqual(planOf(1).levels.asleep, asleep)
  assert.deepEqual({ ...planOf(1).levels.peak, tasks: 2 }, PLAN.levels.peak)
})

test('a stack with one task a line replaces it by a second task, and waits for no standby', t => {
  const outdir = mkdtempSync(join(tmpdir(), 'itastream-cdk-'))
  t.after(() => rmSync(outdir, { recursive: true, force: true }))
  const app = new App({ outdir, context: { ...CONTEXT, tasksALine: '1' }, analyticsReporting: false })
  const template = Template.fromStack(new Itastream(app, 'Itastream'))
  const services = Object.values(template.findResources('AWS::ECS::Service'))
  assert.deepEqual(
    services.map(({ Properties }) => Properties.DeploymentConfiguration.MaximumPercent),
    [200, 200, 200],
  )
  const alarms = Object.keys(template.findResources('AWS::CloudWatch::Alarm'))
  assert.ok(alarms.some(id => id.includes('Line1NotLive')))
  assert.deepEqual(
    alarms.filter(id => id.includes('Alone')),
    [],
  )
  const plans = Object.values(template.findResources('AWS::Lambda::Function')).flatMap(
    ({ Properties }) => Properties.Environment?.Variables?.PLAN ?? [],
  )
  assert.equal(plans.length, 1)
  assert.match(plans[0], /"warm":\{[^}]*"tasks":1/)
})
