/**
 * Batch requests to DynamoDB with the throughput of the tables: keys and items for which no units are left come back as
 * unprocessed. If none can be processed, the request fails (API reference, BatchWriteItem and BatchGetItem).
 */
import { createRequire } from 'node:module'
import type { AwsError } from '../aws-error.ts'
import type { Operation } from '../operation.ts'
import { metered } from './metered.ts'
import { attributeOf, LEAST_READ, LEAST_WRITE, writesOf } from './request-units.ts'
import type { TableQuota } from './table-quota.ts'
import { type Place, placeOf } from './table-throughput.ts'

type Quotas = ReadonlyMap<string, TableQuota>

/** Elements of a batch by table: write requests or keys, which are not checked yet. */
type Elements = Readonly<Record<string, readonly unknown[]>>

interface Split {
  readonly admitted: Elements
  readonly refused: Elements
  /** Error of the last element that is refused. */
  readonly error: AwsError | undefined
}

/** Bytes of a write unit. */
const UNIT_BYTES = 1024

const { itemSize } = createRequire(import.meta.url)('dynalite/db') as {
  /** Returns the size of an item as DynamoDB counts it, bytes. */
  itemSize(item: object): number
}

export async function batchWrite(run: Operation, input: object, quotas: Quotas): Promise<object> {
  const { RequestItems } = input as { readonly RequestItems?: unknown }
  const elements = elementsOf(RequestItems, value => value)
  if (elements === undefined) return run(input)
  const { admitted, refused, error } = split(elements, quotas, (request, quota) => {
    const { key } = writeOf(request)
    const isAdmitted = quota.writes.take(placeOf(attributeOf(key, quota.partitionKey)), LEAST_WRITE)
    return isAdmitted ? undefined : quota.writes.throttling()
  })
  if (error !== undefined && isEmpty(admitted)) throw error
  const output = await run({ ...input, RequestItems: admitted })
  for (const [table, requests] of Object.entries(admitted)) {
    const quota = quotas.get(table)
    if (quota !== undefined) for (const request of requests) chargeWrite(request, quota)
  }
  return { ...output, UnprocessedItems: refused }
}

/** Takes the units that a write has used in addition to {@link LEAST_WRITE}. The size of a replaced item is not known. */
function chargeWrite(request: unknown, quota: TableQuota): void {
  const { key, item } = writeOf(request)
  const units = item === undefined ? LEAST_WRITE : Math.ceil(itemSize(item as object) / UNIT_BYTES)
  const place = placeOf(attributeOf(key, quota.partitionKey))
  quota.writes.charge(place, units * writesOf(quota, item) - LEAST_WRITE)
}

/** Returns the item of a write request that puts one, and its key: the key of a deletion, or the item itself. */
export function writeOf(request: unknown): { readonly key: unknown; readonly item: unknown } {
  const item = attributeOf(attributeOf(request, 'PutRequest'), 'Item')
  return { key: item ?? attributeOf(attributeOf(request, 'DeleteRequest'), 'Key'), item }
}

export async function batchGet(run: Operation, input: object, quotas: Quotas): Promise<object> {
  const { RequestItems } = input as { readonly RequestItems?: Readonly<Record<string, object>> }
  const elements = elementsOf(RequestItems, value => attributeOf(value, 'Keys'))
  if (elements === undefined) return run(input)
  const places = new Map<string, Place[]>()
  const { admitted, refused, error } = split(elements, quotas, (key, { reads, partitionKey }, table) => {
    const place = placeOf(attributeOf(key, partitionKey))
    if (!reads.take(place, LEAST_READ)) return reads.throttling()
    places.set(table, [...(places.get(table) ?? []), place])
    return undefined
  })
  if (error !== undefined && isEmpty(admitted)) throw error
  const withKeys = (keys: Elements): object =>
    Object.fromEntries(
      Object.entries(keys).map(([table, Keys]) => [table, { ...RequestItems?.[table], Keys }]),
    )
  const { output, units } = await metered(run, { ...input, RequestItems: withKeys(admitted) })
  for (const [table, read] of places) {
    // The response names the units of a table only. They are shared equally by its keys.
    const more = (units.get(table) ?? 0) / read.length - LEAST_READ
    for (const place of read) quotas.get(table)?.reads.charge(place, Math.max(0, more))
  }
  const { UnprocessedKeys = {} } = output as { readonly UnprocessedKeys?: object }
  return { ...output, UnprocessedKeys: mergeKeys(UnprocessedKeys, withKeys(refused)) }
}

/** Returns the elements of each table, `undefined` for a request that DynamoDB refuses. */
function elementsOf(requestItems: unknown, read: (value: unknown) => unknown): Elements | undefined {
  if (typeof requestItems !== 'object' || requestItems === null) return undefined
  const lists = Object.entries(requestItems).map(([table, value]) => [table, read(value)] as const)
  const valid = lists.filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]))
  return valid.length === lists.length ? Object.fromEntries(valid) : undefined
}

/** @param refusal returns the error of an element for which no units are left. */
function split(
  elements: Elements,
  quotas: Quotas,
  refusal: (element: unknown, quota: TableQuota, table: string) => AwsError | undefined,
): Split {
  const admitted: Record<string, unknown[]> = {}
  const refused: Record<string, unknown[]> = {}
  let error: AwsError | undefined
  for (const [table, list] of Object.entries(elements)) {
    const quota = quotas.get(table)
    for (const element of list) {
      const refusedBy = quota && refusal(element, quota, table)
      const side = refusedBy === undefined ? admitted : refused
      side[table] ??= []
      side[table].push(element)
      error = refusedBy ?? error
    }
  }
  return { admitted, refused, error }
}

function isEmpty(elements: Elements): boolean {
  return Object.keys(elements).length === 0
}

/** Merges keys by table. The stand-in itself leaves keys above 1 MB of a response unprocessed. */
function mergeKeys(own: object, refused: object): object {
  const merged: Record<string, object> = { ...refused }
  for (const [table, value] of Object.entries(own)) {
    const before = attributeOf(merged[table], 'Keys')
    const keys = attributeOf(value, 'Keys')
    merged[table] =
      Array.isArray(before) && Array.isArray(keys) ? { ...value, Keys: [...before, ...keys] } : value
  }
  return merged
}
