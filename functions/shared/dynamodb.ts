/** DynamoDB, one client an environment, and the batch operations with their unprocessed rest. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb'
import { eachOf } from './each-of.ts'
import { keepAliveHandler } from './keep-alive.ts'

export type Item = Record<string, AttributeValue>

/** Requests in one BatchWriteItem (DynamoDB API reference). */
export const WRITES_PER_REQUEST = 25
/** Keys in one BatchGetItem (DynamoDB API reference). */
export const KEYS_PER_REQUEST = 100
/** Batches of one call in flight. */
const BATCHES_IN_FLIGHT = 8
/** First wait before unprocessed requests are sent again (ms); doubled each time, with jitter. */
const FIRST_WAIT_MS = 25
const LONGEST_WAIT_MS = 2_000

/** A client whose connections stay open between requests. Region, credentials and endpoint come from AWS_* variables. */
export function createDynamoDB(): DynamoDBClient {
  return new DynamoDBClient({ requestHandler: keepAliveHandler() })
}

/**
 * Puts items, 25 a request; what comes back unprocessed, or is throttled whole, is sent again with growing waits
 * until `deadline` (epoch ms).
 * @returns the items that were not taken by then.
 */
export async function putAll(
  client: DynamoDBClient,
  table: string,
  items: readonly Item[],
  deadline: number,
): Promise<Item[]> {
  const batches: WriteRequest[][] = []
  for (let i = 0; i < items.length; i += WRITES_PER_REQUEST) {
    batches.push(items.slice(i, i + WRITES_PER_REQUEST).map(Item => ({ PutRequest: { Item } })))
  }
  const left: Item[] = []
  await eachOf(batches, BATCHES_IN_FLIGHT, async batch => {
    for (const request of await putBatch(client, table, batch, deadline)) {
      if (request.PutRequest?.Item !== undefined) left.push(request.PutRequest.Item)
    }
  })
  return left
}

async function putBatch(
  client: DynamoDBClient,
  table: string,
  batch: WriteRequest[],
  deadline: number,
): Promise<WriteRequest[]> {
  let rest = batch
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: rest } }))
      rest = answer.UnprocessedItems?.[table] ?? []
    } catch (error) {
      if (!isThrottle(error)) throw error
    }
    const pause = wait * (0.5 + Math.random() / 2)
    if (rest.length === 0 || Date.now() + pause >= deadline) return rest
    await sleep(pause)
  }
}

/** Gets the items of many keys in any order; keys without an item are left out. */
export async function getAll(
  client: DynamoDBClient,
  table: string,
  keys: readonly Item[],
  consistent: boolean,
): Promise<Item[]> {
  const batches: Item[][] = []
  for (let i = 0; i < keys.length; i += KEYS_PER_REQUEST) batches.push(keys.slice(i, i + KEYS_PER_REQUEST))
  const found: Item[] = []
  await eachOf(batches, BATCHES_IN_FLIGHT, async batch => {
    let rest: Item[] | undefined = batch
    for (let wait = FIRST_WAIT_MS; rest !== undefined && rest.length > 0; wait *= 2) {
      const answer: {
        Responses?: Record<string, Item[]>
        UnprocessedKeys?: Record<string, { Keys?: Item[] }>
      } = await client.send(
        new BatchGetItemCommand({ RequestItems: { [table]: { Keys: rest, ConsistentRead: consistent } } }),
      )
      found.push(...(answer.Responses?.[table] ?? []))
      rest = answer.UnprocessedKeys?.[table]?.Keys
      if (rest !== undefined && rest.length > 0) await sleep(Math.min(wait, LONGEST_WAIT_MS))
    }
  })
  return found
}

function isThrottle(error: unknown): boolean {
  const name = error instanceof Error ? error.name : ''
  return (
    name === 'ProvisionedThroughputExceededException' ||
    name === 'ThrottlingException' ||
    name === 'RequestLimitExceeded' ||
    name === 'InternalServerError'
  )
}
