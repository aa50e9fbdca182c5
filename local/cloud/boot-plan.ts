/** The plan of a boot: everything that is to run, read from the template before anything starts. */
import { type LocalAlarm, readAlarms } from './alarms/alarms.ts'
import { awsVariables } from './aws-variables.ts'
import type { CloudClock } from './cloud-clock.ts'
import type { FunctionControl } from './endpoint/lambda-concurrency.ts'
import { openConcurrency } from './functions/concurrency.ts'
import { type FunctionSurroundings, readFunction } from './functions/definition.ts'
import { type FunctionDirectory, openDirectory } from './functions/directory.ts'
import { createFunction, type FunctionTarget, type LocalFunction } from './functions/function.ts'
import { type InvokeConfig, readInvokeConfig } from './functions/invoke-config.ts'
import { openProvisioned } from './functions/provisioned.ts'
import { type Api, readApis } from './gateway/api.ts'
import { type Edges, readEdges } from './gateway/edge.ts'
import { openRoles, type Principal, type RoleRight, type Roles } from './iam/roles.ts'
import type { Logs } from './logs.ts'
import { type MappingDefinition, readMapping } from './mappings/mapping-definition.ts'
import { missingRights } from './mappings/mapping-rights.ts'
import { createProblems } from './problems.ts'
import { type LocalQueue, openQueues } from './queues/queue.ts'
import type { AccountQuotas } from './quotas/account-quotas.ts'
import type { ThrottleReport } from './quotas/throttle-report.ts'
import { readSchedule } from './schedules/read-schedule.ts'
import type { LocalSchedule } from './schedules/schedule.ts'
import { openSecrets, type Secrets } from './stores/secrets.ts'
import type { ServiceDefinition } from './tasks/ecs-service.ts'
import { readService } from './tasks/read-service.ts'
import { readTaskDefinition } from './tasks/read-task-definition.ts'
import type { Assembly } from './template/assembly.ts'
import type { Resource, Stack } from './template/stack.ts'
import { TemplateError } from './template/template-error.ts'

export interface PlannedMapping {
  readonly mapping: MappingDefinition
  readonly enabled: boolean
  readonly target: FunctionTarget
  readonly roleArn: string
}

export interface Plan {
  readonly roles: Roles
  readonly secrets: Secrets
  readonly queues: readonly LocalQueue[]
  /** A function starts with its first invocation. */
  readonly directory: FunctionDirectory
  /** By function name. */
  readonly controls: ReadonlyMap<string, FunctionControl>
  /** How asynchronous events are repeated, by the ARN that their sender uses. */
  readonly invokeConfigs: ReadonlyMap<string, InvokeConfig>
  readonly apis: readonly Api[]
  readonly edges: Edges
  readonly mappings: readonly PlannedMapping[]
  readonly schedules: readonly LocalSchedule[]
  readonly services: readonly ServiceDefinition[]
  readonly alarms: readonly LocalAlarm[]
  /** Members of the template without effect here. */
  readonly ignored: readonly string[]
}

export interface PlanOptions {
  readonly assembly: Assembly
  readonly stack: Stack
  /** Scheme, host and port of each API, by logical id. */
  readonly apiAddresses: ReadonlyMap<string, string>
  readonly endpointUrl: string
  /** Values of secrets outside the stack, by their ARN. */
  readonly secrets?: Readonly<Record<string, string>>
  readonly clock: CloudClock
  readonly logs: Logs
  readonly quotas: AccountQuotas
  /** Returns the variables that a program gets, from those of the template. */
  given(template: Readonly<Record<string, string>>): Record<string, string>
  readonly report: ThrottleReport
  /** Returns whether a role lacks a right although the template gives it. */
  withheld(right: RoleRight): boolean
  /** Receives a line when a message of a queue is dropped. */
  readonly log: (text: string) => void
}

