/** A DynamoDB client whose table takes only some of the items of each BatchWrite request. */
import type { BatchWriteCommandInput, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import type { TicksItem } from '../../tables/ticks/ticks-item.ts'

export interface RefusingClient<Item> {
  readonly client: DynamoDBDocumentClient
  /** The items of each request so far. */
  readonly requests: readonly (readonly Item[])[]
}

/** @param take picks the items of a request that the table takes. The others are returned as unprocessed. */
export function refusingClient<Item extends TicksItem>(
  take: (items: readonly Item[]) => readonly Item[],
): RefusingClient<Item> {
  const client = createDynamoDB()
  const requests: Item[][] = []
  client.middlewareStack.add(
    next => async args => {
      const { RequestItems } = args.input as BatchWriteCommandInput
      if (RequestItems === undefined || !Object.values(RequestItems).every(Array.isArray)) return next(args)
      const [[table, puts]] = Object.entries(RequestItems) as [[string, { PutRequest: { Item: Item } }[]]]
      const items = puts.map(({ PutRequest }) => PutRequest.Item)
      requests.push(items)
      const taken = new Set(take(items))
      const left = puts.filter(({ PutRequest }) => !taken.has(PutRequest.Item))
      // DynamoDB returns copies of the items.
      const UnprocessedItems = left.length === 0 ? {} : { [table]: structuredClone(left) }
      if (taken.size === 0) return { output: { $metadata: {}, UnprocessedItems }, response: {} }
      const sent = puts.filter(({ PutRequest }) => taken.has(PutRequest.Item))
      const answer = await next({ ...args, input: { RequestItems: { [table]: sent } } })
      return { ...answer, output: { ...answer.output, UnprocessedItems } }
    },
    { step: 'initialize' },
  )
  return { client, requests }
}
