/** Whether alarms and rules of events reach somebody: alarm or rule, topic, policy of the topic, and policy of its key. */
import type { Resource } from '../stage-synthesis.ts'
import { type Resources, referredId } from './references.ts'

interface PolicyStatement {
  readonly Effect: string
  readonly Action: string | readonly string[]
  readonly Principal?: unknown
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** The services that publish, and what reports of this page call them. */
const PUBLISHERS = {
  alarm: { service: 'cloudwatch.amazonaws.com', name: 'CloudWatch', allowed: 'the alarms of this account' },
  rule: { service: 'events.amazonaws.com', name: 'EventBridge', allowed: 'rules' },
} as const
type Publisher = keyof typeof PUBLISHERS

/** What a key of a topic must allow them (SNS developer guide, "Key management", compatibility with AWS services). */
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
    const reasons = [...AlarmActions, ...OKActions].flatMap(
      action => obstacle(action, 'alarm', resources) ?? [],
    )
    return [...new Set(reasons)].map(reason => `${id}: ${reason}`)
  })
}

/** Returns the ids of all rules of EventBridge. */
export function rulesOf(resources: Resources): [string, Resource][] {
  return Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::Events::Rule')
}

/** Returns why events of rules do not reach their topics, a text each. */
export function undeliveredEvents(resources: Resources): string[] {
  return rulesOf(resources).flatMap(([id, { Properties }]) => {
    const { State, Targets = [] } = Properties as {
      readonly State?: string
      readonly Targets?: readonly { readonly Arn: unknown; readonly RoleArn?: unknown }[]
    }
    if (State !== 'ENABLED' || Targets.length === 0) return [`${id}: expected an enabled rule with a target`]
    return Targets.flatMap(({ Arn, RoleArn }) => {
      const reason =
        RoleArn === undefined ? obstacle(Arn, 'rule', resources) : 'a role replaces the policy of the topic'
      return reason === undefined ? [] : [`${id}: ${reason}`]
    })
  })
}

/** Returns what keeps a service from publishing to the target of an action. */
function obstacle(action: unknown, publisher: Publisher, resources: Resources): string | undefined {
  const id = referredId(action)
  const topic = id === undefined ? undefined : resources[id]
  if (id === undefined || topic?.Type !== 'AWS::SNS::Topic') return 'expected a topic of the stack'
  const policies = Object.values(resources).filter(
    ({ Type, Properties }) =>
      Type === 'AWS::SNS::TopicPolicy' &&
      (Properties.Topics as readonly unknown[]).some(each => referredId(each) === id),
  )
  const allowsPublisher = publisher === 'alarm' ? allowsAlarms : allowsRules
  const { service, name, allowed } = PUBLISHERS[publisher]
  if (!policies.flatMap(statementsIn('PolicyDocument')).some(allowsPublisher))
    return `topic ${id}: no statement allows ${allowed} to publish`
  const { KmsMasterKeyId } = topic.Properties
  if (KmsMasterKeyId === undefined) return undefined
  const key = resources[referredId(KmsMasterKeyId) ?? '']
  return key?.Type === 'AWS::KMS::Key' &&
    statementsIn('KeyPolicy')(key).some(
      statement =>
        allows(statement, service, KEY_ACTIONS) && (publisher === 'alarm' || !hasSource(statement)),
    )
    ? undefined
    : `topic ${id}: its key does not let ${name} encrypt`
}

const statementsIn =
  (property: 'KeyPolicy' | 'PolicyDocument') =>
  ({ Properties }: Resource): readonly PolicyStatement[] =>
    (Properties[property] as { readonly Statement: readonly PolicyStatement[] }).Statement

/** The default policy of a topic allows no more: alarms of other accounts publish nothing. */
function allowsAlarms(statement: PolicyStatement): boolean {
  const { StringEquals, ArnLike } = statement.Condition ?? {}
  return (
    allows(statement, PUBLISHERS.alarm.service, ['sns:Publish']) &&
    referredId(StringEquals?.['aws:SourceAccount']) === 'AWS::AccountId' &&
    JSON.stringify(ArnLike?.['aws:SourceArn'] ?? '').includes(':alarm:')
  )
}

/** A topic policy with a condition delivers no event (EventBridge user guide, troubleshooting, Amazon SNS topics). */
function allowsRules(statement: PolicyStatement): boolean {
  return (
    allows(statement, PUBLISHERS.rule.service, ['sns:Publish']) &&
    Object.keys(statement.Condition ?? {}).length === 0
  )
}

/** EventBridge gives SNS and KMS no source of its requests, so such a condition never holds. */
function hasSource({ Condition = {} }: PolicyStatement): boolean {
  return Object.values(Condition).some(members =>
    Object.keys(members).some(key => key.startsWith('aws:Source')),
  )
}

/** Returns whether a statement allows a service all actions. */
function allows(
  { Effect, Action, Principal }: PolicyStatement,
  service: string,
  actions: readonly string[],
): boolean {
  const services = [(Principal as { readonly Service?: unknown } | undefined)?.Service].flat()
  const allowed = [Action].flat().map(action => action.replace(/\*$/, ''))
  return Effect === 'Allow' && services.includes(service) && actions.every(action => allowed.includes(action))
}
