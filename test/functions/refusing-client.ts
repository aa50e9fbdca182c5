import { type BatchWriteItemCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { keepAliveHandler } from '../../lambda/keep-alive.ts'
import type { Item } from '../../tables/dynamodb.ts'

/** A client whose table takes only what `take` picks of each request; `asked` notes the requests. */
export function refusingClient(take: (items: Item[]) => Item[]) {
  const client = new DynamoDBClient({ requestHandler: keepAliveHandler() })
  const asked: Item[][] = []
  client.middlewareStack.add(
    next => async args => {
      const { RequestItems } = args.input as BatchWriteItemCommandInput
      if (RequestItems === undefined || !Object.values(RequestItems).every(Array.isArray)) return next(args)
      const [[table, puts]] = Object.entries(RequestItems) as [[string, { PutRequest: { Item: Item } }[]]]
      const items = puts.map(({ PutRequest }) => PutRequest.Item)
      asked.push(items)
      const taken = new Set(take(items))
      const left = puts.filter(({ PutRequest }) => !taken.has(PutRequest.Item))
      // As an answer has them: other objects that say the same.
      const UnprocessedItems = left.length === 0 ? {} : { [table]: structuredClone(left) }
      if (taken.size === 0) return { output: { $metadata: {}, UnprocessedItems }, response: {} }
      const sent = puts.filter(({ PutRequest }) => taken.has(PutRequest.Item))
      const answer = await next({ ...args, input: { RequestItems: { [table]: sent } } })
      return { ...answer, output: { ...answer.output, UnprocessedItems } }
    },
    { step: 'initialize' },
  )
  return { client, asked }
}
