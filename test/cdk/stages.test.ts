import assert from 'node:assert/strict'
import { BlockList } from 'node:net'
import { test } from 'node:test'
import { App } from 'aws-cdk-lib'
import { PLAN, planOf } from '../../cdk/plan.ts'
import { STAGE_NAMES } from '../../cdk/stages/stage-config.ts'
import { readStage, STAGES } from '../../cdk/stages/stages.ts'
import { synthesize } from './synthesis.ts'

test('a deployment is of the stage prod, unless its context names another', () => {
  const read = (context: Readonly<Record<string, unknown>>): string =>
    readStage(new App({ context }).node).name
  assert.equal(read({}), 'prod')
  for (const name of STAGE_NAMES) assert.equal(read({ stage: name }), name)
  for (const value of ['production', '', 1])
    assert.throws(() => read({ stage: value }), /^RangeError: context stage: expected dev, test, prod, got /)
})

test('a deployment has its canary and alarms, unless its context says to go past them', () => {
  const read = (context: Readonly<Record<string, unknown>>) => readStage(new App({ context }).node)
  assert.deepEqual(read({}).release, { kind: 'canary', isPastAlarms: false })
  const { release, ...stage } = read({ release: 'at-once', stage: 'test' })
  assert.deepEqual(release, { kind: 'canary', isPastAlarms: true })
  assert.equal(stage.name, 'test')
  for (const value of ['canary', '', true])
    assert.throws(() => read({ release: value }), /^RangeError: context release: expected at-once, got /)
})

test('each stage has a stack of its own name, so that two fit in an account', () => {
  const names = Object.values(STAGES).map(({ stackName }) => stackName)
  assert.deepEqual(names, ['ItastreamDev', 'ItastreamTest', 'Itastream'])
  for (const [name, stage] of Object.entries(STAGES)) assert.equal(stage.name, name)
})

test('the networks of the stages do not overlap, so that one gateway may lead to all of them', () => {
  const names = STAGE_NAMES.flatMap(name => {
    const { network } = STAGES[name]
    assert.ok(network.kind === 'own', name)
    return network.subnets.map(({ cidr }) => ({ name, cidr, vpc: network.cidr }))
  })
  const blockOf = (cidr: string): BlockList => {
    const [address = '', bits] = cidr.split('/')
    const block = new BlockList()
    block.addSubnet(address, Number(bits))
    return block
  }
  for (const { name, cidr, vpc } of names) {
    const [address = ''] = cidr.split('/')
    assert.ok(blockOf(vpc).check(address), `${cidr} is not in ${vpc}`)
    for (const other of names)
      if (other.name !== name) assert.ok(!blockOf(other.vpc).check(address), `${name} and ${other.name}`)
  }
})

test('every resource that can have tags has the tag of its stage', () => {
  const { resources } = synthesize('dev')
  const tags = Object.values(resources).flatMap(({ Type, Properties }) => {
    const list = Properties?.Tags
    return Array.isArray(list) ? [[Type, list] as const] : []
  })
  assert.ok(tags.some(([type]) => type === 'AWS::DynamoDB::Table'))
  assert.ok(tags.some(([type]) => type === 'AWS::Lambda::Function'))
  for (const [type, list] of tags)
    assert.ok(
      list.some(({ Key, Value }) => Key === 'itastream:stage' && Value === 'dev'),
      type,
    )
})

test('a plan of one task differs in the tasks of its levels alone', () => {
  assert.deepEqual(planOf(2), PLAN)
  const tasks = Object.values(planOf(1).levels).map(level => level.tasks)
  assert.deepEqual(tasks, [0, 0, 1, 1, 1])
  const { asleep } = PLAN.levels
  assert.deepEqual(planOf(1).levels.asleep, asleep)
  assert.deepEqual({ ...planOf(1).levels.peak, tasks: 2 }, PLAN.levels.peak)
})

test('a stage with one task a line replaces it by a second task, and waits for no standby', () => {
  const { template } = synthesize('dev')
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
