import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'

/** The table that knows who is in which room, and by its index what changed there since when. */
export const CONNECTIONS = {
  AttributeDefinitions: [
    { AttributeName: 'room', AttributeType: 'S' },
    { AttributeName: 'connection', AttributeType: 'S' },
    { AttributeName: 'changedAt', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'room', KeyType: 'HASH' },
    { AttributeName: 'connection', KeyType: 'RANGE' },
  ],
  LocalSecondaryIndexes: [
    {
      IndexName: 'changes',
      KeySchema: [
        { AttributeName: 'room', KeyType: 'HASH' },
        { AttributeName: 'changedAt', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
  BillingMode: 'PAY_PER_REQUEST',
} satisfies Omit<CreateTableCommandInput, 'TableName'>
