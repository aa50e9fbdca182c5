/** DynamoDB with the warm throughput of its tables: DescribeTable reports it and UpdateTable raises it. */
import { AwsError } from '../aws-error.ts'
import type { Operation } from '../operation.ts'
import type { DynamoStore } from './dynamo-store.ts'
import type { TableQuota } from './table-quota.ts'

interface UpdateInput {
  readonly TableName: string
  readonly WarmThroughput?: {
    readonly ReadUnitsPerSecond?: number
    readonly WriteUnitsPerSecond?: number
  }
}

/** @param quotas by name of the table. */
export function warmStore(store: DynamoStore, quotas: ReadonlyMap<string, TableQuota>): DynamoStore {
  const own: Readonly<Record<string, (run: Operation, input: object) => Promise<object>>> = {
    async DescribeTable(run, input) {
      const { Table } = (await run(input)) as { readonly Table: object }
      const quota = quotas.get((input as { readonly TableName: string }).TableName)
      return { Table: quota === undefined ? Table : describe(Table, quota) }
    },
    async UpdateTable(run, input) {
      const { TableName, WarmThroughput, ...others } = input as UpdateInput
      const quota = quotas.get(TableName)
      if (quota?.isChanging) throw inUse(TableName)
      if (quota === undefined || WarmThroughput === undefined) return run(input)
      const other = Object.keys(others)[0] ?? (quota.isProvisioned ? 'provisioned throughput' : undefined)
      if (other !== undefined) {
        throw invalid(`the local DynamoDB does not change warm throughput together with ${other}`)
      }
      const { reads, writes } = quota.rates
      const changed = {
        reads: notBelow(reads, WarmThroughput.ReadUnitsPerSecond, 'ReadUnitsPerSecond'),
        writes: notBelow(writes, WarmThroughput.WriteUnitsPerSecond, 'WriteUnitsPerSecond'),
      }
      if (changed.reads > reads || changed.writes > writes) quota.change(changed)
      const { Table } = (await store.operation('DescribeTable')!({ TableName })) as { readonly Table: object }
      return { TableDescription: describe(Table, quota) }
    },
  }
  return {
    operation(name) {
      const run = store.operation(name)
      const change = own[name]
      return run === undefined || change === undefined ? run : input => change(run, input)
    },
    close: () => store.close(),
  }
}

function describe(table: object, { rates, isChanging }: TableQuota): object {
  return {
    ...table,
    ...(isChanging ? { TableStatus: 'UPDATING' } : {}),
    WarmThroughput: {
      ReadUnitsPerSecond: rates.reads,
      WriteUnitsPerSecond: rates.writes,
      Status: isChanging ? 'UPDATING' : 'ACTIVE',
    },
  }
}

/** @throws AwsError if the number is below what the table has. */
function notBelow(current: number, asked: number | undefined, member: string): number {
  if (asked === undefined) return current
  if (asked >= current) return asked
  throw invalid(
    `One or more parameter values were invalid: ${member} of WarmThroughput cannot be decreased from ${current} to ${asked}`,
  )
}

function invalid(message: string): AwsError {
  return new AwsError(400, 'com.amazon.coral.validate#ValidationException', message)
}

function inUse(table: string): AwsError {
  return new AwsError(
    400,
    'com.amazonaws.dynamodb.v20120810#ResourceInUseException',
    `Attempt to change a resource which is still in use: Table is being updated: ${table}`,
  )
}
