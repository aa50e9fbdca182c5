import { writeOf } from '../stores/batch-requests.ts'
import type { DynamoStore } from '../stores/dynamo-store.ts'
import { attributeOf } from '../stores/request-units.ts'
import type { TableQuota } from '../stores/table-quota.ts'
import { arn } from '../template/place.ts'
import type { JsonService, Need } from './service.ts'

interface Input {
  readonly TableName?: string
  readonly IndexName?: string
  /** Requests of a batch operation, by table. */
  readonly RequestItems?: Readonly<Record<string, unknown>>
  readonly Key?: unknown
  readonly Item?: unknown
}

/** Called before a request runs. It may reject with an AwsError, which is the answer of the request then. */
export type BeforeDynamo = (operation: string, input: object) => Promise<void>

/** Makes the service of DynamoDB. @param tables the names of their partition keys, by table. */
export function dynamoService(
  store: DynamoStore,
  tables: ReadonlyMap<string, Pick<TableQuota, 'partitionKey'>>,
  before?: BeforeDynamo,
): JsonService {
  const keysOf = (table: string, items: readonly unknown[]): { keys?: readonly string[] } => {
    const name = tables.get(table)?.partitionKey
    const keys = name === undefined ? [] : items.flatMap(item => textOf(attributeOf(item, name)) ?? [])
    return keys.length > 0 && keys.length === items.length ? { keys } : {}
  }

  return {
    target: 'DynamoDB_20120810',
    operation(name) {
      const run = store.operation(name)
      if (run === undefined || before === undefined) return run
      return async input => {
        await before(name, input)
        return run(input)
      }
    },
    needs(operation, input) {
      const { TableName, IndexName, RequestItems, Key, Item } = input as Input
      const need = (table: string, items: readonly unknown[]): Need => ({
        action: `dynamodb:${operation}`,
        resource: arn(
          'dynamodb',
          `table/${nameOf(table)}${IndexName === undefined ? '' : `/index/${IndexName}`}`,
        ),
        ...keysOf(nameOf(table), items),
      })
      if (RequestItems !== undefined)
        return Object.entries(RequestItems).map(([table, requests]) => need(table, itemsOf(requests)))
      return TableName === undefined
        ? [{ action: `dynamodb:${operation}`, resource: '*' }]
        : [need(TableName, Key === undefined && Item === undefined ? [] : [Key ?? Item])]
    },
  }
}

/** Returns the keys or items of the requests of a batch operation for a table. */
function itemsOf(requests: unknown): unknown[] {
  if (!Array.isArray(requests)) return [attributeOf(requests, 'Keys')].flat()
  return requests.map(request => writeOf(request).key)
}

/** Returns the text of an attribute value (`{ S: text }`). */
function textOf(value: unknown): string | undefined {
  const text = attributeOf(value, 'S')
  return typeof text === 'string' ? text : undefined
}

/** Returns the name of a table that is given by name or ARN. */
function nameOf(table: string): string {
  return table.slice(table.lastIndexOf('/') + 1)
}
