/** The warm throughput of a table: the write units a second that it takes at once. */
import { DescribeTableCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { change } from './aws-limit.ts'
import type { MarketResource } from './market-resource.ts'

/**
 * A change takes a while, and a table takes one change at a time (DynamoDB API reference, UpdateTable). The throughput never
 * falls.
 * @param name the name of the value.
 */
export function warmThroughput(
  client: DynamoDBDocumentClient,
  TableName: string,
  name: string,
): MarketResource {
  return {
    kind: 'warm',
    name,
    async read() {
      const { Table } = await client.send(new DescribeTableCommand({ TableName }))
      const { WriteUnitsPerSecond, Status } = Table?.WarmThroughput ?? {}
      if (WriteUnitsPerSecond === undefined) {
        throw new Error(`table ${TableName}: expected a warm throughput, got none`)
      }
      return { value: WriteUnitsPerSecond, busy: Table?.TableStatus !== 'ACTIVE' || Status !== 'ACTIVE' }
    },
    apply: to =>
      change(
        client.send(
          new UpdateTableCommand({ TableName, WarmThroughput: { WriteUnitsPerSecond: Number(to) } }),
        ),
      ),
  }
}
