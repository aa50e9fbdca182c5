/**
 * DynamoDB: the client, and the operations that several tables use. Items are plain objects, which lib-dynamodb
 * marshals: string → S, number → N, boolean → BOOL, Uint8Array → B, Set of strings → SS. An attribute that is
 * `undefined` is left out.
 */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  type DynamoDBClientConfig,
} from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { eachOf } from '../lambda/each-of.ts'
import { keepAliveHandler } from '../lambda/keep-alive.ts'
import { addMillis, type EpochMillis, nowMillis } from '../market/units.ts'
import { isThrottle, retryUntil, TryAgain } from './retry.ts'

/** Requests in one BatchWriteItem (DynamoDB API reference). */
export const WRITES_PER_REQUEST = 25
/** Keys in one BatchGetItem (DynamoDB API reference). */
const KEYS_PER_REQUEST = 100
/** Requests of one {@link getItems} in flight. */
const READS_IN_FLIGHT = 8
/** Time in which {@link getItems} has to get all items (ms), unless the caller sets a deadline. */
const READ_LIMIT_MS = 3_000

/** A table with items of type `Item`, and the client that reaches it. */
export interface Table<Item extends object = object> {
  readonly client: DynamoDBDocumentClient
  /** The table's name. */
  readonly table: string
  /** Only a type, without a value: tables with other items are not assignable. */
  readonly itemType?: Item
}

/**
 * Creates a client whose connections stay open between requests. Region, credentials and endpoint come from AWS_*
 * variables unless `config` has them.
 */
export function createDynamoDB(config: DynamoDBClientConfig = {}): DynamoDBDocumentClient {
  const client = new DynamoDBClient({ requestHandler: keepAliveHandler(), ...config })
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } })
}

/** Returns the item with a key, read consistently; undefined if there is none. */
export async function getItem<T extends object>(
  { client, table }: Table,
  key: object,
): Promise<T | undefined> {
  const { Item } = await client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }))
  return Item as T | undefined
}

/**
 * Returns the items with the given keys, read consistently, in any order. A key without an item has no entry in the
 * result.
 * @param deadline epoch milliseconds. Default: in {@link READ_LIMIT_MS}.
 * @throws DeadlineError if keys are still unprocessed at the deadline.
 */
export function getItems<T extends object>(
  table: Table,
  keys: readonly object[],
  deadline?: EpochMillis,
): Promise<T[]> {
  return batchGet(table, keys, true, deadline)
}

/**
 * Like {@link getItems}, but at half the read units: an item may be as it was a moment ago (SETTLE_MS in
 * tables/ticks/watermarks.ts).
 */
export function getItemsEventually<T extends object>(
  table: Table,
  keys: readonly object[],
  deadline?: EpochMillis,
): Promise<T[]> {
  return batchGet(table, keys, false, deadline)
}

async function batchGet<T extends object>(
  { client, table }: Table,
  keys: readonly object[],
  consistent: boolean,
  deadline = addMillis(nowMillis(), READ_LIMIT_MS),
): Promise<T[]> {
  const batches: object[][] = []
  for (let i = 0; i < keys.length; i += KEYS_PER_REQUEST) batches.push(keys.slice(i, i + KEYS_PER_REQUEST))
  const found: T[] = []
  await eachOf(batches, READS_IN_FLIGHT, async batch => {
    let rest = batch
    await retryUntil({ deadline, expected: `all ${keys.length} keys of ${table} read` }, async () => {
      const { Responses, UnprocessedKeys } = await client.send(
        new BatchGetCommand({ RequestItems: { [table]: { Keys: rest, ConsistentRead: consistent } } }),
      )
      found.push(...((Responses?.[table] ?? []) as T[]))
      rest = UnprocessedKeys?.[table]?.Keys ?? []
      return rest.length === 0 ? undefined : new TryAgain(`${rest.length} of ${batch.length} unprocessed`)
    })
  })
  return found
}

/** Deletes the item with a key, if there is one. */
export async function deleteItem({ client, table }: Table, key: object): Promise<void> {
  await client.send(new DeleteCommand({ TableName: table, Key: key }))
}

/** What must be true of the stored item, or of its absence, before a write. */
export interface Condition {
  /** A condition expression (DynamoDB developer guide). */
  readonly expression: string
  /** Attribute names by placeholder, `#name`; reserved words need one. */
  readonly names?: Readonly<Record<string, string>>
  /** Values by placeholder, `:name`. */
  readonly values?: Readonly<Record<string, unknown>>
}

/** Returns the condition that an attribute still has the value that was read; undefined: still does not exist. */
export function unchanged(attribute: string, before: string | number | undefined): Condition {
  const names = { '#attribute': attribute }
  return before === undefined
    ? { expression: 'attribute_not_exists(#attribute)', names }
    : { expression: '#attribute = :before', names, values: { ':before': before } }
}

/** Puts an item. Replaces an item with the same key. */
export async function putItem<Item extends object>(
  { client, table }: Table<Item>,
  item: NoInfer<Item>,
): Promise<void> {
  await client.send(new PutCommand({ TableName: table, Item: item }))
}

/** Puts an item if a condition holds. Returns false, and changes nothing, if it does not. */
export async function putIf<Item extends object>(
  { client, table }: Table<Item>,
  item: NoInfer<Item>,
  condition: Condition,
): Promise<boolean> {
  const put = new PutCommand({
    TableName: table,
    Item: item,
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: condition.names,
    ExpressionAttributeValues: condition.values,
  })
  return (await unlessRefused(client.send(put))) !== undefined
}

/**
 * Updates an item if a condition holds. Returns the new item; undefined, without a change, if the condition does not hold.
 * The answer with the item consumes no read units (DynamoDB API reference, ReturnValues).
 * @param update an update expression (DynamoDB developer guide). It shares the names and values of `condition`.
 */
export async function updateIf<Item extends object>(
  { client, table }: Table<Item>,
  key: object,
  update: string,
  condition: Condition,
): Promise<Item | undefined> {
  const command = new UpdateCommand({
    TableName: table,
    Key: key,
    UpdateExpression: update,
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: condition.names,
    ExpressionAttributeValues: condition.values,
    ReturnValues: 'ALL_NEW',
  })
  const answer = await unlessRefused(client.send(command))
  return answer?.Attributes as Item | undefined
}

/** Returns the answer to a write; undefined if its condition does not hold. */
export async function unlessRefused<Answer>(write: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await write
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined
    throw error
  }
}

/**
 * Puts up to {@link WRITES_PER_REQUEST} items with one request. Returns the items that the table did not take: the
 * unprocessed ones, or all of them if the request was throttled.
 * @param keyOf returns a text that identifies an item in the request.
 */
export async function putBatch<Item extends object, T extends Item>(
  { client, table }: Table<Item>,
  items: readonly T[],
  keyOf: (item: T) => string,
  abortSignal?: AbortSignal,
): Promise<readonly T[]> {
  const requests = items.map(item => ({ PutRequest: { Item: item } }))
  try {
    const { UnprocessedItems } = await client.send(
      new BatchWriteCommand({ RequestItems: { [table]: requests } }),
      { abortSignal },
    )
    const unprocessed = new Set(
      UnprocessedItems?.[table]?.map(({ PutRequest }) => keyOf(PutRequest?.Item as T)),
    )
    return items.filter(item => unprocessed.has(keyOf(item)))
  } catch (error) {
    if (isThrottle(error)) return items
    throw error
  }
}
