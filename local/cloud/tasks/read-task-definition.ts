/** Reads task definitions from the template: the container's program, environment, secrets and health check. */
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import type { Roles } from '../iam/roles.ts'
import type { Logs } from '../logs.ts'
import type { Secrets } from '../stores/secrets.ts'
import type { Assembly } from '../template/assembly.ts'
import { numeric, readProperties } from '../template/properties.ts'
import type { Resource, Stack } from '../template/stack.ts'
import { TemplateError } from '../template/template-error.ts'
import { readDockerfile, type StartCommand } from './dockerfile.ts'
import type { HealthCheck, TaskDefinition } from './ecs-task.ts'

/** Parts of the ARN of a secret, with colons between them. */
const ARN_PARTS = 7

const pairs = v.optional(v.array(v.object({ Name: v.string(), Value: v.string() })), [])
// The defaults are those of ECS.
const healthCheckSchema = v.object({
  Command: v.array(v.string()),
  Interval: v.optional(numeric, 30),
  Timeout: v.optional(numeric, 5),
  Retries: v.optional(numeric, 3),
  StartPeriod: v.optional(numeric, 0),
})
const containerSchema = v.object({
  Name: v.string(),
  Image: v.string(),
  Command: v.optional(v.array(v.string())),
  EntryPoint: v.optional(v.array(v.string())),
  Environment: pairs,
  Secrets: v.optional(v.array(v.object({ Name: v.string(), ValueFrom: v.string() })), []),
  StopTimeout: v.optional(numeric, 30),
  LinuxParameters: v.optional(
    v.object({ Tmpfs: v.optional(v.array(v.object({ ContainerPath: v.string() })), []) }),
    {},
  ),
  HealthCheck: v.optional(healthCheckSchema),
})
const taskSchema = v.object({
  TaskRoleArn: v.string(),
  ExecutionRoleArn: v.optional(v.string()),
  ContainerDefinitions: v.array(containerSchema),
})

type TaskProperties = v.InferOutput<typeof taskSchema>
type Container = v.InferOutput<typeof containerSchema>

export interface TaskContext {
  readonly stack: Stack
  readonly assembly: Assembly
  readonly roles: Roles
  readonly secrets: Secrets
  readonly logs: Logs
  /** Returns the variables that every program of this cloud has, for the role with this ARN. */
  variablesFor(roleArn: string, where: string): Record<string, string>
  /** Returns the variables that a program gets, from those of the template. */
  given(template: Readonly<Record<string, string>>): Record<string, string>
}

/** @throws TemplateError when the task's one container cannot be run here. */
export function readTaskDefinition(resource: Resource, context: TaskContext): TaskDefinition {
  const where = resource.logicalId
  const properties = readProperties(resource, taskSchema)
  const [container, ...others] = properties.ContainerDefinitions
  if (container === undefined || others.length > 0) {
    throw new TemplateError(where, `expected one container, got ${properties.ContainerDefinitions.length}`)
  }
  const tag = container.Image.slice(container.Image.lastIndexOf(':') + 1)
  const image = context.assembly.imageAsset(tag)
  if (image === undefined) {
    throw new TemplateError(where, `expected an image of the cloud assembly, got ${container.Image}`)
  }
  const start = readDockerfile(readFileSync(image.dockerfile, 'utf8'), image.dockerfile)
  return {
    arn: context.stack.ref(where),
    folder: image.folder,
    command: commandOf(container, start),
    variables: {
      ...start.environment,
      ...context.given(Object.fromEntries(container.Environment.map(({ Name, Value }) => [Name, Value]))),
      ...context.variablesFor(properties.TaskRoleArn, where),
      PATH: process.env.PATH ?? '',
      ...secretVariables(container, properties, where, context),
    },
    mounts: container.LinuxParameters.Tmpfs.map(({ ContainerPath }) => ContainerPath),
    stopTimeoutSeconds: container.StopTimeout,
    sourceMaps: context.logs.kept,
    healthCheck: healthCheckOf(container, where),
  }
}

/** @throws TemplateError when a secret is unknown or the execution role may not read it. */
function secretVariables(
  { Secrets }: Container,
  { ExecutionRoleArn }: TaskProperties,
  where: string,
  { secrets, roles }: TaskContext,
): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const { Name, ValueFrom } of Secrets) {
    // Seven parts are the ARN of the secret. Three more may follow: member of the JSON, stage, version.
    const parts = ValueFrom.split(':')
    const arn = parts.slice(0, ARN_PARTS).join(':')
    const value = secrets.get(arn)
    if (value === undefined) {
      throw new TemplateError(where, `${Name}: expected a secret that has a value here, got ${arn}`)
    }
    const reader = ExecutionRoleArn === undefined ? undefined : roles.role(ExecutionRoleArn, where)
    if (reader?.permissions.allows('secretsmanager:GetSecretValue', arn) !== true) {
      throw new TemplateError(
        where,
        `the execution role does not allow secretsmanager:GetSecretValue on ${arn}`,
      )
    }
    const member = parts[ARN_PARTS] ?? ''
    variables[Name] = member === '' ? value : memberOf(value, member, `${where}: ${Name}`)
  }
  return variables
}

/** @throws TemplateError when the value of a secret is not JSON with this member, as a task does not start on AWS then. */
function memberOf(value: string, member: string, where: string): string {
  try {
    const found = v.parse(v.record(v.string(), v.unknown()), JSON.parse(value))[member]
    if (typeof found === 'string') return found
  } catch {
    // Reported below, without the value.
  }
  throw new TemplateError(where, `expected a secret that is JSON with the text "${member}"`)
}

/** Returns the command with the paths of the working directory as paths of the asset's folder. */
function commandOf(
  { EntryPoint, Command }: Container,
  { command, workingDirectory }: StartCommand,
): readonly string[] {
  const whole =
    EntryPoint === undefined && Command === undefined ? command : [...(EntryPoint ?? []), ...(Command ?? [])]
  const prefix = workingDirectory.endsWith('/') ? workingDirectory : `${workingDirectory}/`
  return whole.map((part, index) =>
    index > 0 && part.startsWith(prefix) ? `./${part.slice(prefix.length)}` : part,
  )
}

function healthCheckOf({ HealthCheck: check }: Container, where: string): HealthCheck | undefined {
  if (check === undefined) return undefined
  return {
    command: checkCommand(check.Command, where),
    intervalSeconds: check.Interval,
    timeoutSeconds: check.Timeout,
    retries: check.Retries,
    startPeriodSeconds: check.StartPeriod,
  }
}

function checkCommand([kind, ...rest]: readonly string[], where: string): readonly string[] {
  if (kind === 'CMD' && rest.length > 0) return rest
  if (kind === 'CMD-SHELL' && rest.length === 1) return ['/bin/sh', '-c', rest[0]!]
  throw new TemplateError(
    where,
    `expected a health check as ["CMD", program, …] or ["CMD-SHELL", command], got ${[kind, ...rest].join(' ')}`,
  )
}
