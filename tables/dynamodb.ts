/** DynamoDB, one client an environment, and what its batch operations have in common. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type AttributeValue, BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { eachOf } from '../lambda/each-of.ts'
import { keepAliveHandler } from '../lambda/keep-alive.ts'

export type Item = Record<string, AttributeValue>

/** Requests in one BatchWriteItem (DynamoDB API reference). */
export const WRITES_PER_REQUEST = 25
/** Keys in one BatchGetItem (DynamoDB API reference). */
export const KEYS_PER_REQUEST = 100
/** Batches of one call in flight. */
const BATCHES_IN_FLIGHT = 8
/** First wait before unprocessed keys are asked for again (ms); doubled each time. */
const FIRST_WAIT_MS = 25
const LONGEST_WAIT_MS = 2_000

/** A client whose connections stay open between requests. Region, credentials and endpoint come from AWS_* variables. */
export function createDynamoDB(): DynamoDBClient {
  return new DynamoDBClient({ requestHandler: keepAliveHandler() })
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

/** Whether DynamoDB would take the same request a little later. */
export function isThrottle(error: unknown): boolean {
  const name = error instanceof Error ? error.name : ''
  return (
    name === 'ProvisionedThroughputExceededException' ||
    name === 'ThrottlingException' ||
    name === 'RequestLimitExceeded' ||
    name === 'InternalServerError'
  )
}
