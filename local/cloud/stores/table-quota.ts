/** Reads the throughput of a table from the template. */
import * as v from 'valibot'
import type { AwsError } from '../aws-error.ts'
import { type AccountQuotas, AWS_QUOTAS, shareOf } from '../quotas/account-quotas.ts'
import { shortName, type ThrottleReport } from '../quotas/throttle-report.ts'
import { numeric, readProperties } from '../template/properties.ts'
import type { Resource, Stack } from '../template/stack.ts'
import { throttlingError } from './table-throttling.ts'
import { createThroughput, type Throughput } from './table-throughput.ts'

/** The throughput of a table in one direction. */
export interface DirectionQuota extends Throughput {
  /** Returns the error of a request for which no units are left. */
  throttling(): AwsError
}

export interface TableQuota {
  /** Name of the partition key. */
  readonly partitionKey: string
  /** Key attributes of each secondary index. An item that has them is written to the index too. */
  readonly indexes: readonly (readonly string[])[]
  readonly writes: DirectionQuota
  readonly reads: DirectionQuota
  readonly isProvisioned: boolean
  /** Units a second, in the units of AWS: a smaller account does not scale them. */
  readonly rates: TableRates
  /** Whether a change of the rates is under way. */
  readonly isChanging: boolean
  /** Gives the table other rates after {@link CHANGE_SECONDS}. Higher rates mean more partitions. */
  change(rates: TableRates): void
}

export interface TableRates {
  readonly writes: number
  readonly reads: number
}

/**
 * Market time that a change takes. DynamoDB documents no time: "Updating your warm throughput value is an asynchronous
 * task" (DynamoDB developer guide, "Increase your existing table's warm throughput").
 */
const CHANGE_SECONDS = 60
/** Write and read units that a partition has a second (DynamoDB developer guide, "Partitions"). */
const PARTITION = { writes: 1_000, reads: 3_000 } as const

const keys = v.array(v.object({ AttributeName: v.string(), KeyType: v.string() }))
const indexes = v.optional(v.array(v.object({ KeySchema: keys })), [])
const schema = v.object({
  KeySchema: keys,
  BillingMode: v.optional(v.picklist(['PROVISIONED', 'PAY_PER_REQUEST']), 'PROVISIONED'),
  ProvisionedThroughput: v.optional(v.object({ ReadCapacityUnits: numeric, WriteCapacityUnits: numeric })),
  WarmThroughput: v.optional(
    v.object({ ReadUnitsPerSecond: v.optional(numeric), WriteUnitsPerSecond: v.optional(numeric) }),
  ),
  LocalSecondaryIndexes: indexes,
  GlobalSecondaryIndexes: indexes,
})

export interface TableQuotaOptions {
  readonly quotas: AccountQuotas
  readonly seconds: () => number
  readonly report: ThrottleReport
}

/** Returns the quotas of the stack's tables by their names. */
export function readTableQuotas(stack: Stack, options: TableQuotaOptions): Map<string, TableQuota> {
  const tables = stack.ofType('AWS::DynamoDB::Table')
  return new Map(
    tables.map(resource => {
      const { logicalId } = resource
      return [stack.ref(logicalId), readTableQuota(resource, stack.attribute(logicalId, 'Arn'), options)]
    }),
  )
}

/**
 * Returns the quota of an AWS::DynamoDB::Table. An on-demand table has its warm throughput, by default that of a new table.
 * @param arn ARN of the table.
 */
function readTableQuota(
  resource: Resource,
  arn: string,
  { quotas, seconds, report }: TableQuotaOptions,
): TableQuota {
  const table = readProperties(resource, schema)
  const isProvisioned = table.BillingMode === 'PROVISIONED'
  const { ProvisionedThroughput: provisioned, WarmThroughput: warm } = table
  let rates: TableRates = isProvisioned
    ? { writes: provisioned?.WriteCapacityUnits ?? 1, reads: provisioned?.ReadCapacityUnits ?? 1 }
    : {
        writes: warm?.WriteUnitsPerSecond ?? AWS_QUOTAS.writes,
        reads: warm?.ReadUnitsPerSecond ?? AWS_QUOTAS.reads,
      }
  const throughput = (name: 'writes' | 'reads', unit: string): Throughput => {
    const share = shareOf(quotas, name)
    return createThroughput({
      what: `${name} of ${shortName(resource.logicalId)}`,
      unit,
      tableRate: rates[name] * share,
      isProvisioned,
      partitions: Math.ceil(Math.max(rates.writes / PARTITION.writes, rates.reads / PARTITION.reads)),
      partitionRate: PARTITION[name] * share,
      seconds,
      report,
    })
  }
  const open = () => ({
    writes: throughput('writes', 'write units/s'),
    reads: throughput('reads', 'read units/s'),
  })
  let current = open()
  let changing: { readonly rates: TableRates; readonly at: number } | undefined
  /** Applies a change that is due. */
  const settle = (): void => {
    if (changing === undefined || seconds() < changing.at) return
    rates = changing.rates
    changing = undefined
    current = open()
  }
  const direction = (name: 'writes' | 'reads'): DirectionQuota => ({
    take(place, units) {
      settle()
      return current[name].take(place, units)
    },
    charge: (place, units) => current[name].charge(place, units),
    throttling: () => throttlingError({ arn, isProvisioned, isRead: name === 'reads' }),
  })
  return {
    partitionKey: table.KeySchema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '',
    indexes: [...table.LocalSecondaryIndexes, ...table.GlobalSecondaryIndexes].map(({ KeySchema }) =>
      KeySchema.map(({ AttributeName }) => AttributeName),
    ),
    writes: direction('writes'),
    reads: direction('reads'),
    isProvisioned,
    get rates() {
      settle()
      return rates
    },
    get isChanging() {
      settle()
      return changing !== undefined
    },
    change(changed) {
      changing = { rates: changed, at: seconds() + CHANGE_SECONDS }
    },
  }
}
