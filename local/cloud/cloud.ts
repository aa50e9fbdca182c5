/**
 * The local cloud: the whole system on this machine, booted from the synthesized CloudFormation. What the template
 * does not declare is missing here too.
 */
import { type BootOptions, boot } from './boot.ts'
import type { FunctionStats } from './functions/function.ts'
import { unsupportedTypes } from './supported.ts'
import { REGION } from './template/place.ts'

export type CloudOptions = BootOptions

export interface CloudStats {
  /** Open WebSocket connections. */
  readonly connections: number
  /** Posts to connections that were taken. */
  readonly posts: number
  /** Posts and invocations that were refused with 429. */
  readonly throttled: number
  /** Invocations that failed. */
  readonly errors: number
  /** By logical id. */
  readonly functions: Readonly<Record<string, Readonly<FunctionStats>>>
  /** Running and wanted tasks, by logical id of their service. */
  readonly services: Readonly<Record<string, { readonly running: number; readonly desired: number }>>
}

export interface Cloud {
  /** Base URL of the HTTP API. */
  readonly httpUrl: string
  /** URL that apps connect to, with the stage. */
  readonly websocketUrl: string
  /** Stands in for the AWS APIs. */
  readonly endpointUrl: string
  readonly region: string
  /** A key that may do everything: for whoever starts the system, and for tests. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** Types of resources in the template that do not run here. */
  readonly unsupported: readonly string[]
  /** Members of the template that are read and change nothing here. */
  readonly ignored: readonly string[]
  readonly outputs: Readonly<Record<string, string>>
  stats(): CloudStats
  /**
   * What `Ref` gives for a resource: the name of a table, a function, a stream …
   * @param logicalId the logical id, or its beginning where only one resource has it.
   */
  ref(logicalId: string): string
  secretValue(logicalId: string): string
  /** Objects in a bucket. */
  objects(logicalId: string): Promise<{ key: string; body: string }[]>
  /** Where the objects of a bucket lie as files, each below it by its key. */
  objectsFolder(logicalId: string): string
  /** Runs a function with an event, as the console's test does. @throws Error if it fails. */
  invoke(logicalId: string, event: unknown): Promise<unknown>
  /** Ends the ingest task of a line at once; its service starts another. */
  killTask(line: number): void
  /** Asks the ingest task of a line to end in order; its service starts another. */
  restartTask(line: number): void
  /** Lets the ingest task of a line stand still, without a word to anybody, until it may go on. */
  pauseTask(line: number): void
  continueTask(line: number): void
  close(): Promise<void>
}

/**
 * Boots a cloud assembly. Everything listens on the loopback interface only.
 * @throws Error naming everything in the template that cannot be booted; nothing is left running then.
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

function toCloud(booted: Awaited<ReturnType<typeof boot>>, close: () => Promise<void>): Cloud {
  const { stack, roles, secrets, objects, endpointUrl, functions, services, webSockets, urls, ignored } =
    booted

  /** The one resource with this logical id or this beginning of it. */
  const find = (type: string, logicalId: string): string => {
    const ids = stack.resources.filter(r => type === '' || r.type === type).map(r => r.logicalId)
    const matching = ids.includes(logicalId) ? [logicalId] : ids.filter(id => id.startsWith(logicalId))
    if (matching.length === 1) return matching[0]!
    throw new Error(
      `expected one resource ${type} like "${logicalId}", found ${matching.length} of ${ids.join(', ')}`,
    )
  }
  const signal = (line: number, name: NodeJS.Signals): void => {
    const service = services.find(s => s.definition.task.variables.LINE_NUMBER === String(line))
    if (service === undefined) throw new Error(`expected a service whose LINE_NUMBER is ${line}, found none`)
    service.kill(name)
  }
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

  return {
    httpUrl: urls.http[0] ?? '',
    websocketUrl: urls.websocket[0] ?? '',
    endpointUrl,
    region: REGION,
    credentials: { accessKeyId: roles.admin.key.id, secretAccessKey: roles.admin.key.secret },
    unsupported: unsupportedTypes(stack),
    ignored,
    outputs: stack.outputs(),
    stats() {
      const all = [...functions.values()]
      return {
        connections: sum(webSockets.map(gateway => gateway.connections.size)),
        posts: sum(webSockets.map(gateway => gateway.connections.posts)),
        throttled:
          sum(webSockets.map(gateway => gateway.connections.throttled)) +
          sum(all.map(({ stats }) => stats.throttled)),
        errors: sum(all.map(({ stats }) => stats.errors)),
        functions: Object.fromEntries(
          all.map(({ definition, stats }) => [definition.logicalId, { ...stats }]),
        ),
        services: Object.fromEntries(
          services.map(({ definition, running, desired }) => [definition.logicalId, { running, desired }]),
        ),
      }
    },
    ref: logicalId => stack.ref(find('', logicalId)),
    secretValue: logicalId => secrets.get(stack.ref(find('AWS::SecretsManager::Secret', logicalId))) ?? '',
    objects: logicalId => objects.all(stack.ref(find('AWS::S3::Bucket', logicalId))),
    objectsFolder: logicalId => objects.folder(stack.ref(find('AWS::S3::Bucket', logicalId))),
    async invoke(logicalId, event) {
      const name = stack.ref(find('AWS::Lambda::Function', logicalId))
      const { payload, failed } = await functions.get(name)!.invoke(JSON.stringify(event))
      if (failed) throw new Error(`${logicalId} failed: ${payload}`)
      return JSON.parse(payload)
    },
    killTask: line => signal(line, 'SIGKILL'),
    restartTask: line => signal(line, 'SIGTERM'),
    pauseTask: line => signal(line, 'SIGSTOP'),
    continueTask: line => signal(line, 'SIGCONT'),
    close,
  }
}
