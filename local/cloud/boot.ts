/** Starts what the template declares, each part after the parts that it needs. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openMetrics } from './alarms/metrics.ts'
import { watchAlarms } from './alarms/watch-alarms.ts'
import { makePlan, type Plan } from './boot-plan.ts'
import { type CloudClock, machineClock } from './cloud-clock.ts'
import { cloudWatchService } from './endpoint/cloudwatch.ts'
import { type BeforeDynamo, dynamoService } from './endpoint/dynamodb-service.ts'
import { ecsService } from './endpoint/ecs.ts'
import { kinesisService } from './endpoint/kinesis.ts'
import { lambdaService } from './endpoint/lambda.ts'
import { concurrencyRoutes } from './endpoint/lambda-concurrency.ts'
import { lambdaControlService } from './endpoint/lambda-control.ts'
import { mappingRoutes } from './endpoint/lambda-mappings.ts'
import { listen } from './endpoint/listen.ts'
import { s3Service } from './endpoint/s3.ts'
import { schedulerService } from './endpoint/scheduler-service.ts'
import { secretsManagerService } from './endpoint/secrets-manager.ts'
import { createEndpoint } from './endpoint/server.ts'
import { sqsService } from './endpoint/sqs.ts'
import { createAsynchronousInvoker } from './functions/asynchronous.ts'
import { type IsFull, LIFE_MS } from './gateway/connections.ts'
import { createGatewayQuotas, type GatewayQuotas } from './gateway/gateway-quotas.ts'
import { httpGateway } from './gateway/http.ts'
import { managementApi } from './gateway/management.ts'
import { openWebSocketGateway, type WebSocketGateway } from './gateway/websocket.ts'
import { type GivenVariables, givenVariables } from './given-variables.ts'
import type { RoleRight } from './iam/roles.ts'
import { type KinesisStore, openKinesisStore } from './kinesis/kinesis-store.ts'
import { openLogs } from './logs.ts'
import { type Mapping, startMapping } from './mappings/mapping.ts'
import { AWS_QUOTAS } from './quotas/account-quotas.ts'
import { createThrottleReport, type ThrottleReport } from './quotas/throttle-report.ts'
import { startSchedules } from './schedules/scheduler.ts'
import { createStreams, createTables } from './stores/create-resources.ts'
import { type DynamoStore, openDynamoStore } from './stores/dynamo-store.ts'
import { limitStore } from './stores/limited-store.ts'
import { type ObjectStore, openObjectStore } from './stores/object-store.ts'
import { readTableQuotas } from './stores/table-quota.ts'
import { warmStore } from './stores/warm-throughput.ts'
import { type Service, startService } from './tasks/ecs-service.ts'
import { type Assembly, readAssembly } from './template/assembly.ts'
import { openStack, type Stack } from './template/stack.ts'

export interface CloudOptions extends GivenVariables {
  /** Folder of the cloud assembly (`cdk.out`). */
  readonly assembly: string
  /** Name of the stack. Default: the only one of the assembly. */
  readonly stack?: string
  /** Values of CloudFormation parameters. The others have their defaults. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Values of secrets outside the stack, by their ARN. */
  readonly secrets?: Readonly<Record<string, string>>
  /** Clock of schedules, batching windows, asynchronous retries and limits of shards. Default: the machine's own. */
  readonly clock?: CloudClock
  /** Ports of the first HTTP API and of the first WebSocket API. Default: free ports, as for all other APIs. */
  readonly ports?: { readonly http?: number; readonly websocket?: number }
  /** Folder that keeps tables and buckets from run to run. Without it they are gone at the end. */
  readonly dataFolder?: string
  /** Folder for the output of functions and tasks, a file each. Without it their output is dropped. */
  readonly logFolder?: string
  /** Called before each request to DynamoDB. It may reject with an AwsError, which the caller gets as the answer. */
  readonly beforeDynamo?: BeforeDynamo
  /** Faults of a test: lets the gateway refuse posts to a client as if its buffer were full. */
  readonly isClientFull?: IsFull
  /** Faults of a test: the greatest age of a WebSocket connection, ms. Default: that of AWS. */
  readonly connectionLife?: number
  /** For tests of what needs a right: the rights that roles lack from the start. */
  readonly withheld?: (right: RoleRight) => boolean
  /**
   * Whether alarms get their states from the metrics that programs write to their output. Without it, an alarm has the state that
   * was set last.
   */
  readonly evaluatesAlarms?: boolean
  /** Receives a line for each refused request, given up batch, function that cannot be called, and alarm that changes its state. */
  readonly log?: (text: string) => void
}

