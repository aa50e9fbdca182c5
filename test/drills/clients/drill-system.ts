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

export interface DrillSystem {
  readonly system: System<SyntheticSource>
  /** Lets the tables throttle. @returns a function that ends the fault, and returns how many requests were refused. */
  throttleTables(): () => number
  /**
   * Lets the gateway refuse posts to clients as if their buffers were full: what clients get in a fault fits into the buffers
   * of the operating system. @param userAgents the clients. @returns a function that ends the fault, and returns how many posts
   * were refused.
   */
  fillBuffers(userAgents: readonly string[]): () => number
  /** Kills the environments of broadcast again and again. @returns a function that ends the fault, and returns how often. */
  crashBroadcast(): () => number
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
  let throttles: number | undefined
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
      if (throttles === undefined || random() >= THROTTLED_SHARE) return
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
      throttles = 0
      return () => {
        const count = throttles ?? 0
        throttles = undefined
        return count
      }
    },
    fillBuffers(userAgents) {
      refusals = 0
      for (const userAgent of userAgents) full.add(userAgent)
      return () => {
        full.clear()
        return refusals
      }
    },
    crashBroadcast() {
      let crashes = 0
      const crash = (): void => {
        crashes++
        void cloud.crashFunction('BroadcastFunction')
      }
      // The moment of a crash within a round is random, because rounds do not keep time with the timer.
      const timer = setInterval(crash, CRASH_EVERY_MS)
      return () => {
        clearInterval(timer)
        return crashes
      }
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
