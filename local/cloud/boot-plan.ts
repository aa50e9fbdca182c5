/** The plan of a boot: everything that is to run, read from the template before anything starts. */
import { type LocalAlarm, readAlarms } from './alarms/alarms.ts'
import { awsVariables } from './aws-variables.ts'
import type { CloudClock } from './cloud-clock.ts'
import type { FunctionControl } from './endpoint/lambda-concurrency.ts'
import { openConcurrency } from './functions/concurrency.ts'
import { readFunction } from './functions/definition.ts'
import { type FunctionDirectory, openDirectory } from './functions/directory.ts'
import { createFunction, type FunctionTarget, type LocalFunction } from './functions/function.ts'
import { openProvisioned } from './functions/provisioned.ts'
import { type Api, readApis } from './gateway/api.ts'
import { openRoles, type Principal, type Roles } from './iam/roles.ts'
import type { Logs } from './logs.ts'
import { type MappingDefinition, readMapping } from './mappings/mapping-definition.ts'
import { missingRights } from './mappings/mapping-rights.ts'
import { createProblems } from './problems.ts'
import { type AccountQuotas, scaleRates } from './quotas/account-quotas.ts'
import type { ThrottleReport } from './quotas/throttle-report.ts'
import { readSchedule, type ScheduleDefinition } from './schedules/scheduler.ts'
import { openSecrets, type Secrets } from './stores/secrets.ts'
import type { ServiceDefinition } from './tasks/ecs-service.ts'
import { readService } from './tasks/read-service.ts'
import { readTaskDefinition } from './tasks/read-task-definition.ts'
import type { Assembly } from './template/assembly.ts'
import type { Stack } from './template/stack.ts'

export interface PlannedMapping {
  readonly mapping: MappingDefinition
  readonly enabled: boolean
  readonly target: FunctionTarget
  readonly roleArn: string
}

export interface Plan {
  readonly roles: Roles
  readonly secrets: Secrets
  /** A function starts with its first invocation. */
  readonly directory: FunctionDirectory
  /** By function name. */
  readonly controls: ReadonlyMap<string, FunctionControl>
  readonly apis: readonly Api[]
  readonly mappings: readonly PlannedMapping[]
  readonly schedules: readonly ScheduleDefinition[]
  readonly services: readonly ServiceDefinition[]
  readonly alarms: readonly LocalAlarm[]
  /** Members of the template without effect here. */
  readonly ignored: readonly string[]
}

export interface PlanOptions {
  readonly assembly: Assembly
  readonly stack: Stack
  readonly endpointUrl: string
  readonly clock: CloudClock
  readonly logs: Logs
  readonly quotas: AccountQuotas
  /** Environment variables of functions that are scaled with the quota of requests. */
  readonly rateVariables: readonly string[]
  readonly report: ThrottleReport
}

/** @throws Error with every problem of the template. */
export function makePlan(options: PlanOptions): Plan {
  const { assembly, stack, endpointUrl, clock, logs, quotas, rateVariables, report } = options
  const problems = createProblems()
  const ignored: string[] = []
  const roles = openRoles(stack)
  const secrets = openSecrets(stack)
  const variablesFor = (roleArn: string, where: string): Record<string, string> =>
    awsVariables(endpointUrl, roles.role(roleArn, where).key)

  const functions = new Map<string, LocalFunction>()
  const controls = new Map<string, FunctionControl>()
  const principals = new Map<string, Principal>()
  const surroundings = {
    stack,
    assembly,
    logs,
    variablesFor,
    scale: (variables: Record<string, string>) => scaleRates(variables, rateVariables, quotas),
  }
  const read = stack
    .ofType('AWS::Lambda::Function')
    .map(resource => problems.attempt(() => readFunction(resource, surroundings)))
    .filter(fn => fn !== undefined)
  const pool = openConcurrency(quotas, report)
  for (const { definition, roleArn, ignored: members } of read) {
    const { name, logicalId, reservedConcurrency } = definition
    const concurrency = pool.of(logicalId, reservedConcurrency)
    const fn = createFunction(definition, concurrency)
    functions.set(name, fn)
    controls.set(name, { concurrency, provisioned: openProvisioned(fn, concurrency, clock) })
    principals.set(name, roles.role(roleArn, logicalId))
    ignored.push(...members)
  }

  const directory = openDirectory(stack, functions, problems)
  const apis = problems.attempt(() => readApis(stack, directory)) ?? []

  const mappings: PlannedMapping[] = []
  for (const resource of stack.ofType('AWS::Lambda::EventSourceMapping')) {
    const read = problems.attempt(() => readMapping(resource, stack))
    if (read === undefined) continue
    const { mapping, enabled } = read
    ignored.push(...read.ignored)
    const target = problems.attempt(() => directory.expect(mapping.functionName, mapping.logicalId))
    if (target === undefined) continue
    const principal = principals.get(target.definition.name)!
    const missing = missingRights(mapping, principal)
    if (missing.length > 0)
      problems.note(`${mapping.logicalId}: the function's role does not allow ${missing.join(', ')}`)
    target.fn.keepWarm()
    mappings.push({ mapping, enabled, target, roleArn: principal.arn })
  }

  const schedules: ScheduleDefinition[] = []
  for (const resource of stack.ofType('AWS::Scheduler::Schedule')) {
    const read = problems.attempt(() => readSchedule(resource, clock, directory, roles))
    ignored.push(...(read?.ignored ?? []))
    if (read?.schedule !== undefined) schedules.push(read.schedule)
  }

  const context = { stack, assembly, roles, secrets, variablesFor }
  const taskDefinitions = new Map(
    stack
      .ofType('AWS::ECS::TaskDefinition')
      .map(resource => problems.attempt(() => readTaskDefinition(resource, context)))
      .filter(task => task !== undefined)
      .map(task => [task.arn, task]),
  )
  const services = stack
    .ofType('AWS::ECS::Service')
    .map(resource => problems.attempt(() => readService(resource, { stack, logs, taskDefinitions })))
    .filter(service => service !== undefined)

  const alarms = problems.attempt(() => readAlarms(stack)) ?? []

  problems.throwIfAny(`${stack.name} cannot run on this machine`)
  ignored.push(...roles.ignored, ...directory.ignored, ...apis.flatMap(api => api.ignored))
  return { roles, secrets, directory, controls, apis, mappings, schedules, services, alarms, ignored }
}
