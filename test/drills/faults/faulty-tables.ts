/** Tables whose requests of one client have a fault for a while: no answer, late answers, or throttling. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { AwsError } from '@itastream/local-cloud/aws-error'
import type { DynamoCall } from '@itastream/local-cloud/dynamo-endpoint'
import { createTableClient } from '../../../functions/broadcast/table-client.ts'
import { normal, type Random } from '../../../local/exchange/random.ts'
import { startTables, type Tables } from '../../functions/tables.ts'

/** `silent`: no answer. `slow`: a median of 50 ms and a 99th percentile of 3 s. `throttled`: four of five are refused. */
export type TableFault = 'silent' | 'slow' | 'throttled'

/** Access key of the client whose requests have the fault. */
const STRUCK = 'struck'
const SLOW_MEDIAN_MS = 50
/** Of the logarithm of a slow answer: 50 ms × e^(1.76 × 2.33) = 3 s at the 99th percentile. */
const SLOW_DEVIATION = 1.76
/** A client ends a request after three seconds (keep-alive.ts). */
const SLOWEST_MS = 3_000
const THROTTLED_SHARE = 0.8

export interface FaultyTables extends AsyncDisposable {
  readonly tables: Tables
  /** A client like that of broadcast: its requests have the fault. */
  readonly client: DynamoDBDocumentClient
  /** Starts the fault for requests to one table. */
  start(table: string, fault: TableFault): void
  end(): void
  /** Requests that had the fault. */
  readonly struck: number
}

export async function startFaultyTables(random: Random): Promise<FaultyTables> {
  let current: { readonly table: string; readonly fault: TableFault } | undefined
  let struck = 0
  const answer = async (call: DynamoCall): Promise<object | undefined> => {
    const { input, run } = call
    if (call.accessKeyId !== STRUCK || current === undefined || !names(input, current.table))
      return run(input)
    struck++
    switch (current.fault) {
      case 'silent':
        return undefined
      case 'slow':
        // The table carries the request out although the client may have given up.
        await sleep(Math.min(SLOW_MEDIAN_MS * Math.exp(SLOW_DEVIATION * normal(random)), SLOWEST_MS))
        return run(input)
      case 'throttled': {
        if (random() >= THROTTLED_SHARE) return run(input)
        const type = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException'
        throw new AwsError(400, type, 'too much a second')
      }
    }
  }
  const tables = await startTables({ answer })
  const credentials = { accessKeyId: STRUCK, secretAccessKey: 'test' }
  return {
    tables,
    client: createTableClient({ credentials }),
    start(table, fault) {
      current = { table, fault }
    },
    end() {
      current = undefined
    },
    get struck() {
      return struck
    },
    [Symbol.asyncDispose]: () => tables[Symbol.asyncDispose](),
  }
}

/** Returns whether a request is for a table. */
function names(input: object, table: string): boolean {
  const { TableName, RequestItems = {} } = input as { TableName?: string; RequestItems?: object }
  return TableName === table || Object.keys(RequestItems).includes(table)
}
