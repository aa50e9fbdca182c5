/** What policies of the stack allow. */
import { type CloudProperty, inEachStage } from '../cloud-property.ts'
import type { Resource } from '../stage-synthesis.ts'

export interface Statement {
  readonly Effect: string
  readonly Action: string | readonly string[]
  readonly Resource: unknown
  /** Values by condition key, by operator. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** Actions that support no resource (service authorization reference): a star is the only way. */
const WITHOUT_RESOURCE: ReadonlySet<string> = new Set([
  'ecr:GetAuthorizationToken',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
])

/**
 * Actions that need all resources of a kind in the account, which docs/security.md lists. AWS chooses the names of recovery points, alarms
 * are listed by a prefix, and the role of API Gateway is for the logs of all its APIs (AmazonAPIGatewayPushToCloudWatchLogs).
 */
const WITH_ACCOUNT: ReadonlySet<string> = new Set([
  'backup:CopyFromBackupVault',
  'backup:TagResource',
  'cloudwatch:DescribeAlarms',
])
const WITH_ACCOUNT_ROLE = /^RealtimeLogRole/

/** An ARN whose resource is a star, or a kind of resource and a star: every resource of the account. */
const ACCOUNT_ARN = /^arn:[^:]*:[\w-]+:[^:]*:[^:]*:([\w-]+[:/])?\*$/

/** Returns a resource of a policy as text. References are a word. */
function arnText(resource: unknown): string {
  if (typeof resource === 'string') return resource
  const { 'Fn::Join': [separator, parts] = ['', ['REFERENCE']] } = resource as {
    readonly 'Fn::Join'?: readonly [string, readonly unknown[]]
  }
  return parts.map(arnText).join(separator)
}

/** Returns the statements of all identity policies, with the logical id of their resource. */
export function statementsOf(resources: Readonly<Record<string, Resource>>): [string, Statement][] {
  return Object.entries(resources)
    .filter(([, { Type }]) => Type === 'AWS::IAM::Policy' || Type === 'AWS::IAM::ManagedPolicy')
    .flatMap(([id, { Properties }]) =>
      (Properties.PolicyDocument as { Statement: readonly Statement[] }).Statement.map(
        (statement): [string, Statement] => [id, statement],
      ),
    )
}

/** Returns the statements that allow every resource, all of the account or every action of a service, without need. */
export function statementsWithStar(resources: Readonly<Record<string, Resource>>): string[] {
  return statementsOf(resources).flatMap(([id, { Action, Resource }]) => {
    const actions = [Action].flat()
    const names = [Resource].flat().map(arnText)
    const wide = actions.filter(action => action.includes('*'))
    const isWide = names.includes('*') && !actions.every(action => WITHOUT_RESOURCE.has(action))
    const isOfAccount =
      names.some(name => ACCOUNT_ARN.test(name)) &&
      !WITH_ACCOUNT_ROLE.test(id) &&
      !actions.every(action => WITH_ACCOUNT.has(action))
    return wide.length > 0 || isWide || isOfAccount
      ? [`${id}: a star in ${actions.join(', ')} on ${JSON.stringify(Resource)}`]
      : []
  })
}

export const POLICIES: readonly CloudProperty[] = [
  inEachStage('rights', 'no policy has a star that is not needed', ({ resources }) =>
    statementsWithStar(resources),
  ),
]
