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

/** Returns the statements that allow every resource, or every action of a service, without need. */
export function statementsWithStar(resources: Readonly<Record<string, Resource>>): string[] {
  return statementsOf(resources).flatMap(([id, { Action, Resource }]) => {
    const actions = [Action].flat()
    const wide = actions.filter(action => action.includes('*'))
    const isWide = [Resource].flat().includes('*') && !actions.every(action => WITHOUT_RESOURCE.has(action))
    return wide.length > 0 || isWide
      ? [`${id}: a star in ${actions.join(', ')} on ${JSON.stringify(Resource)}`]
      : []
  })
}

export const POLICIES: readonly CloudProperty[] = [
  inEachStage('rights', 'no policy has a star that is not needed', ({ resources }) =>
    statementsWithStar(resources),
  ),
]
