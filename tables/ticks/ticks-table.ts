/** Queries of the ticks table. */
import { QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb'
import type { Table } from '../dynamodb.ts'
import type { TicksItem, TicksKey } from './ticks-item.ts'
import { TICKS_KEYS } from './ticks-keys.ts'

export interface TicksTable extends Table {
  /** Whether reads are strongly consistent, at twice the read units. Default: eventually consistent. */
  readonly consistent?: boolean
}

/** One page of a Query. */
export interface Page<Item> {
  readonly items: Item[]
  /** Start key of the next page; undefined after the last page. */
  readonly next: TicksKey | undefined
}

/** What a Query selects within a partition. */
export interface Selection {
  /** Condition on the keys. It may use `#key`, `#time` and `:key`, which is the partition key. */
  readonly condition: string
  /** Further values of the condition. */
  readonly values: Readonly<Record<`:${string}`, string>>
  /** Start key: `next` of the page before. */
  readonly start?: TicksKey | undefined
  readonly limit?: number
  /** Whether the highest sort key comes first. */
  readonly descending?: boolean
}

/** Reads one page of the items of a partition that have not expired. */
export async function query<Item extends TicksItem>(
  { client, table, consistent = false }: TicksTable,
  key: string,
  { condition, values, start, limit, descending = false }: Selection,
): Promise<Page<Item>> {
  const { partition, sort, expires } = TICKS_KEYS
  const input: QueryCommandInput = {
    TableName: table,
    ConsistentRead: consistent,
    KeyConditionExpression: condition,
    // DynamoDB deletes expired items late, so the table may still have them (developer guide, time to live).
    FilterExpression: '#expires > :now',
    ExpressionAttributeNames: { '#key': partition, '#time': sort, '#expires': expires },
    ExpressionAttributeValues: { ...values, ':key': key, ':now': Math.floor(Date.now() / 1000) },
    ExclusiveStartKey: start,
    Limit: limit,
    ScanIndexForward: !descending,
  }
  const { Items, LastEvaluatedKey } = await client.send(new QueryCommand(input))
  return { items: (Items ?? []) as Item[], next: LastEvaluatedKey as TicksKey | undefined }
}
