/** What CloudFormation creates before the first task starts. */
import { type CloudProperty, inEachStage } from '../cloud-property.ts'
import type { Resource } from '../stage-synthesis.ts'
import { type Resources, referredId } from './references.ts'

/** What a task needs to reach AWS. Nothing of it is a property of the service, so CloudFormation does not wait for it. */
const WAYS: ReadonlySet<string> = new Set([
  'AWS::EC2::VPCEndpoint',
  'AWS::EC2::SecurityGroupEgress',
  'AWS::EC2::SecurityGroupIngress',
  'AWS::EC2::SubnetRouteTableAssociation',
])

/** Returns the logical ids of the policies of a role. */
function policiesOf(resources: Resources, role: string): string[] {
  return Object.entries(resources).flatMap(([id, { Type, Properties }]) =>
    Type === 'AWS::IAM::Policy' && ((Properties.Roles ?? []) as unknown[]).map(referredId).includes(role)
      ? [id]
      : [],
  )
}

/** Returns the logical ids of the roles that the tasks of a service have. */
function rolesOf(resources: Resources, service: Resource): string[] {
  const task = resources[referredId(service.Properties.TaskDefinition) ?? '']
  return [task?.Properties.TaskRoleArn, task?.Properties.ExecutionRoleArn].flatMap(
    role => referredId(role) ?? [],
  )
}

/**
 * Returns what a service does not wait for. Its first task would fail without it, and three failed tasks end the first deployment
 * (ECS API reference, DeploymentCircuitBreaker).
 */
export function startsTooEarly(resources: Resources): string[] {
  const ways = Object.entries(resources).flatMap(([id, { Type }]) => (WAYS.has(Type) ? [id] : []))
  return Object.entries(resources).flatMap(([id, resource]) => {
    if (resource.Type !== 'AWS::ECS::Service') return []
    const before = new Set([resource.DependsOn ?? []].flat())
    const rights = rolesOf(resources, resource).flatMap(role => policiesOf(resources, role))
    return [...ways, ...rights]
      .filter(needed => !before.has(needed))
      .map(needed => `${id}: expected a start after ${needed}`)
  })
}

export const FIRST_START: readonly CloudProperty[] = [
  inEachStage('network', 'no task starts before its endpoints, routes and rights exist', stage =>
    startsTooEarly(stage.resources),
  ),
]
