/** A real table behind an HTTP endpoint at which requests suffer what a schedule says. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { AwsError } from '../../../local/cloud/aws-error.ts'
import { listen } from '../../../local/cloud/endpoint/listen.ts'
import { accessKeyIdOf, readBody, sendError, sendJson } from '../../../local/cloud/endpoint/request.ts'
import type { DynamoStore } from '../../../local/cloud/stores/dynamo-store.ts'
import { below, type Random } from '../../../local/exchange/random.ts'
import type { Tally } from '../tally.ts'
import type { Episode, Fault } from './delivery-schedule.ts'
import { createFate } from './fault-sequence.ts'

/** BatchWriteItem takes 16 MB; base64 makes it longer. */
const BODY_BYTES = 32 * 1024 * 1024
/** A late request is done after so long (ms): whoever waited for it gave up after three seconds. */
const LATENESS = 3_300
const WRITE = 'BatchWriteItem'
const PREFIX = 'com.amazonaws.dynamodb.v20120810#'

/** BatchWriteItem or BatchGetItem of one table; a Query is of one piece. */
interface Batch {
  readonly RequestItems?: Readonly<Record<string, readonly unknown[] | { readonly Keys: readonly unknown[] }>>
}

export interface Gate extends AsyncDisposable {
  readonly url: string
  /** From now on requests of functions suffer these. */
  suffer(episodes: readonly Episode[]): void
  /** Resolves when nothing is on its way to the table any more. */
  settled(): Promise<void>
}

export interface GateOptions {
  readonly store: DynamoStore
  readonly random: Random
  /** Counts every fault that struck. */
  readonly tally: Tally
  /** Ends the function with this access key in the middle of what it does; undefined: a key nothing happens to. */
  readonly endOf: (accessKeyId: string) => (() => void) | undefined
}

export async function openGate({ store, random, tally, endOf }: GateOptions): Promise<Gate> {
  const listener = await listen(0)
  let nextFate = createFate([])
  const busy = new Set<Promise<unknown>>()

  const run = (operation: string, input: object, delay = 0): Promise<object> => {
    const known = store.operation(operation)
    if (known === undefined) throw new AwsError(400, 'UnknownOperationException', operation)
    const work = delay === 0 ? known(input) : wait(delay).then(() => known(input))
    busy.add(work)
    const forget = (): void => void busy.delete(work)
    work.then(forget, forget)
    return work
  }
  /** Of several items some are done and some are not. */
  const runSome = async (
    operation: string,
    { RequestItems }: Batch,
  ): Promise<{ output: object; rest: object }> => {
    const [table, asked] = Object.entries(RequestItems ?? {})[0] ?? []
    if (table === undefined || asked === undefined) return { output: {}, rest: {} }
    const items = 'Keys' in asked ? asked.Keys : asked
    const part = (some: readonly unknown[]): object => ({
      [table]: 'Keys' in asked ? { ...asked, Keys: some } : some,
    })
    const count = items.length === 1 ? 0 : 1 + below(random, items.length - 1)
    const output = count === 0 ? {} : await run(operation, { RequestItems: part(items.slice(0, count)) })
    return { output, rest: part(items.slice(count)) }
  }

  /** @returns the answer; undefined: there will be none. */
  const suffer = async (
    fault: Fault,
    operation: string,
    input: Batch,
    end: () => void,
    response: ServerResponse,
  ): Promise<object | undefined> => {
    switch (fault) {
      case 'throttled':
      case 'throttled long':
        throw new AwsError(400, `${PREFIX}ProvisionedThroughputExceededException`, 'too much a second')
      case 'failed inside':
        throw new AwsError(500, `${PREFIX}InternalServerError`, 'could not be processed')
      case 'unprocessed': {
        const { output, rest } = await runSome(operation, input)
        return { ...output, [operation === WRITE ? 'UnprocessedItems' : 'UnprocessedKeys']: rest }
      }
      case 'cut in between':
        await runSome(operation, input)
        break
      case 'cut after':
        await run(operation, input)
        break
      case 'late':
        void run(operation, input, LATENESS)
        return undefined
      case 'hung':
        return undefined
      case 'crash':
        await runSome(operation, input)
        end()
        return undefined
    }
    response.destroy()
    return undefined
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<object | undefined> => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
    const input = JSON.parse((await readBody(request, BODY_BYTES)).toString()) as object
    const end = endOf(accessKeyIdOf(request.headers) ?? '')
    const fault = end === undefined ? undefined : nextFate()
    const isWhole = fault === 'unprocessed' && !('RequestItems' in input)
    if (end === undefined || fault === undefined || isWhole) return run(operation, input)
    tally.count(fault)
    if (operation === WRITE) tally.count(`${fault}, at a write`)
    return suffer(fault, operation, input as Batch, end, response)
  }

  listener.serve((request, response) => {
    const contentType = request.headers['content-type'] ?? ''
    answer(request, response).then(
      output => output && sendJson(response, 200, contentType, JSON.stringify(output)),
      error => sendError(response, contentType, error),
    )
  })
  const settled = async (): Promise<void> => {
    while (busy.size > 0) await Promise.allSettled(busy)
  }
  return {
    url: `http://127.0.0.1:${listener.port}`,
    suffer(episodes) {
      nextFate = createFate(episodes)
    },
    settled,
    async [Symbol.asyncDispose]() {
      await listener.close()
      await settled()
    },
  }
}
