import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { PROD } from '../../cdk/stages/prod.ts'
import type { Resources } from '../../tools/check-cloud/properties/references.ts'
import { CANARY_FUNCTIONS, faultsOfReleases } from '../../tools/check-cloud/properties/release.ts'
import { synthesizeOnce } from '../../tools/check-cloud/stage-synthesis.ts'
import { plain } from './plain-values.ts'
import { type Resource, synthesize } from './synthesis.ts'
import { read } from './template-reading.ts'

const { resources } = synthesize()
const { ofType } = read(resources)

/** Returns what is found after a change of each resource of a type. */
function foundAfter(type: string, change: (resource: Resource) => Partial<Resource>): string[] {
  const changed = Object.entries(resources).map(([id, resource]): [string, Resource] => [
    id,
    resource.Type === type ? { ...resource, ...change(resource) } : resource,
  ])
  return faultsOfReleases(Object.fromEntries(changed), true)
}

const groupWith = (Properties: object) => (group: Resource) => ({
  Properties: { ...group.Properties, ...Properties },
})

suite('a release', () => {
  test('has a canary of a tenth for five minutes, ended by the alarm of its API', () => {
    const groups = ofType('AWS::CodeDeploy::DeploymentGroup').map(({ Properties }) => {
      const { Alarms } = Properties.AlarmConfiguration as { Alarms: unknown }
      return [Properties.DeploymentConfigName, plain(Alarms)]
    })
    const canary = 'CodeDeployDefault.LambdaCanary10Percent5Minutes'
    assert.deepEqual(groups, [
      ...Array.from({ length: 3 }, () => [canary, 'Name=AlarmsReleaseRestFails']),
      ...Array.from({ length: 3 }, () => [canary, 'Name=AlarmsReleaseWebSocketFails']),
    ])
  })
})

suite('a release past the alarms', () => {
  const stage = { ...PROD, release: { kind: 'canary', isPastAlarms: true } } as const
  const past = synthesizeOnce(stage).resources

  test('has neither the tenth of a canary nor an alarm', () => {
    const groups = read(past).ofType('AWS::CodeDeploy::DeploymentGroup')
    assert.equal(groups.length, CANARY_FUNCTIONS.length)
    for (const { Properties } of groups) {
      assert.equal(Properties.DeploymentConfigName, 'CodeDeployDefault.LambdaAllAtOnce')
      assert.equal((Properties.AlarmConfiguration as { Enabled: boolean }).Enabled, false)
    }
  })

  test('changes nothing but the groups, and each before its alias', () => {
    const others = (all: Resources) =>
      Object.entries(all).filter(([, { Type }]) => Type !== 'AWS::CodeDeploy::DeploymentGroup')
    assert.deepEqual(others(past), others(resources))
    assert.deepEqual(faultsOfReleases(resources, true), [])
  })
})

suite('the properties of releases notice', () => {
  test('nothing in the template', () => assert.deepEqual(faultsOfReleases(resources, true), []))

  test('an alias that moves at once, and an alias that must not be split', () => {
    const none = foundAfter('AWS::Lambda::Alias', () => ({ UpdatePolicy: {} }))
    assert.equal(none.length, CANARY_FUNCTIONS.length)
    assert.match(none.join(), /RealtimeConnectLive\w+: expected a deployment group for connect/)
    const { UpdatePolicy } = ofType('AWS::Lambda::Alias').find(alias => alias.UpdatePolicy !== undefined)!
    const all = foundAfter('AWS::Lambda::Alias', () => ({ UpdatePolicy: UpdatePolicy! }))
    assert.match(all.join(), /expected broadcast to be replaced at once/)
    assert.equal(faultsOfReleases(resources, false).length, CANARY_FUNCTIONS.length)
  })

  test('an alias that changes before its group', () => {
    const found = foundAfter('AWS::Lambda::Alias', () => ({ DependsOn: [] }))
    assert.equal(found.length, CANARY_FUNCTIONS.length)
    assert.match(found.join(), /connect: expected to change after its deployment group/)
  })

  test('a group without a canary, without an alarm of the stack, or without a roll-back', () => {
    const group = 'AWS::CodeDeploy::DeploymentGroup'
    const atOnce = { DeploymentConfigName: 'CodeDeployDefault.LambdaAllAtOnce' }
    assert.match(foundAfter(group, groupWith(atOnce)).join(), /connect: expected a canary, got \S+AllAtOnce/)
    for (const AlarmConfiguration of [
      { Enabled: true, Alarms: [] },
      { Enabled: false, Alarms: [{ Name: { Ref: 'ReleaseAlarms' } }] },
      { Enabled: true, Alarms: [{ Name: { Ref: 'NoAlarm' } }] },
    ])
      assert.match(
        foundAfter(group, groupWith({ AlarmConfiguration })).join(),
        /connect: expected an alarm of the stack/,
      )
    const AutoRollbackConfiguration = { Enabled: true, Events: ['DEPLOYMENT_FAILURE'] }
    assert.match(
      foundAfter(group, groupWith({ AutoRollbackConfiguration })).join(),
      /connect: expected a roll-back after an alarm/,
    )
  })
})