/** @throws Error with every problem of the template. */
export function makePlan(options: PlanOptions): Plan {
  const { assembly, stack, endpointUrl, clock, logs, log } = options
  const problems = createProblems()
  const ignored: string[] = []
  const roles = openRoles(stack)
  for (const right of roles.rights) if (options.withheld(right)) right.withhold()
  const secrets = openSecrets(stack, options.secrets ?? {})
  const edges = readEdges(stack, secrets, options.apiAddresses)
  const queues = openQueues(stack, clock, log)
  const variablesFor = (roleArn: string, where: string): Record<string, string> =>
    awsVariables(endpointUrl, roles.role(roleArn, where).key)
  /** Reads every resource of a type, and notes problems and members without effect. */
  const readAll = <T extends object>(type: string, read: (resource: Resource) => T | undefined): T[] =>
    stack.ofType(type).flatMap(resource => {
      const found = problems.attempt(() => read(resource))
      if (found !== undefined && 'ignored' in found) ignored.push(...(found.ignored as string[]))
      return found ?? []
    })

  const { functions, controls, principals } = planFunctions(options, { readAll, roles, edges, variablesFor })
  const directory = openDirectory(stack, functions, problems)
  const apis = problems.attempt(() => readApis(stack, directory)) ?? []
  const mappings = readAll('AWS::Lambda::EventSourceMapping', resource => {
    const { mapping, enabled, ignored } = readMapping(resource, stack)
    const target = directory.expect(mapping.functionName, mapping.logicalId)
    const principal = principals.get(target.definition.name)!
    const missing = missingRights(mapping, principal)
    if (missing.length > 0) {
      throw new TemplateError(mapping.logicalId, `the function's role does not allow ${missing.join(', ')}`)
    }
    target.fn.keepWarm()
    return { mapping, enabled, target, roleArn: principal.arn, ignored }
  })
  const invokeConfigs = readAll('AWS::Lambda::EventInvokeConfig', resource =>
    readInvokeConfig(resource, { directory, queues, roleOf: name => principals.get(name)! }),
  )
  const schedules = readAll('AWS::Scheduler::Schedule', resource =>
    readSchedule(resource, { stack, clock, directory, queues, roles }),
  )
  const context = { stack, assembly, roles, secrets, logs, variablesFor, given: options.given }
  const tasks = readAll('AWS::ECS::TaskDefinition', resource => readTaskDefinition(resource, context))
  const taskDefinitions = new Map(tasks.map(task => [task.arn, task]))
  const services = readAll('AWS::ECS::Service', resource =>
    readService(resource, { stack, logs, taskDefinitions }),
  )
  const alarms = problems.attempt(() => readAlarms(stack)) ?? []

  problems.throwIfAny(`${stack.name} cannot run on this machine`)
  ignored.push(...roles.ignored, ...directory.ignored, ...apis.flatMap(api => api.ignored))
  return {
    roles,
    secrets,
    queues,
    directory,
    controls,
    edges,
    invokeConfigs: new Map(invokeConfigs.map(({ arn, config }) => [arn, config])),
    apis,
    mappings,
    schedules: schedules.map(({ schedule }) => schedule),
    services,
    alarms,
    ignored,
  }
}

interface FunctionSources extends Pick<FunctionSurroundings, 'variablesFor'> {
  readonly readAll: <T extends object>(type: string, read: (resource: Resource) => T) => T[]
  readonly roles: Roles
  readonly edges: Edges
}

/** Returns the functions, their concurrency and their roles by function name. */
function planFunctions(
  { assembly, stack, clock, logs, quotas, given, report }: PlanOptions,
  { readAll, roles, edges, variablesFor }: FunctionSources,
) {
  const functions = new Map<string, LocalFunction>()
  const controls = new Map<string, FunctionControl>()
  const principals = new Map<string, Principal>()
  const localized = (template: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(given(template)).map(([name, text]) => [name, edges.localized(text)]))
  const surroundings = { stack, assembly, logs, variablesFor, given: localized }
  const pool = openConcurrency(quotas, report)
  const read = readAll('AWS::Lambda::Function', resource => readFunction(resource, surroundings))
  for (const { definition, roleArn } of read) {
    const { name, logicalId, reservedConcurrency } = definition
    const concurrency = pool.of(logicalId, reservedConcurrency)
    const fn = createFunction(definition, concurrency)
    functions.set(name, fn)
    controls.set(name, { concurrency, provisioned: openProvisioned(fn, concurrency, clock) })
    principals.set(name, roles.role(roleArn, logicalId))
  }
  return { functions, controls, principals }
}
