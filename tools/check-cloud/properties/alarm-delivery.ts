/** Whether alarms reach somebody: alarm, topic, policy of the topic, and policy of its key. */
import type { Resource } from '../stage-synthesis.ts'
import { type Resources, referredId } from './references.ts'

interface PolicyStatement {
  readonly Effect: string
  readonly Action: string | readonly string[]
  readonly Principal?: unknown
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

const CLOUDWATCH = 'cloudwatch.amazonaws.com'
/** What a key of a topic must allow CloudWatch (SNS developer guide, "Key management", compatibility with AWS services). */
const KEY_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey']

/** Returns the ids of all alarms. */
export function alarmsOf(resources: Resources): [string, Resource][] {
  return Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
}

/** Returns why alarms do not reach their topics, a text each. An alarm has an action when it starts and when it ends. */
export function undelivered(resources: Resources): string[] {
  return alarmsOf(resources).flatMap(([id, { Properties }]) => {
    const { AlarmActions = [], OKActions = [] } = Properties as {
      readonly AlarmActions?: readonly unknown[]
      readonly OKActions?: readonly unknown[]
    }
    if (AlarmActions.length === 0 || OKActions.length === 0)
      return [`${id}: expected an action when it starts and when it ends`]
    const reasons = [...AlarmActions, ...OKActions].flatMap(action => obstacle(action, resources) ?? [])
    return [...new Set(reasons)].map(reason => `${id}: ${reason}`)
  })
}

/** Returns what keeps CloudWatch from publishing to the target of an action. */
function obstacle(action: unknown, resources: Resources): string | undefined {
  const id = referredId(action)
  const topic = id === undefined ? undefined : resources[id]
  if (id === undefined || topic?.Type !== 'AWS::SNS::Topic') return 'expected a topic of the stack'
  const policies = Object.values(resources).filter(
    ({ Type, Properties }) =>
      Type === 'AWS::SNS::TopicPolicy' &&
      (Properties.Topics as readonly unknown[]).some(each => referredId(each) === id),
  )
  if (!policies.flatMap(statementsIn('PolicyDocument')).some(allowsAlarms))
    return `topic ${id}: no statement allows the alarms of this account to publish`
  const { KmsMasterKeyId } = topic.Properties
  if (KmsMasterKeyId === undefined) return undefined
  const key = resources[referredId(KmsMasterKeyId) ?? '']
  return key?.Type === 'AWS::KMS::Key' && statementsIn('KeyPolicy')(key).some(allowsKey)
    ? undefined
    : `topic ${id}: its key does not let CloudWatch encrypt`
}

const statementsIn =
  (property: 'KeyPolicy' | 'PolicyDocument') =>
  ({ Properties }: Resource): readonly PolicyStatement[] =>
    (Properties[property] as { readonly Statement: readonly PolicyStatement[] }).Statement

/** The default policy of a topic allows no more: alarms of other accounts publish nothing. */
function allowsAlarms(statement: PolicyStatement): boolean {
  const { StringEquals, ArnLike } = statement.Condition ?? {}
  return (
    allows(statement, ['sns:Publish']) &&
    referredId(StringEquals?.['aws:SourceAccount']) === 'AWS::AccountId' &&
    JSON.stringify(ArnLike?.['aws:SourceArn'] ?? '').includes(':alarm:')
  )
}

function allowsKey(statement: PolicyStatement): boolean {
  return allows(statement, KEY_ACTIONS)
}

/** Returns whether a statement allows CloudWatch all actions. */
function allows({ Effect, Action, Principal }: PolicyStatement, actions: readonly string[]): boolean {
  const services = [(Principal as { readonly Service?: unknown } | undefined)?.Service].flat()
  const allowed = [Action].flat().map(action => action.replace(/\*$/, ''))
  return (
    Effect === 'Allow' && services.includes(CLOUDWATCH) && actions.every(action => allowed.includes(action))
  )
}
