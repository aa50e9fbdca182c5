/** The local cloud: a synthesized CloudFormation stack that runs on this machine. Nothing runs that the template does not declare. */
import { type Booted, boot, type CloudOptions } from './boot.ts'
import type { FunctionStats } from './functions/function.ts'
import type { RoleRight } from './iam/roles.ts'
import { unsupportedTypes } from './supported.ts'
import { runningTasks } from './tasks/ecs-service.ts'
import type { ServiceTask } from './tasks/service-task.ts'
import { REGION } from './template/place.ts'

export type { CloudOptions, RoleRight, ServiceTask }

export interface CloudStats {
  /** Open WebSocket connections. */
  readonly connections: number
  /** Accepted posts to connections. */
  readonly posts: number
  /** Requests and invocations that were refused, because a quota is used up or a client does not read. */
  readonly throttled: number
  /** Invocations that failed. */
  readonly errors: number
  /** By logical id. */
  readonly functions: Readonly<Record<string, Readonly<FunctionStats>>>
  /** Provisioned concurrency and the environments that are loaded for it here, by logical id of the function. */
  readonly provisioned: Readonly<Record<string, { readonly requested: number; readonly loaded: number }>>
  /** Running and desired tasks, by logical id of their service. */
  readonly services: Readonly<Record<string, { readonly running: number; readonly desired: number }>>
}

/** Where a method takes a logical id, the beginning of the id is enough when only one resource of the type has it. */
export interface Cloud {
  /** Base URL of the first HTTP API, with its stage. Empty when the template has none. */
  readonly httpUrl: string
  /** URL of the first WebSocket API, with its stage. Empty when the template has none. */
  readonly websocketUrl: string
  /** Endpoint that stands in for the AWS APIs. */
  readonly endpointUrl: string
  readonly region: string
  /** An access key that may do everything, for the starter of the cloud and for tests. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** Types of resources in the template that do not run here. */
  readonly unsupported: readonly string[]
  /** Members of the template that are read and have no effect here. */
  readonly ignored: readonly string[]
  /** The rights of the roles. A test may withhold a right for a time. */
  readonly rights: readonly RoleRight[]
  /** Outputs of the template. */
  readonly outputs: Readonly<Record<string, string>>
  stats(): CloudStats
  /** Returns what `Ref` gives for a resource: the name of a table, stream, function or bucket. */
  ref(logicalId: string): string
  secretValue(logicalId: string): string
  /** Returns all objects of a bucket in the order of their keys. */
  objects(logicalId: string): Promise<{ key: string; body: string }[]>
  /** Returns the folder in which the objects of a bucket are files, each at the path of its key. */
  objectsFolder(logicalId: string): string
  /** Invokes a function and returns its result. @throws Error when the function fails. */
  invoke(logicalId: string, event: unknown): Promise<unknown>
  /** Ends all environments of a function at once, also in the middle of an invocation, as a crash does. */
  crashFunction(logicalId: string): Promise<void>
  /** Returns the tasks of a service that have not ended, oldest first. */
  tasks(logicalId: string): readonly ServiceTask[]
  /** Sends a signal to all tasks of a service. The service replaces every task that ends. */
  signalTasks(logicalId: string, signal: NodeJS.Signals): void
  close(): Promise<void>
}

/**
 * Boots a cloud assembly. Everything listens on the loopback interface only.
 * @throws Error naming everything in the template that cannot be booted. Nothing is left running then.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const cleanup = new AsyncDisposableStack()
  try {
    const booted = await boot(options, cleanup)
    return toCloud(booted, () => cleanup.disposeAsync())
  } catch (error) {
    await cleanup.disposeAsync()
    throw error
  }
}

function toCloud(booted: Booted, close: () => Promise<void>): Cloud {
  const { stack, roles, secrets, objects, endpointUrl, directory, services, urls, ignored } = booted
  const { functions } = directory
  const find = (type: string | undefined, logicalId: string): string => findId(booted, type, logicalId)
  const tasksOf = (id: string) => services.find(({ definition }) => definition.logicalId === id)!.tasks
  return {
    httpUrl: urls.http[0] ?? '',
    websocketUrl: urls.websocket[0] ?? '',
    endpointUrl,
    region: REGION,
    credentials: { accessKeyId: roles.admin.key.id, secretAccessKey: roles.admin.key.secret },
    unsupported: unsupportedTypes(stack),
    ignored,
    rights: roles.rights,
    outputs: localizedOutputs(booted),
    stats: () => statsOf(booted),
    ref: logicalId => stack.ref(find(undefined, logicalId)),
    secretValue: logicalId => secrets.get(stack.ref(find('AWS::SecretsManager::Secret', logicalId))) ?? '',
    objects: logicalId => objects.all(stack.ref(find('AWS::S3::Bucket', logicalId))),
    objectsFolder: logicalId => objects.folder(stack.ref(find('AWS::S3::Bucket', logicalId))),
    async invoke(logicalId, event) {
      const name = stack.ref(find('AWS::Lambda::Function', logicalId))
      const { payload, failed } = await functions.get(name)!.invoke(JSON.stringify(event))
      if (failed) throw new Error(`function ${logicalId} failed: ${payload}`)
      return JSON.parse(payload)
    },
    crashFunction: logicalId => functions.get(stack.ref(find('AWS::Lambda::Function', logicalId)))!.crash(),
    signalTasks(logicalId, signal) {
      const id = find('AWS::ECS::Service', logicalId)
      for (const task of tasksOf(id)) task.kill(signal)
    },
    tasks: logicalId => tasksOf(find('AWS::ECS::Service', logicalId)),
    close,
  }
}

function localizedOutputs({ stack, edges }: Booted): Record<string, string> {
  return Object.fromEntries(
    Object.entries(stack.outputs()).map(([name, value]) => [name, edges.localized(value)]),
  )
}

/** Returns the logical id of the one resource with this id, or with an id that begins with it. */
function findId({ stack }: Booted, type: string | undefined, logicalId: string): string {
  const ids = stack.resources
    .filter(resource => type === undefined || resource.type === type)
    .map(resource => resource.logicalId)
  const matching = ids.includes(logicalId) ? [logicalId] : ids.filter(id => id.startsWith(logicalId))
  if (matching.length === 1) return matching[0]!
  const found = matching.length > 0 ? matching.join(', ') : `none of ${ids.join(', ')}`
  throw new Error(`expected one ${type ?? 'resource'} with the logical id ${logicalId}…, got ${found}`)
}

function statsOf({ webSockets, directory, controls, services, report }: Booted): CloudStats {
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
  const connections = webSockets.map(gateway => gateway.connections)
  const all = [...directory.functions.values()]
  return {
    connections: sum(connections.map(({ size }) => size)),
    posts: sum(connections.map(({ posts }) => posts)),
    throttled: sum(connections.map(({ throttled }) => throttled)) + report.total,
    errors: sum(all.map(({ stats }) => stats.errors)),
    functions: Object.fromEntries(all.map(({ definition, stats }) => [definition.logicalId, { ...stats }])),
    provisioned: Object.fromEntries(
      all
        .map(({ definition, provisioned: loaded }) => {
          const requested = controls.get(definition.name)!.concurrency.provisioned
          return [definition.logicalId, { requested, loaded }] as const
        })
        .filter(([, { requested }]) => requested > 0),
    ),
    services: Object.fromEntries(
      services.map(service => [
        service.definition.logicalId,
        { running: runningTasks(service), desired: service.desired },
      ]),
    ),
  }
}
