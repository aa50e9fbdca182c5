/** How new versions of the functions go live. */
import { type CloudProperty, inEachStage } from '../cloud-property.ts'
import type { Resource } from '../stage-synthesis.ts'

type Resources = Readonly<Record<string, Resource>>

/** Functions that answer users. Each of their calls is on its own. */
export const CANARY_FUNCTIONS: readonly string[] = [
  'connect',
  'disconnect',
  'message',
  'delayed-prices',
  'realtime-prices',
  'market-info',
]

interface Group {
  readonly DeploymentConfigName?: string
  readonly AlarmConfiguration?: {
    readonly Enabled?: boolean
    readonly Alarms?: readonly { readonly Name: unknown }[]
  }
  readonly AutoRollbackConfiguration?: { readonly Enabled?: boolean; readonly Events?: readonly string[] }
}

const idOf = (value: unknown): string => {
  const { Ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: readonly string[] }
  return Ref ?? attribute?.[0] ?? ''
}

/** Returns each alias by the name of its function, as its settings have it. */
function aliasesOf(resources: Resources): [string, string, Resource][] {
  return Object.entries(resources)
    .filter(([, { Type }]) => Type === 'AWS::Lambda::Alias')
    .map(([id, alias]) => {
      const fn = resources[idOf(alias.Properties.FunctionName)]
      const { Variables = {} } = (fn?.Properties.Environment ?? {}) as { Variables?: Record<string, string> }
      return [id, Variables.POWERTOOLS_SERVICE_NAME ?? '', alias]
    })
}

function faultsOfGroup(resources: Resources, group: Group): string[] {
  const { DeploymentConfigName = '', AlarmConfiguration, AutoRollbackConfiguration } = group
  const alarms = AlarmConfiguration?.Alarms ?? []
  const known = alarms.filter(({ Name }) => resources[idOf(Name)]?.Type === 'AWS::CloudWatch::Alarm')
  const events = AutoRollbackConfiguration?.Events ?? []
  const rules: readonly [boolean, string][] = [
    [/Canary|Linear/.test(DeploymentConfigName), `a canary, got ${DeploymentConfigName || 'none'}`],
    [AlarmConfiguration?.Enabled === true && known.length > 0, 'an alarm of the stack'],
    [
      AutoRollbackConfiguration?.Enabled === true && events.includes('DEPLOYMENT_STOP_ON_ALARM'),
      'a roll-back after an alarm',
    ],
  ]
  return rules.filter(([holds]) => !holds).map(([, wanted]) => wanted)
}

/** Returns the aliases that do not move as they should. @param hasCanary whether the stage has a canary at all. */
export function faultsOfReleases(resources: Resources, hasCanary: boolean): string[] {
  return aliasesOf(resources).flatMap(([id, name, alias]) => {
    const update = alias.UpdatePolicy?.CodeDeployLambdaAliasUpdate
    if (!hasCanary || !CANARY_FUNCTIONS.includes(name))
      return update === undefined ? [] : [`${id}: expected ${name} to be replaced at once`]
    const group = resources[idOf(update?.DeploymentGroupName ?? {})]
    if (group === undefined) return [`${id}: expected a deployment group for ${name}`]
    if (![alias.DependsOn].flat().includes(idOf(update?.DeploymentGroupName)))
      return [`${id}: ${name}: expected to change after its deployment group`]
    return faultsOfGroup(resources, group.Properties as Group).map(
      wanted => `${id}: ${name}: expected ${wanted}`,
    )
  })
}

export const RELEASE: readonly CloudProperty[] = [
  inEachStage(
    'release',
    'functions that answer users go live by a canary that an alarm rolls back (test, prod), all others at once',
    ({ stage, resources }) => faultsOfReleases(resources, stage.name !== 'dev'),
  ),
]
