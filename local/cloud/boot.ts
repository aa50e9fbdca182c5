/** Starts what the template declares, in the order in which one needs the other. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../market/clock.ts'
import { freePorts } from '../ports.ts'
import { makePlan, type Plan } from './boot-plan.ts'
import { dynamoService } from './endpoint/dynamodb.ts'
import { ecsService } from './endpoint/ecs.ts'
import { kinesisService } from './endpoint/kinesis.ts'
import { lambdaService } from './endpoint/lambda.ts'
import { listen } from './endpoint/listen.ts'
import { s3Service } from './endpoint/s3.ts'
import { createEndpoint } from './endpoint/server.ts'
import { createAsynchronousInvoker } from './functions/asynchronous.ts'
import { httpGateway } from './gateway/http.ts'
import { managementApi } from './gateway/management.ts'
import { openWebSocketGateway, type WebSocketGateway } from './gateway/websocket.ts'
import { openKinesisStore } from './kinesis/kinesis-store.ts'
import { openLogs } from './logs.ts'
import { type Mapping, startMapping } from './mappings/mapping.ts'
import { startSchedules } from './schedules/scheduler.ts'
import { createStreams, createTables } from './stores/create-resources.ts'
import { openDynamoStore } from './stores/dynamo-store.ts'
import { type ObjectStore, openObjectStore } from './stores/object-store.ts'
import { type Service, type ServiceDefinition, startService } from './tasks/ecs-service.ts'
import { type Assembly, readAssembly } from './template/assembly.ts'
import { openStack, type Stack } from './template/stack.ts'

/** The variable that tells a container's program where to answer its health check. */
const HEALTH_PORT = 'HEALTH_PORT'

export interface BootOptions {
  /** Folder of the cloud assembly. */
  readonly assembly: string
  /** Values of CloudFormation parameters; the others have their defaults. */
  readonly parameters: Readonly<Record<string, string>>
  /** The market clock: schedules and batching windows run by it. */
  readonly clock: Clock
  /** Ports of the first HTTP API and of the first WebSocket API; 0: a free one. */
  readonly ports: { readonly http: number; readonly websocket: number }
  /** Where tables and buckets are kept from run to run; without it they are gone at the end. */
  readonly dataFolder?: string
  /** Where functions and tasks write, a file each; without it their output is thrown away. */
  readonly logFolder?: string
  /** Told of what goes wrong: refusals, batches given up, functions that cannot be called. A line each. */
  readonly log?: (text: string) => void
}

/** Everything that runs. */
export interface Booted extends Pick<Plan, 'roles' | 'secrets' | 'functions'> {
  readonly stack: Stack
  readonly objects: ObjectStore
  readonly endpointUrl: string
  readonly services: readonly Service[]
  readonly webSockets: readonly WebSocketGateway[]
  /** Base URLs with their stage, in the template's order. */
  readonly urls: { readonly http: readonly string[]; readonly websocket: readonly string[] }
  /** Members of the template that change nothing here. */
  readonly ignored: readonly string[]
}

