/** Creates the streams and tables of the template. */
import * as v from 'valibot'
import { AwsError } from '../aws-error.ts'
import type { KinesisStore } from '../kinesis/kinesis-store.ts'
import type { Operation } from '../operation.ts'
import { ignoredMembers, numeric, readProperties } from '../template/properties.ts'
import type { Stack } from '../template/stack.ts'
import type { DynamoStore } from './dynamo-store.ts'

const streamSchema = v.object({ ShardCount: v.optional(numeric) })
/** Shards of a new stream with on-demand capacity. */
const ON_DEMAND_SHARDS = 4

const keys = v.array(v.object({ AttributeName: v.string(), KeyType: v.string() }))
const indexes = v.optional(
  v.array(
    v.object({
      IndexName: v.string(),
      KeySchema: keys,
      Projection: v.object({
        ProjectionType: v.string(),
        NonKeyAttributes: v.optional(v.array(v.string())),
      }),
      ProvisionedThroughput: v.optional(
        v.object({ ReadCapacityUnits: numeric, WriteCapacityUnits: numeric }),
      ),
    }),
  ),
)
const tableSchema = v.object({
  AttributeDefinitions: v.array(v.object({ AttributeName: v.string(), AttributeType: v.string() })),
  KeySchema: keys,
  BillingMode: v.optional(v.string()),
  ProvisionedThroughput: v.optional(v.object({ ReadCapacityUnits: numeric, WriteCapacityUnits: numeric })),
  LocalSecondaryIndexes: indexes,
  GlobalSecondaryIndexes: indexes,
})
const timeToLiveSchema = v.object({
  TimeToLiveSpecification: v.optional(v.object({ AttributeName: v.string(), Enabled: v.boolean() })),
})

/** Milliseconds between two looks at a table that is being created. */
const SETTLE_MS = 2

/** Creates the streams. Returns their members without effect here. */
export function createStreams(stack: Stack, kinesis: KinesisStore): string[] {
  const ignored: string[] = []
  for (const resource of stack.ofType('AWS::Kinesis::Stream')) {
    const { ShardCount = ON_DEMAND_SHARDS } = readProperties(resource, streamSchema)
    kinesis.create(stack.ref(resource.logicalId), ShardCount)
    ignored.push(...ignoredMembers(resource, ['RetentionPeriodHours']))
  }
  return ignored
}

/** Creates the tables. Returns their members without effect here. */
export async function createTables(stack: Stack, dynamo: DynamoStore): Promise<string[]> {
  const ignored: string[] = []
  for (const resource of stack.ofType('AWS::DynamoDB::Table')) {
    const TableName = stack.ref(resource.logicalId)
    try {
      await call(dynamo.operation('CreateTable'), { TableName, ...readProperties(resource, tableSchema) })
    } catch (error) {
      // The table was kept from an earlier run.
      if (!(error instanceof AwsError) || !error.type.endsWith('ResourceInUseException')) throw error
    }
    await active(async () => {
      const output = await call(dynamo.operation('DescribeTable'), { TableName })
      return (output as { Table: { TableStatus: string } }).Table.TableStatus
    })
    const { TimeToLiveSpecification } = readProperties(resource, timeToLiveSchema)
    if (TimeToLiveSpecification !== undefined) {
      await call(dynamo.operation('UpdateTimeToLive'), { TableName, TimeToLiveSpecification })
      ignored.push(`${resource.logicalId}.TimeToLiveSpecification (expired items stay)`)
    }
  }
  return ignored
}

async function call(operation: Operation | undefined, input: object): Promise<object> {
  if (operation === undefined)
    throw new Error(`the stand-in does not have the operation that creates ${JSON.stringify(input)}`)
  return operation(input)
}

async function active(status: () => Promise<string>): Promise<void> {
  while ((await status()) !== 'ACTIVE') await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
}
