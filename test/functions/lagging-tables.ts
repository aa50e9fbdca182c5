/**
 * Tables that show eventually consistent reads: a read without `ConsistentRead` is answered from a copy that is some time
 * behind, as DynamoDB may answer it. The local DynamoDB itself is always consistent.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type DynamoCall, startDynamoEndpoint } from '@itastream/local-cloud/dynamo-endpoint'
import { createDynamoDB } from '../../tables/dynamodb.ts'
import { AWS_ENVIRONMENT, type Tables } from './tables.ts'

const READS: ReadonlySet<string> = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan'])
const WRITES: ReadonlySet<string> = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'])

export interface LaggingTables extends Tables {
  /** Reads so far that the copy answered. */
  readonly inconsistentReads: number
  /** Lets the copy take every write so far, and resolves when it has. */
  settled(): Promise<void>
}

/** @param lag how far the copy is behind, ms. Default: it takes nothing until {@link LaggingTables.settled}. */
export async function startLaggingTables(lag?: number): Promise<LaggingTables> {
  const copy = await startDynamoEndpoint()
  let inconsistentReads = 0
  /** The writes of the copy, in the order of the table. */
  let copied: Promise<unknown> = Promise.resolve()
  let held = Promise.withResolvers<void>()
  const answer = async (call: DynamoCall): Promise<object> => {
    const { operation, input } = call
    if (READS.has(operation) && !isConsistent(input)) {
      inconsistentReads++
      return forward(copy.url, operation, input)
    }
    const output = await call.run(input)
    if (operation === 'CreateTable') await forward(copy.url, operation, input)
    if (WRITES.has(operation)) {
      const due = lag === undefined ? held.promise : sleep(lag)
      copied = copied.then(async () => {
        await due
        await forward(copy.url, operation, input)
      })
    }
    return output
  }
  const takeAll = async (): Promise<void> => {
    held.resolve()
    held = Promise.withResolvers()
    await copied
  }
  const table = await startDynamoEndpoint({ answer })
  Object.assign(process.env, AWS_ENVIRONMENT)
  const client = createDynamoDB({ endpoint: table.url })
  return {
    client,
    endpoint: table.url,
    get inconsistentReads() {
      return inconsistentReads
    },
    async settled() {
      await takeAll()
    },
    async [Symbol.asyncDispose]() {
      await takeAll()
      client.destroy()
      await table.close()
      await copy.close()
    },
  }
}

function isConsistent(input: object): boolean {
  const { ConsistentRead, RequestItems } = input as {
    readonly ConsistentRead?: boolean
    readonly RequestItems?: Readonly<Record<string, { readonly ConsistentRead?: boolean }>>
  }
  if (RequestItems !== undefined)
    return Object.values(RequestItems).every(request => request.ConsistentRead === true)
  return ConsistentRead === true
}

async function forward(url: string, operation: string, input: object): Promise<object> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      authorization: 'AWS4-HMAC-SHA256 Credential=test/20261120/ap-northeast-1/dynamodb/aws4_request',
    },
    body: JSON.stringify(input),
  })
  const output = (await response.json()) as object
  if (!response.ok) throw new Error(`${operation} on the copy: ${JSON.stringify(output)}`)
  return output
}
