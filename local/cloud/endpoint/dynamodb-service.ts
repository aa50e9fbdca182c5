import type { DynamoStore } from '../stores/dynamo-store.ts'
import { arn } from '../template/place.ts'
import type { JsonService, Need } from './service.ts'

interface Input {
  readonly TableName?: string
  readonly IndexName?: string
  /** Requests of a batch operation, by table. */
  readonly RequestItems?: object
}

/** Makes the service of DynamoDB. */
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

/** Returns the name of a table that is given by name or ARN. */
function nameOf(table: string): string {
  return table.slice(table.lastIndexOf('/') + 1)
}
