import type { DynamoStore } from '../stores/dynamo-store.ts'
import { arn } from '../template/place.ts'
import type { JsonService, Need } from './service.ts'

interface Input {
  readonly TableName?: string
  readonly IndexName?: string
  /** Requests of a batch operation, by table. */
  readonly RequestItems?: object
}

/** Called before a request runs. It may reject with an AwsError, which is the answer of the request then. */
export type BeforeDynamo = (operation: string, input: object) => Promise<void>

/** Makes the service of DynamoDB. */
export function dynamoService(store: DynamoStore, before?: BeforeDynamo): JsonService {
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
