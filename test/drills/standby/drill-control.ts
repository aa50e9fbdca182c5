/** The control table of a schedule, with faults, and what it knows about the tasks of the line. */
import { setTimeout as wait } from 'node:timers/promises'
import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { AwsError } from '@itastream/local-cloud/aws-error'
import { type DynamoCall, startDynamoEndpoint } from '@itastream/local-cloud/dynamo-endpoint'
import { below, type Random } from '../../../local/exchange/random.ts'
import { CONTROL_KEYS, leaseId, standbyId } from '../../../tables/control/control-keys.ts'
import { createDynamoDB } from '../../../tables/dynamodb.ts'
import { LINE } from './opening-record.ts'

export const CONTROL_TABLE = 'control'

/** `lost answers`: each operation is carried out, and its response never comes. */
export type TableFault = 'away' | 'silent' | 'slow' | 'throttling' | 'lost answers'
export const TABLE_FAULTS: readonly TableFault[] = ['away', 'silent', 'slow', 'throttling', 'lost answers']

/** Time that a slow table takes for an operation, ms: from a little to longer than a lease lasts. */
const SLOW_MS = { least: 100, most: 1500 }
/** A standby writes twice a second. After so long without a write it does not count as ready, ms. */
const STANDBY_AGE_MS = 1500

export interface DrillControl extends AsyncDisposable {
  readonly port: number
  /** Name of the task that wrote the lease last; undefined after it has released the lease. */
  readonly holder: string | undefined
  /** Tasks that have held the lease, in the order in which they took it. */
  readonly holders: readonly string[]
  /** Returns whether a task has lately written that it is a ready standby. */
  isReady(task: string): boolean
  fail(fault: TableFault): void
  heal(): void
}

interface Write {
  readonly Key?: { readonly id?: { readonly S?: string } }
  readonly Item?: { readonly id?: { readonly S?: string }; readonly ready?: { readonly BOOL?: boolean } }
  readonly ExpressionAttributeValues?: { readonly ':released'?: unknown }
}

/** Opens an empty table. The access key id of a caller is the name of its task. */
export async function openDrillControl(random: Random): Promise<DrillControl> {
  let fault: TableFault | undefined
  let holder: string | undefined
  const holders: string[] = []
  const readyAt = new Map<string, number>()

  /** Notes a write that the table has taken: the conditions of the writes tell who holds the lease. */
  const note = ({ accessKeyId, input }: DynamoCall): void => {
    const { Key, Item, ExpressionAttributeValues } = input as Write
    if (Key?.id?.S === leaseId(LINE) && ExpressionAttributeValues !== undefined) {
      holder = ':released' in ExpressionAttributeValues ? undefined : accessKeyId
      if (holder !== undefined && holder !== holders.at(-1)) holders.push(holder)
      readyAt.delete(accessKeyId)
    }
    if (Item?.id?.S === standbyId(LINE)) {
      if (Item.ready?.BOOL === true) readyAt.set(accessKeyId, performance.now())
      else readyAt.delete(accessKeyId)
    }
  }

  const carryOut = async (call: DynamoCall): Promise<object> => {
    const output = await call.run(call.input)
    note(call)
    return output
  }

  const answer = async (call: DynamoCall): Promise<object | undefined> => {
    switch (call.operation === 'CreateTable' ? undefined : fault) {
      case 'away':
        throw new AwsError(500, 'InternalServerError', 'the table is away')
      case 'throttling':
        throw new AwsError(400, 'ProvisionedThroughputExceededException', 'Rate exceeded')
      case 'silent':
        return undefined
      case 'lost answers':
        await carryOut(call)
        return undefined
      case 'slow':
        await wait(SLOW_MS.least + below(random, SLOW_MS.most - SLOW_MS.least))
        return carryOut(call)
      default:
        return carryOut(call)
    }
  }

  const endpoint = await startDynamoEndpoint({ answer })
  const client = createDynamoDB({
    endpoint: endpoint.url,
    region: 'ap-northeast-1',
    credentials: { accessKeyId: 'drill', secretAccessKey: 'drill' },
  })
  await client.send(
    new CreateTableCommand({
      TableName: CONTROL_TABLE,
      AttributeDefinitions: [{ AttributeName: CONTROL_KEYS.partition, AttributeType: 'S' }],
      KeySchema: [{ AttributeName: CONTROL_KEYS.partition, KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  )
  client.destroy()
  return {
    port: endpoint.port,
    get holder() {
      return holder
    },
    holders,
    isReady: task => performance.now() - (readyAt.get(task) ?? Number.NEGATIVE_INFINITY) < STANDBY_AGE_MS,
    fail(how) {
      fault = how
    },
    heal() {
      fault = undefined
    },
    [Symbol.asyncDispose]: () => endpoint.close(),
  }
}
