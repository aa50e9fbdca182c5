/** Queries of the ticks table. */
import { QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb'
import type { Item, Table } from '../dynamodb.ts'
import { EXPIRES, KEY, TIME } from './ticks-item.ts'

export interface TicksTable extends Table {
  /** Whether reads are strongly consistent, at twice the read units. Default: eventually consistent. */
  readonly consistent?: boolean
}

/** One page of a Query. */
interface Page {
  readonly items: Item[]
  /** Start key of the next page; undefined after the last page. */
  readonly next: Item | undefined
}

/**
 * Reads one page of the items of a partition that have not expired.
 * @param input the parts of a QueryCommand that select the items. Expressions name the attributes `#key`, `#time` and
 * `#expires`, and the partition key `:key`.
 */
export async function query(
  { client, table, consistent = false }: TicksTable,
  key: string,
  { values, ...input }: Partial<QueryCommandInput> & { values: Item },
): Promise<Page> {
  const output = await client.send(
    new QueryCommand({
      TableName: table,
      ConsistentRead: consistent,
      ...input,
      // DynamoDB deletes expired items late, so the table may still have them (developer guide, time to live).
      FilterExpression: '#expires > :now',
      ExpressionAttributeNames: { '#key': KEY, '#time': TIME, '#expires': EXPIRES },
      ExpressionAttributeValues: {
        ...values,
        ':key': { S: key },
        ':now': { N: String(Math.floor(Date.now() / 1000)) },
      },
    }),
  )
  return { items: output.Items ?? [], next: output.LastEvaluatedKey }
}
