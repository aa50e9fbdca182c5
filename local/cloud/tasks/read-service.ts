/** Reads ECS services from the template. */
import * as v from 'valibot'
import type { Logs } from '../logs.ts'
import { REGION } from '../template/place.ts'
import { numeric, readProperties } from '../template/properties.ts'
import type { Resource, Stack } from '../template/stack.ts'
import { TemplateError } from '../template/template-error.ts'
import type { ServiceDefinition } from './ecs-service.ts'
import type { TaskDefinition } from './ecs-task.ts'

// The defaults are those of CloudFormation and ECS for new services.
const serviceSchema = v.object({
  Cluster: v.optional(v.string(), 'default'),
  TaskDefinition: v.string(),
  DesiredCount: v.optional(numeric, 1),
  DeploymentConfiguration: v.optional(
    v.object({
      MinimumHealthyPercent: v.optional(numeric, 100),
      MaximumPercent: v.optional(numeric, 200),
      DeploymentCircuitBreaker: v.optional(v.object({ Enable: v.boolean(), Rollback: v.boolean() })),
    }),
    {},
  ),
  NetworkConfiguration: v.optional(
    v.object({ AwsvpcConfiguration: v.object({ Subnets: v.array(v.string()) }) }),
  ),
})
const subnetSchema = v.object({
  AvailabilityZone: v.optional(v.string()),
  AvailabilityZoneId: v.optional(v.string()),
})

export interface ServiceContext {
  readonly stack: Stack
  readonly logs: Logs
  /** All task definitions of the stack, by ARN. */
  readonly taskDefinitions: ReadonlyMap<string, TaskDefinition>
}

/** @throws TemplateError when the service has no task definition of this stack. */
export function readService(
  resource: Resource,
  { stack, logs, taskDefinitions }: ServiceContext,
): ServiceDefinition {
  const { logicalId } = resource
  const properties = readProperties(resource, serviceSchema)
  const { MinimumHealthyPercent, MaximumPercent, DeploymentCircuitBreaker } =
    properties.DeploymentConfiguration
  if (!taskDefinitions.has(properties.TaskDefinition)) {
    throw new TemplateError(
      logicalId,
      `expected a task definition of this stack, got ${properties.TaskDefinition}`,
    )
  }
  return {
    logicalId,
    name: stack.attribute(logicalId, 'Name'),
    arn: stack.ref(logicalId),
    clusterArn: properties.Cluster,
    desiredCount: properties.DesiredCount,
    limits: { minimumHealthyPercent: MinimumHealthyPercent, maximumPercent: MaximumPercent },
    breaker: {
      enable: DeploymentCircuitBreaker?.Enable ?? false,
      rollback: DeploymentCircuitBreaker?.Rollback ?? false,
    },
    zones: zonesOf(properties.NetworkConfiguration?.AwsvpcConfiguration.Subnets ?? [], stack),
    taskDefinitionArn: properties.TaskDefinition,
    taskDefinitions,
    log: logs.sink(logicalId),
  }
}

/** Returns the zones of the subnets, or one zone without subnets. */
function zonesOf(subnets: readonly string[], stack: Stack): string[] {
  const zones = stack
    .ofType('AWS::EC2::Subnet')
    .filter(({ logicalId }) => subnets.includes(stack.ref(logicalId)))
    .map(resource => {
      const { AvailabilityZone, AvailabilityZoneId } = readProperties(resource, subnetSchema)
      return AvailabilityZone ?? AvailabilityZoneId ?? `${REGION}a`
    })
  return zones.length === 0 ? [`${REGION}a`] : [...new Set(zones)]
}
