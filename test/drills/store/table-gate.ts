/** An endpoint of a real table. Requests of functions have the faults of a schedule. */
import { setTimeout as wait } from 'node:timers/promises'
import { AwsError } from '@itastream/local-cloud/aws-error'
import { type DynamoCall, startDynamoEndpoint } from '@itastream/local-cloud/dynamo-endpoint'
import { below, type Random } from '../../../local/exchange/random.ts'
import type { Tally } from '../tally.ts'
import type { Fault, PassPlan } from './delivery-schedule.ts'
import { createFaultSequence } from './fault-sequence.ts'
import type { PutLog } from './put-log.ts'

/** Delay of a late request (ms). The client has given up after three seconds. */
const LATENESS_MS = 3_300
/** Packs and half-hours, and the borders and watermarks of lanes. */
const WRITES: readonly string[] = ['BatchWriteItem', 'PutItem']
const PREFIX = 'com.amazonaws.dynamodb.v20120810#'

/** The input of BatchWriteItem or BatchGetItem for one table. Only these can be done in part. */
interface Batch {
  readonly RequestItems?: Readonly<Record<string, readonly unknown[] | { readonly Keys: readonly unknown[] }>>
}

export interface TableGate extends AsyncDisposable {
  readonly url: string
  /** Starts the faults of a pass: the next requests of functions have them. */
  startFaults(plan: Pick<PassPlan, 'episodes' | 'atWrites'>): void
  /** Resolves when no request to the table is running. */
  settled(): Promise<void>
}

export interface GateOptions {
  readonly random: Random
  /** Counts the faults of requests. */
  readonly tally: Tally
  /** Notes every put. */
  readonly puts: PutLog
  /** Returns a function that ends the environment with this access key; undefined: its requests have no faults. */
  readonly endOf: (accessKeyId: string) => (() => void) | undefined
}

export async function openGate({ random, tally, puts, endOf }: GateOptions): Promise<TableGate> {
  let nextFault = createFaultSequence([])
  let areAtWrites = false
  const busy = new Set<Promise<unknown>>()
  const run: DynamoRun = (call, input, delay = 0) => {
    const work = delay === 0 ? call.run(input) : wait(delay).then(() => call.run(input))
    busy.add(work)
    const forget = (): void => void busy.delete(work)
    work.then(() => {
      puts.note(input)
      forget()
    }, forget)
    return work
  }
  const answer = async (call: DynamoCall): Promise<object | undefined> => {
    const { operation, input } = call
    const end = endOf(call.accessKeyId)
    const mayFail = end !== undefined && (WRITES.includes(operation) || !areAtWrites)
    const fault = mayFail ? nextFault('RequestItems' in input) : undefined
    if (end === undefined || fault === undefined) return run(call, input)
    tally.count(fault)
    if (WRITES.includes(operation)) tally.count(`${fault}, at a write`)
    return answerWithFault(fault, call, { run, random, end })
  }
  const endpoint = await startDynamoEndpoint({ answer })
  const settled = async (): Promise<void> => {
    while (busy.size > 0) await Promise.allSettled(busy)
  }
  return {
    url: endpoint.url,
    startFaults({ episodes, atWrites }) {
      nextFault = createFaultSequence(episodes)
      areAtWrites = atWrites
    },
    settled,
    async [Symbol.asyncDispose]() {
      await settled()
      await endpoint.close()
    },
  }
}

/** Runs a call with an input, after a delay in milliseconds. */
type DynamoRun = (call: DynamoCall, input: object, delay?: number) => Promise<object>

interface FaultContext {
  readonly run: DynamoRun
  readonly random: Random
  /** Ends the calling function. */
  readonly end: () => void
}

/** Answers a call with a fault. Returns the response; undefined if the client gets none. */
async function answerWithFault(
  fault: Fault,
  call: DynamoCall,
  { run, random, end }: FaultContext,
): Promise<object | undefined> {
  switch (fault) {
    case 'throttled':
    case 'throttled long':
      throw new AwsError(400, `${PREFIX}ProvisionedThroughputExceededException`, 'too much a second')
    case 'failed inside':
      throw new AwsError(500, `${PREFIX}InternalServerError`, 'could not be processed')
    case 'unprocessed': {
      const { output, rest } = await runSome(call, run, random)
      return { ...output, [WRITES.includes(call.operation) ? 'UnprocessedItems' : 'UnprocessedKeys']: rest }
    }
    case 'cut in between':
      await runSome(call, run, random)
      break
    case 'cut after':
      await run(call, call.input)
      break
    case 'late':
      void run(call, call.input, LATENESS_MS)
      return undefined
    case 'hung':
      return undefined
    case 'crash':
      await runSome(call, run, random)
      end()
      return undefined
  }
  call.hangUp()
  return undefined
}

/** Runs a call for some of its items only. Returns the output and the input of the other items. */
async function runSome(
  call: DynamoCall,
  run: DynamoRun,
  random: Random,
): Promise<{ output: object; rest: object }> {
  const { RequestItems } = call.input as Batch
  const [table, asked] = Object.entries(RequestItems ?? {})[0] ?? []
  if (table === undefined || asked === undefined) return { output: {}, rest: {} }
  const items = 'Keys' in asked ? asked.Keys : asked
  const part = (some: readonly unknown[]): object => ({
    [table]: 'Keys' in asked ? { ...asked, Keys: some } : some,
  })
  const count = items.length === 1 ? 0 : 1 + below(random, items.length - 1)
  const output = count === 0 ? {} : await run(call, { RequestItems: part(items.slice(0, count)) })
  return { output, rest: part(items.slice(count)) }
}