/** Everything that runs. */
export interface Booted extends Pick<Plan, 'roles' | 'secrets' | 'directory' | 'controls' | 'edges'> {
  readonly stack: Stack
  readonly objects: ObjectStore
  readonly endpointUrl: string
  readonly services: readonly Service[]
  readonly webSockets: readonly WebSocketGateway[]
  readonly urls: ApiUrls
  readonly report: ThrottleReport
  /** Members of the template without effect here. */
  readonly ignored: readonly string[]
}

/** Base URLs with their stage, in the order of the template. */
interface ApiUrls {
  readonly http: readonly string[]
  readonly websocket: readonly string[]
}

/** @param cleanup receives what ends everything that was started, also when the boot fails half way. */
export async function boot(options: CloudOptions, cleanup: AsyncDisposableStack): Promise<Booted> {
  const { clock = machineClock, quotas = AWS_QUOTAS, parameters = {}, log = () => {} } = options
  const report = createThrottleReport(log)
  cleanup.defer(() => report.close())
  const assembly = readAssembly(options.assembly, options.stack)
  const metrics = options.evaluatesAlarms ? openMetrics(clock) : undefined
  const logs = openLogs(options.logFolder, metrics)
  cleanup.defer(() => logs.close())

  const endpoint = await listen(0)
  cleanup.defer(() => endpoint.close())
  const endpointUrl = `http://127.0.0.1:${endpoint.port}`
  const bound = await bindApis(assembly, options.ports ?? {}, cleanup)
  const apis = new Map([...bound].map(([id, { address }]) => [id, address]))
  const stack = openStack({ assembly, parameters, addresses: { apis, endpointUrl } })
  const given = givenVariables(options)
  const surroundings = { endpointUrl, apiAddresses: apis, clock, logs, quotas, given, report, log }
  const plan = makePlan({ withheld: () => false, ...options, assembly, stack, ...surroundings })
  const { roles, secrets, directory, controls, edges } = plan

  const { kinesis, dynamo, objects } = await openStores(options, clock, cleanup)
  const ignored = [...plan.ignored, ...createStreams(stack, kinesis), ...(await createTables(stack, dynamo))]
  const asynchronous = createAsynchronousInvoker(clock, plan.invokeConfigs, ({ definition }, reason) =>
    log(`${definition.logicalId}: an event is lost after its last attempt: ${reason}`),
  )
  const mappings: Mapping[] = []
  cleanup.defer(async () => {
    // Readers and waiting events end together with the invocations that they wait for.
    const ending = [asynchronous.close(), ...mappings.map(mapping => mapping.close())]
    await Promise.all([...directory.functions.values()].map(fn => fn.close()))
    await Promise.all(ending)
  })

  const gates = createGatewayQuotas(quotas, report)
  const { urls, webSockets } = serveApis({
    plan,
    bound,
    gates,
    isFull: options.isClientFull ?? (() => false),
    connectionLife: options.connectionLife ?? LIFE_MS,
    log,
    cleanup,
  })
  const tableQuotas = readTableQuotas(stack, { quotas, report, seconds: () => clock.now() / 1_000_000 })
  const limitedDynamo = limitStore(warmStore(dynamo, tableQuotas), tableQuotas)
  const buckets = new Set(stack.ofType('AWS::S3::Bucket').map(({ logicalId }) => stack.ref(logicalId)))
  const services: Service[] = []
  endpoint.serve(
    createEndpoint({
      roles,
      services: [
        kinesisService(kinesis),
        dynamoService(limitedDynamo, tableQuotas, options.beforeDynamo),
        ecsService(services),
        cloudWatchService(plan.alarms),
        sqsService(plan.queues),
        secretsManagerService(secrets),
      ],
      paths: [
        lambdaService(directory, asynchronous),
        lambdaControlService(directory, [...concurrencyRoutes(controls), ...mappingRoutes(mappings)]),
        schedulerService(plan.schedules, roles),
        s3Service(buckets, objects),
      ],
      onRefused: log,
    }),
  )
  for (const planned of plan.mappings) {
    const stream = kinesis.stream(planned.mapping.streamName)
    mappings.push(startMapping({ ...planned, stream, objects, clock, log }))
  }
  cleanup.defer(async () => {
    await Promise.all(services.map(service => service.close()))
  })
  for (const definition of plan.services) services.push(startService(definition))
  const schedules = startSchedules(plan.schedules, { ...plan, clock, asynchronous, log })
  cleanup.defer(() => schedules.close())
  if (metrics !== undefined)
    cleanup.adopt(watchAlarms(plan.alarms, { metrics, clock, log }), watch => watch.close())
  const started = { roles, secrets, directory, controls, edges, stack, objects, endpointUrl }
  return { ...started, services, webSockets, urls, report, ignored }
}

