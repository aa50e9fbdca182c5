/** The tables of the system in a real dynalite, in this process, and an environment that points functions to it. */
import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb'
import { keepAliveHandler } from '../../lambda/keep-alive.ts'
import { CONNECTIONS } from '../connections-table.ts'

type Dynalite = (options: { createTableMs: number }) => Server
const dynalite = createRequire(import.meta.url)('dynalite') as Dynalite

export const TABLES = {
  TICKS_TABLE: 'ticks',
  BOARDS_TABLE: 'boards',
  CONNECTIONS_TABLE: 'connections',
} as const

/** What functions that read or write ticks are told beside the tables. */
const TICK_SETTINGS = { KEEP_DAYS: '31', STORE_SECONDS: '180' } as const

/** Region and keys that every client of a test uses. */
export const AWS_ENVIRONMENT = {
  AWS_REGION: 'ap-northeast-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  POWERTOOLS_SERVICE_NAME: 'test',
  POWERTOOLS_METRICS_NAMESPACE: 'itastream',
  POWERTOOLS_METRICS_DISABLED: 'true',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
} as const

const ticksTable = (name: string): CreateTableCommandInput => ({
  TableName: name,
  AttributeDefinitions: [
    { AttributeName: 'key', AttributeType: 'S' },
    { AttributeName: 'time', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'key', KeyType: 'HASH' },
    { AttributeName: 'time', KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
})

const DEFINITIONS: readonly CreateTableCommandInput[] = [
  ticksTable(TABLES.TICKS_TABLE),
  {
    TableName: TABLES.BOARDS_TABLE,
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  },
  { TableName: TABLES.CONNECTIONS_TABLE, ...CONNECTIONS },
]

export interface Tables extends AsyncDisposable {
  readonly client: DynamoDBClient
  readonly endpoint: string
}

/** Starts the tables empty, and sets the environment that functions read when they are imported. */
export async function startTables(): Promise<Tables> {
  const server = dynalite({ createTableMs: 0 })
  // Its handler throws on a client that goes away, which would end this process.
  server.prependListener('request', (request: IncomingMessage) => {
    const on: (event: string, listener: (...values: unknown[]) => void) => IncomingMessage =
      request.on.bind(request)
    const guarded: typeof on = (event, listener) => on(event, event === 'error' ? () => {} : listener)
    Object.defineProperty(request, 'on', { value: guarded })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  Object.assign(process.env, AWS_ENVIRONMENT, TABLES, TICK_SETTINGS, { AWS_ENDPOINT_URL_DYNAMODB: endpoint })
  const client = new DynamoDBClient({ requestHandler: keepAliveHandler() })
  for (const definition of DEFINITIONS) await client.send(new CreateTableCommand(definition))
  return {
    client,
    endpoint,
    async [Symbol.asyncDispose]() {
      client.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

let extraTables = 0

/** One more ticks table, empty: each run of a property has its own. */
export async function addTicksTable(
  { client }: Tables,
  table = `ticks-${++extraTables}`,
): Promise<{ client: DynamoDBClient; table: string }> {
  await client.send(new CreateTableCommand(ticksTable(table)))
  // On a busy machine what comes at once may find it in the making still.
  const describe = new DescribeTableCommand({ TableName: table })
  while ((await client.send(describe)).Table?.TableStatus !== 'ACTIVE');
  return { client, table }
}
