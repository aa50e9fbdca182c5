/** What the functions of the fan-out benchmark find: environment variables, and the tables of broadcast. */
import { CreateTableCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import type { BoardsTable } from '../../tables/boards/boards-table.ts'
import { CHANGES_INDEX, CONNECTIONS_KEYS } from '../../tables/connections/connections-keys.ts'
import type { ConnectionsTable } from '../../tables/connections/connections-table.ts'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { createBoardsTable } from '../delayed/delayed-market.ts'

/** Environment variables of a function. The stand-ins check no signatures. */
export const FUNCTION_ENVIRONMENT = {
  AWS_REGION: 'ap-northeast-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  POWERTOOLS_SERVICE_NAME: 'bench',
  POWERTOOLS_METRICS_DISABLED: 'true',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
} as const

export interface BroadcastTables {
  readonly boards: BoardsTable
  readonly connections: ConnectionsTable
}

/** The stand-in creates a table within some milliseconds, also on a busy machine within this time. */
const CREATION_SECONDS = 30

/** Creates the tables of broadcast, empty, at an endpoint. */
export async function createTables(endpoint: string): Promise<BroadcastTables> {
  Object.assign(process.env, FUNCTION_ENVIRONMENT, { AWS_ENDPOINT_URL_DYNAMODB: endpoint })
  const client = createDynamoDB()
  await createBoardsTable(client, 'boards')
  const { partition, sort, changedAt } = CONNECTIONS_KEYS
  await client.send(
    new CreateTableCommand({
      TableName: 'connections',
      AttributeDefinitions: [
        { AttributeName: partition, AttributeType: 'S' },
        { AttributeName: sort, AttributeType: 'S' },
        { AttributeName: changedAt, AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: partition, KeyType: 'HASH' },
        { AttributeName: sort, KeyType: 'RANGE' },
      ],
      LocalSecondaryIndexes: [
        {
          IndexName: CHANGES_INDEX,
          KeySchema: [
            { AttributeName: partition, KeyType: 'HASH' },
            { AttributeName: changedAt, KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
  for (const TableName of ['boards', 'connections']) {
    await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: CREATION_SECONDS }, { TableName })
  }
  return { boards: { client, table: 'boards' }, connections: { client, table: 'connections' } }
}