/** @param cleanup gets what ends all that was started, also when the start fails half way. */
export async function boot(options: BootOptions, cleanup: AsyncDisposableStack): Promise<Booted> {
  const { clock, dataFolder, log = () => {} } = options
  const assembly = readAssembly(options.assembly)
  const logs = openLogs(options.logFolder)
  cleanup.defer(() => logs.close())

  const endpoint = await listen(0)
  cleanup.defer(() => endpoint.close())
  const listeners = await bindApis(assembly, options.ports, cleanup)
  const endpointUrl = `http://127.0.0.1:${endpoint.port}`
  const addresses = { apis: new Map([...listeners].map(([id, { address }]) => [id, address])) }
  const stack = openStack({ assembly, parameters: options.parameters, addresses })
  const plan = makePlan({ assembly, stack, endpointUrl, clock, logs })
  const { roles, functions } = plan

  const kinesis = openKinesisStore({ clock, writeLimits: true })
  cleanup.defer(() => kinesis.close())
  const tableFolder = dataFolder && join(dataFolder, 'tables')
  if (tableFolder !== undefined) mkdirSync(tableFolder, { recursive: true })
  const dynamo = openDynamoStore(tableFolder)
  cleanup.defer(() => dynamo.close())
  const objects = await openObjectStore(dataFolder && join(dataFolder, 'objects'))
  cleanup.defer(() => objects.close())
  const ignored = [...plan.ignored, ...createStreams(stack, kinesis), ...(await createTables(stack, dynamo))]

  const asynchronous = createAsynchronousInvoker(clock, ({ definition }, reason) =>
    log(`${definition.logicalId}: an event is lost after its last attempt: ${reason}`),
  )
  const mappings: Mapping[] = []
  cleanup.defer(async () => {
    // Readers and waiting events end with the invocations they wait for.
    const ending = [asynchronous.close(), ...mappings.map(mapping => mapping.close())]
    await Promise.all([...functions.values()].map(fn => fn.close()))
    await Promise.all(ending)
  })

  const urls = { http: [] as string[], websocket: [] as string[] }
  const webSockets: WebSocketGateway[] = []
  for (const api of plan.apis) {
    const { listener, address } = listeners.get(api.logicalId)!
    const url = api.stage === '$default' ? address : `${address}/${api.stage}`
    if (api.protocol === 'HTTP') {
      listener.serve(httpGateway(api, log))
      urls.http.push(url)
      continue
    }
    const gateway = openWebSocketGateway(api, listener, log)
    cleanup.defer(() => gateway.close())
    listener.serve(managementApi(api, gateway.connections, roles))
    webSockets.push(gateway)
    urls.websocket.push(url)
  }

  const buckets = new Set(stack.ofType('AWS::S3::Bucket').map(({ logicalId }) => stack.ref(logicalId)))
  const services: Service[] = []
  endpoint.serve(
    createEndpoint({
      roles,
      services: [kinesisService(kinesis), dynamoService(dynamo), ecsService(services)],
      paths: [lambdaService(functions, asynchronous), s3Service(buckets, objects)],
      onRefused: log,
    }),
  )
  for (const { mapping, target, roleArn } of plan.mappings) {
    mappings.push(
      startMapping({
        mapping,
        target,
        roleArn,
        stream: kinesis.stream(mapping.streamName),
        objects,
        clock,
        log,
      }),
    )
  }
  cleanup.defer(async () => {
    await Promise.all(services.map(service => service.close()))
  })
  for (const definition of plan.services) services.push(startService(await withHealthPort(definition)))
  const schedules = startSchedules(plan.schedules, clock, asynchronous, log)
  cleanup.defer(() => schedules.close())

  const { secrets } = plan
  return { roles, secrets, functions, stack, objects, endpointUrl, services, webSockets, urls, ignored }
}

/** A container has a loopback interface of its own, which all share here: each service answers on another port. */
async function withHealthPort(definition: ServiceDefinition): Promise<ServiceDefinition> {
  if (!(HEALTH_PORT in definition.task.variables)) return definition
  const [port] = await freePorts(1)
  const variables = { ...definition.task.variables, [HEALTH_PORT]: String(port) }
  return { ...definition, task: { ...definition.task, variables } }
}

type ServingListener = Awaited<ReturnType<typeof listen>>

/** A port for every API: its address stands in the environment of functions, so it is needed before all else. */
async function bindApis(
  { template }: Assembly,
  ports: BootOptions['ports'],
  cleanup: AsyncDisposableStack,
): Promise<Map<string, { listener: ServingListener; address: string }>> {
  const bound = new Map<string, { listener: ServingListener; address: string }>()
  const wanted = { HTTP: ports.http, WEBSOCKET: ports.websocket }
  for (const [logicalId, { Type, Properties }] of Object.entries(template.Resources)) {
    if (Type !== 'AWS::ApiGatewayV2::Api') continue
    const protocol = Properties?.ProtocolType === 'WEBSOCKET' ? 'WEBSOCKET' : 'HTTP'
    const listener = await listen(wanted[protocol])
    wanted[protocol] = 0
    cleanup.defer(() => listener.close())
    const scheme = protocol === 'WEBSOCKET' ? 'ws' : 'http'
    bound.set(logicalId, { listener, address: `${scheme}://localhost:${listener.port}` })
  }
  return bound
}
