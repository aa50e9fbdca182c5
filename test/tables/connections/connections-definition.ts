/** The connections table as tests create it: items by room, and an index by the time of their last change. */
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'
import { CHANGES_INDEX, CONNECTIONS_KEYS } from '../../../tables/connections/connections-keys.ts'

const { partition, sort, changedAt } = CONNECTIONS_KEYS

export const CONNECTIONS = {
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
} satisfies Omit<CreateTableCommandInput, 'TableName'>
