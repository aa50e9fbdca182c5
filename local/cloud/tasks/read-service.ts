/** ECS services and their task definitions as the template declares them. */
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import type { Roles } from '../iam/roles.ts'
import type { Logs } from '../logs.ts'
import type { Secrets } from '../stores/secrets.ts'
import type { Assembly } from '../template/assembly.ts'
import { numeric, readProperties } from '../template/properties.ts'
import type { Resource, Stack } from '../template/stack.ts'
import { TemplateError } from '../template/template-error.ts'
import { readDockerfile } from './dockerfile.ts'
import type { ServiceDefinition } from './ecs-service.ts'

const serviceSchema = v.object({
  Cluster: v.optional(v.string(), 'default'),
  TaskDefinition: v.string(),
  DesiredCount: v.optional(numeric, 1),
})
const pairs = v.optional(v.array(v.object({ Name: v.string(), Value: v.string() })), [])
const taskSchema = v.object({
  TaskRoleArn: v.string(),
  ExecutionRoleArn: v.optional(v.string()),
  ContainerDefinitions: v.array(
    v.object({
      Name: v.string(),
      Image: v.string(),
      Command: v.optional(v.array(v.string())),
      EntryPoint: v.optional(v.array(v.string())),
      Environment: pairs,
      Secrets: v.optional(v.array(v.object({ Name: v.string(), ValueFrom: v.string() })), []),
      // What is not said is as ECS has it.
      StopTimeout: v.optional(numeric, 30),
      HealthCheck: v.optional(
        v.object({
          Command: v.array(v.string()),
          Interval: v.optional(numeric, 30),
          Timeout: v.optional(numeric, 5),
          Retries: v.optional(numeric, 3),
          StartPeriod: v.optional(numeric, 0),
        }),
      ),
    }),
  ),
})

export interface TaskSurroundings {
  readonly stack: Stack
  readonly assembly: Assembly
  readonly roles: Roles
  readonly secrets: Secrets
  readonly logs: Logs
  /** What every program of this cloud has in its environment, for the role with this ARN. */
  variablesFor(roleArn: string, where: string): Record<string, string>
}

/** @throws TemplateError if the service's one container cannot be run here. */
export function readService(resource: Resource, surroundings: TaskSurroundings): ServiceDefinition {
  const { stack, assembly, roles, secrets, logs, variablesFor } = surroundings
  const { logicalId } = resource
  const { Cluster, TaskDefinition, DesiredCount } = readProperties(resource, serviceSchema)
  const taskResource = stack
    .ofType('AWS::ECS::TaskDefinition')
    .find(candidate => stack.ref(candidate.logicalId) === TaskDefinition)
  if (taskResource === undefined) {
    throw new TemplateError(logicalId, `expected a task definition of this stack, got ${TaskDefinition}`)
  }
  const where = taskResource.logicalId
  const { TaskRoleArn, ExecutionRoleArn, ContainerDefinitions } = readProperties(taskResource, taskSchema)
  const [container, ...others] = ContainerDefinitions
  if (container === undefined || others.length > 0) {
    throw new TemplateError(where, `expected one container, found ${ContainerDefinitions.length}`)
  }
  const image = assembly.imageAsset(container.Image.slice(container.Image.lastIndexOf(':') + 1))
  if (image === undefined) {
    throw new TemplateError(where, `expected an image of the cloud assembly, got ${container.Image}`)
  }
  const { command, workingDirectory, environment } = readDockerfile(
    readFileSync(image.dockerfile, 'utf8'),
    image.dockerfile,
  )

  const variables: Record<string, string> = {
    ...environment,
    ...Object.fromEntries(container.Environment.map(({ Name, Value }) => [Name, Value])),
    ...variablesFor(TaskRoleArn, where),
    PATH: process.env.PATH ?? '',
  }
  for (const { Name, ValueFrom } of container.Secrets) {
    const value = secrets.get(ValueFrom)
    if (value === undefined)
      throw new TemplateError(where, `${Name}: expected a secret of this stack, got ${ValueFrom}`)
    const reader = ExecutionRoleArn === undefined ? undefined : roles.role(ExecutionRoleArn, where)
    if (reader?.permissions.allows('secretsmanager:GetSecretValue', ValueFrom) !== true) {
      throw new TemplateError(
        where,
        `its execution role may not do secretsmanager:GetSecretValue on ${ValueFrom}`,
      )
    }
    variables[Name] = value
  }
  const whole =
    container.EntryPoint === undefined && container.Command === undefined
      ? command
      : [...(container.EntryPoint ?? []), ...(container.Command ?? [])]
  // Files of the working directory stand in the asset's folder.
  const prefix = workingDirectory.endsWith('/') ? workingDirectory : `${workingDirectory}/`
  const inFolder = (part: string): string =>
    part.startsWith(prefix) ? `./${part.slice(prefix.length)}` : part

  const check = container.HealthCheck
  if (check !== undefined && check.Command[0] !== 'CMD') {
    throw new TemplateError(
      where,
      `expected a health check as ["CMD", program, …], got ${check.Command.join(' ')}`,
    )
  }

  return {
    logicalId,
    name: stack.attribute(logicalId, 'Name'),
    arn: stack.ref(logicalId),
    clusterArn: Cluster,
    taskDefinitionArn: TaskDefinition,
    desiredCount: DesiredCount,
    log: logs.sink(logicalId),
    task: {
      folder: image.folder,
      command: [whole[0]!, ...whole.slice(1).map(inFolder)],
      variables,
      stopTimeoutSeconds: container.StopTimeout,
      ...(check === undefined
        ? {}
        : {
            healthCheck: {
              command: check.Command.slice(1),
              intervalSeconds: check.Interval,
              timeoutSeconds: check.Timeout,
              retries: check.Retries,
              startPeriodSeconds: check.StartPeriod,
            },
          }),
    },
  }
}
