import type { DynamoStore } from '../stores/dynamo-store.ts'
import { arn } from '../template/place.ts'
import type { JsonService, Need } from './service.ts'

interface Input {
  readonly TableName?: string
  readonly IndexName?: string
  /** Of the batch operations: by table. */
  readonly RequestItems?: object
}

/** DynamoDB. */
export function dynamoService(store: DynamoStore): JsonService {
  return {
    target: 'DynamoDB_20120810',
    operation: name => store.operation(name),
    needs(operation, input) {
      const { TableName, IndexName, RequestItems } = input as Input
      const need = (table: string): Need => ({
        action: `dynamodb:${operation}`,
        resource: arn(
          'dynamodb',
          `table/${nameOf(table)}${IndexName === undefined ? '' : `/index/${IndexName}`}`,
        ),
      })
      if (RequestItems !== undefined) return Object.keys(RequestItems).map(need)
      return TableName === undefined
        ? [{ action: `dynamodb:${operation}`, resource: '*' }]
        : [need(TableName)]
    },
  }
}

/** A table may be named by its ARN. */
function nameOf(table: string): string {
  return table.slice(table.lastIndexOf('/') + 1)
}