interface Stores {
  readonly kinesis: KinesisStore
  readonly dynamo: DynamoStore
  readonly objects: ObjectStore
}

async function openStores(
  { dataFolder }: CloudOptions,
  clock: CloudClock,
  cleanup: AsyncDisposableStack,
): Promise<Stores> {
  const kinesis = openKinesisStore({ clock, shardLimits: true })
  cleanup.defer(() => kinesis.close())
  const tableFolder = dataFolder && join(dataFolder, 'tables')
  if (tableFolder !== undefined) mkdirSync(tableFolder, { recursive: true })
  const dynamo = openDynamoStore(tableFolder)
  cleanup.defer(() => dynamo.close())
  const objects = await openObjectStore(dataFolder && join(dataFolder, 'objects'))
  cleanup.defer(() => objects.close())
  return { kinesis, dynamo, objects }
}

interface BoundApi {
  readonly listener: Awaited<ReturnType<typeof listen>>
  /** Scheme, host and port. */
  readonly address: string
}

/** Binds a port for every API first: the addresses are part of the environment of functions. */
async function bindApis(
  { template }: Assembly,
  ports: NonNullable<CloudOptions['ports']>,
  cleanup: AsyncDisposableStack,
): Promise<Map<string, BoundApi>> {
  const bound = new Map<string, BoundApi>()
  const wanted = { HTTP: ports.http ?? 0, WEBSOCKET: ports.websocket ?? 0 }
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

interface Serving {
  readonly plan: Plan
  readonly bound: ReadonlyMap<string, BoundApi>
  readonly gates: GatewayQuotas
  readonly isFull: IsFull
  readonly connectionLife: number
  readonly log: (text: string) => void
  readonly cleanup: AsyncDisposableStack
}

function serveApis({
  plan: { apis, roles, edges },
  bound,
  gates,
  isFull,
  connectionLife,
  log,
  cleanup,
}: Serving): {
  urls: ApiUrls
  webSockets: readonly WebSocketGateway[]
} {
  const urls = { http: [] as string[], websocket: [] as string[] }
  const webSockets: WebSocketGateway[] = []
  for (const api of apis) {
    const { listener, address } = bound.get(api.logicalId)!
    const url = api.stage === '$default' ? address : `${address}/${api.stage}`
    if (api.protocol === 'HTTP') {
      listener.serve(httpGateway({ api, quotas: gates, edges, log }))
      urls.http.push(url)
      continue
    }
    const gateway = openWebSocketGateway(listener, { api, quotas: gates, edges, isFull, connectionLife, log })
    cleanup.defer(() => gateway.close())
    listener.serve(managementApi(api, gateway.connections, roles, gates))
    webSockets.push(gateway)
    urls.websocket.push(url)
  }
  return { urls, webSockets }
}
