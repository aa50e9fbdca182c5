/** The system's tables at an endpoint of this process, and the environment variables that point functions to it. */
import { randomUUID } from 'node:crypto'
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
} from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { type DynamoEndpointOptions, startDynamoEndpoint } from '@itastream/local-cloud/dynamo-endpoint'
import { BOARDS_KEYS } from '../../tables/boards/boards-keys.ts'
import { CONTROL_KEYS } from '../../tables/control/control-keys.ts'
import { createDynamoDB, type Table } from '../../tables/dynamodb.ts'
import { TICKS_KEYS } from '../../tables/ticks/ticks-keys.ts'
import { USERS_KEYS } from '../../tables/users/users-keys.ts'
import { OTHER_DYNAMODB } from '../other-aws/other-endpoints.ts'
import { CONNECTIONS } from '../tables/connections/connections-definition.ts'
import { until } from '../until.ts'
import { LANES } from './stored-lanes.ts'

export const TABLES = {
  TICKS_TABLE: 'ticks',
  BOARDS_TABLE: 'boards',
  CONNECTIONS_TABLE: 'connections',
  CONTROL_TABLE: 'control',
  USERS_TABLE: 'users',
} as const

/** Settings of functions that verify access tokens. A test with an issuer replaces them. */
const TOKEN_SETTINGS = {
  TOKEN_ISSUER: 'http://127.0.0.1:1',
  TOKEN_AUDIENCE: 'itastream-apps',
  TOKEN_SCOPES: '',
} as const

/** Further settings of functions that read or write ticks. */
const TICK_SETTINGS = { KEEP_DAYS: '31', STORE_SECONDS: '180', LANES: String(LANES) } as const

/** The setting of functions that publish data of the line. */
const PUBLISH_ALL = { PUBLISH: 'base-prices:everybody,news:everybody' } as const

/** Environment variables that every AWS client of a test needs. */
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
    { AttributeName: TICKS_KEYS.partition, AttributeType: 'S' },
    { AttributeName: TICKS_KEYS.sort, AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: TICKS_KEYS.partition, KeyType: 'HASH' },
    { AttributeName: TICKS_KEYS.sort, KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
})

const DEFINITIONS: readonly CreateTableCommandInput[] = [
  ticksTable(TABLES.TICKS_TABLE),
  {
    TableName: TABLES.BOARDS_TABLE,
    AttributeDefinitions: [{ AttributeName: BOARDS_KEYS.partition, AttributeType: 'S' }],
    KeySchema: [{ AttributeName: BOARDS_KEYS.partition, KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  },
  { TableName: TABLES.CONNECTIONS_TABLE, ...CONNECTIONS },
  {
    TableName: TABLES.CONTROL_TABLE,
    AttributeDefinitions: [{ AttributeName: CONTROL_KEYS.partition, AttributeType: 'S' }],
    KeySchema: [{ AttributeName: CONTROL_KEYS.partition, KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  },
  {
    TableName: TABLES.USERS_TABLE,
    AttributeDefinitions: [
      { AttributeName: USERS_KEYS.partition, AttributeType: 'S' },
      { AttributeName: USERS_KEYS.sort, AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: USERS_KEYS.partition, KeyType: 'HASH' },
      { AttributeName: USERS_KEYS.sort, KeyType: 'RANGE' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  },
]

export interface Tables extends AsyncDisposable {
  readonly client: DynamoDBDocumentClient
  readonly endpoint: string
}

/**
 * Starts empty tables, and sets the environment variables that functions read when they are imported.
 * @param options of the endpoint: `answer` may add faults.
 */
export async function startTables(options: DynamoEndpointOptions = {}): Promise<Tables> {
  const { endpoint, close, key } = await openEndpoint(options)
  Object.assign(process.env, AWS_ENVIRONMENT, TABLES, TICK_SETTINGS, TOKEN_SETTINGS, PUBLISH_ALL, {
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ACCESS_KEY_ID: key,
  })
  const client = createDynamoDB()
  for (const definition of DEFINITIONS) await client.send(new CreateTableCommand(definition))
  return {
    client,
    endpoint,
    [Symbol.asyncDispose]: close,
  }
}

interface Endpoint {
  readonly endpoint: string
  readonly close: () => Promise<void>
  /** Access key of the callers. */
  readonly key: string
}

/** Faults are for the stand-in alone. DynamoDB Local has a data base for each access key. */
async function openEndpoint(options: DynamoEndpointOptions): Promise<Endpoint> {
  if (OTHER_DYNAMODB !== undefined && Object.keys(options).length === 0) {
    const key = `test${randomUUID().replaceAll('-', '')}`
    return { endpoint: OTHER_DYNAMODB, close: async () => {}, key }
  }
  const { url, close } = await startDynamoEndpoint(options)
  return { endpoint: url, close, key: AWS_ENVIRONMENT.AWS_ACCESS_KEY_ID }
}

let extraTables = 0

/** Adds an empty ticks table: each run of a property has its own table. */
export async function addTicksTable({ client }: Tables, table = `ticks-${++extraTables}`): Promise<Table> {
  await client.send(new CreateTableCommand(ticksTable(table)))
  // On a busy machine the table may not be active at once.
  const describe = new DescribeTableCommand({ TableName: table })
  await until(
    async () => (await client.send(describe)).Table?.TableStatus === 'ACTIVE',
    `table ${table} to become active`,
  )
  return { client, table }
}
