/** The system of the drill of clients: what `npm start` boots, without a replay, and with the faults of tables and functions. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb'
import { AWS_QUOTAS } from '@itastream/local-cloud/account-quotas'
import { AwsError } from '@itastream/local-cloud/aws-error'
import type { Random } from '../../../local/exchange/random.ts'
import type { SyntheticSource } from '../../../local/local-market.ts'
import { type System, startSystem } from '../../../local/system.ts'
import type { ConnectionItem } from '../../../tables/connections/connections-table.ts'
import { marketWithoutHistory } from '../../system/system-market.ts'

/** Time until an environment of broadcast dies again (ms). */
const CRASH_EVERY_MS = 1_000
/** Share of the requests that a throttling table refuses. */
const THROTTLED_SHARE = 0.3

/** A fault that goes on. */
export interface ServerFault {
  /** Returns how often the fault has struck. */
  strikes(): number
  end(): void
}

export interface DrillSystem {
  readonly system: System<SyntheticSource>
  /** Lets the tables throttle. Each refused request is a strike. */
  throttleTables(): ServerFault
  /**
   * Lets the gateway refuse posts to clients as if their buffers were full: what clients get in a fault fits into the buffers
   * of the operating system. Each refused post is a strike. @param userAgents the clients.
   */
  fillBuffers(userAgents: readonly string[]): ServerFault
  /** Kills the environments of broadcast again and again. */
  crashBroadcast(): ServerFault
  /** Returns the connections that the table holds as open. */
  openConnections(): Promise<ConnectionItem[]>
  close(): Promise<void>
}

/** What a drill needs of its system. */
export interface DrillSystemSize {
  /** Listed issues. */
  readonly issues: number
  /** Ticks a second in a calm hour. */
  readonly rate: number
  /** Quota of new connections a second. */
  readonly connects: number
  /** The greatest age of a connection (ms). Default: that of API Gateway. */
  readonly connectionLife?: number
}

export async function startDrillSystem(
  size: DrillSystemSize,
  seed: number,
  random: Random,
): Promise<DrillSystem> {
  let isThrottling = false
  let throttles = 0
  const full = new Set<string>()
  let refusals = 0
  const system = await startSystem({
    market: marketWithoutHistory({ issues: size.issues, rate: size.rate, seed }),
    quotas: { ...AWS_QUOTAS, connects: size.connects },
    ports: { web: 0, websocket: 0, http: 0, issuer: 0 },
    progress: () => {},
    log: () => {},
    ...(size.connectionLife === undefined ? {} : { connectionLife: size.connectionLife }),
    isClientFull({ userAgent }) {
      const isFull = full.has(userAgent)
      if (isFull) refusals++
      return isFull
    },
    async beforeDynamo() {
      if (!isThrottling || random() >= THROTTLED_SHARE) return
      throttles++
      throw new AwsError(400, 'ThrottlingException', 'Rate of requests exceeds the allowed throughput.')
    },
  })
  const { cloud } = system
  const { endpointUrl: endpoint, region, credentials } = cloud
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }))
  return {
    system,
    throttleTables() {
      isThrottling = true
      throttles = 0
      return {
        strikes: () => throttles,
        end() {
          isThrottling = false
        },
      }
    },
    fillBuffers(userAgents) {
      refusals = 0
      for (const userAgent of userAgents) full.add(userAgent)
      return { strikes: () => refusals, end: () => full.clear() }
    },
    crashBroadcast() {
      let crashes = 0
      const crash = (): void => {
        crashes++
        void cloud.crashFunction('BroadcastFunction')
      }
      // The moment of a crash within a round is random, because rounds do not keep time with the timer.
      const timer = setInterval(crash, CRASH_EVERY_MS)
      return { strikes: () => crashes, end: () => clearInterval(timer) }
    },
    async openConnections() {
      const items: ConnectionItem[] = []
      for await (const { Items = [] } of paginateScan(
        { client },
        { TableName: cloud.ref('TablesConnections') },
      ))
        items.push(...(Items as ConnectionItem[]))
      return items.filter(({ room, gone }) => room.startsWith('room-') && gone !== true)
    },
    async close() {
      client.destroy()
      await system.close()
    },
  }
}
