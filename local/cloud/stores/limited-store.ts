/**
 * DynamoDB with the throughput of its tables. A request is admitted while its partition has units left. The units that it
 * has used in addition are charged after it has run, so later requests wait for them.
 */
import type { Operation } from '../operation.ts'
import { batchGet, batchWrite } from './batch-requests.ts'
import type { DynamoStore } from './dynamo-store.ts'
import { metered } from './metered.ts'
import { attributeOf, LEAST_READ, LEAST_WRITE, writesOf, writesOfUpdate } from './request-units.ts'
import type { DirectionQuota, TableQuota } from './table-quota.ts'
import { type Place, placeOf } from './table-throughput.ts'

/** A request for one table. Its members come from the caller and are not checked yet. */
interface Input {
  readonly TableName?: unknown
  readonly Item?: unknown
  readonly Key?: unknown
  readonly KeyConditionExpression?: unknown
  readonly UpdateExpression?: unknown
  readonly ExpressionAttributeNames?: unknown
  readonly ExpressionAttributeValues?: unknown
}

type Request = (run: Operation, input: Input, quota: TableQuota) => Promise<object>

const writeTimes = (times: (input: Input, quota: TableQuota) => number): Request => {
  return (run, input, quota) => {
    const place = placeOf(attributeOf(input.Item ?? input.Key, quota.partitionKey))
    const use = { direction: quota.writes, place, least: LEAST_WRITE, times: times(input, quota) }
    return limited(run, input, use)
  }
}
const readAt = (place: (input: Input, partitionKey: string) => Place): Request => {
  return (run, input, { reads: direction, partitionKey }) =>
    limited(run, input, { direction, place: place(input, partitionKey), least: LEAST_READ, times: 1 })
}
const REQUESTS: Readonly<Record<string, Request>> = {
  PutItem: writeTimes(({ Item }, quota) => writesOf(quota, Item)),
  UpdateItem: writeTimes(({ UpdateExpression, ExpressionAttributeNames }, quota) =>
    writesOfUpdate(quota, UpdateExpression, ExpressionAttributeNames),
  ),
  DeleteItem: writeTimes((_, quota) => writesOf(quota, undefined)),
  GetItem: readAt(({ Key }, partitionKey) => placeOf(attributeOf(Key, partitionKey))),
  Query: readAt(placeOfQuery),
  Scan: readAt(() => 'all'),
}

/** @param quotas by name of the table. A table without a quota has no limit. */
export function limitStore(store: DynamoStore, quotas: ReadonlyMap<string, TableQuota>): DynamoStore {
  return {
    operation(name) {
      const run = store.operation(name)
      if (run === undefined) return undefined
      if (name === 'BatchWriteItem') return input => batchWrite(run, input, quotas)
      if (name === 'BatchGetItem') return input => batchGet(run, input, quotas)
      const request = REQUESTS[name]
      if (request === undefined) return run
      return input => {
        const { TableName } = input as Input
        const quota = quotas.get(String(TableName))
        return quota === undefined ? run(input) : request(run, input, quota)
      }
    },
    close: () => store.close(),
  }
}

interface Use {
  readonly direction: DirectionQuota
  readonly place: Place
  /** Units that the request uses at least. */
  readonly least: number
  /** How often the item is written or read. */
  readonly times: number
}

/** Runs a request for one table. @throws AwsError if its partition has no units left. */
async function limited(run: Operation, input: Input, use: Use): Promise<object> {
  const { direction, place, least, times } = use
  if (!direction.take(place, least)) throw direction.throttling()
  const { output, units } = await metered(run, input)
  // dynalite counts nothing for a query that finds nothing.
  for (const used of units.values()) direction.charge(place, Math.max(0, used * times - least))
  return output
}

/** `room = :room` and `#key = :key` in a key condition. */
const EQUALS = /(#?[\w.-]+)\s*=\s*(:\w+)/g

/** Returns the place of the partition that a query reads. A query of a global index has none in the table. */
function placeOfQuery(input: Input, partitionKey: string): Place {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = input
  for (const [, name = '', value = ''] of String(input.KeyConditionExpression).matchAll(EQUALS)) {
    if ((attributeOf(names, name) ?? name) === partitionKey) return placeOf(attributeOf(values, value))
  }
  return 'all'
}
