/** The stand-in for DynamoDB in a process of its own. It records what every read consumes. */
import { listen } from '../../local/cloud/endpoint/listen.ts'
import { readBody, sendError, sendJson } from '../../local/cloud/endpoint/request.ts'
import { openDynamoStore } from '../../local/cloud/stores/dynamo-store.ts'
import { serve } from '../ingest/helper.ts'

/** Largest body: BatchWriteItem accepts 16 MB, and base64 adds a third. */
const BODY_BYTES = 32 * 1024 * 1024

interface Consuming {
  readonly ConsumedCapacity?: { readonly CapacityUnits: number }
}

const store = openDynamoStore()
let queries: Served[] = []

/** An answered Query. */
export interface Served {
  /** Read units. */
  readonly units: number
  /** Time from the arrival of the request to the sending of the answer. */
  readonly milliseconds: number
}

/** Runs an operation. A Query always reports its consumed capacity; the capacity itself is the same without the report. */
async function answer(operation: string, input: object): Promise<Consuming> {
  const run = store.operation(operation)
  if (run === undefined) throw new Error(`expected an operation of the stand-in, got ${operation}`)
  return run(operation === 'Query' ? { ...input, ReturnConsumedCapacity: 'TOTAL' } : input)
}

const listener = await listen(0)
listener.serve((request, response) => {
  const start = performance.now()
  const contentType = request.headers['content-type'] ?? ''
  const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
  readBody(request, BODY_BYTES)
    .then(body => answer(operation, JSON.parse(body.toString())))
    .then(
      output => {
        sendJson(response, 200, contentType, JSON.stringify(output))
        const units = output.ConsumedCapacity?.CapacityUnits
        if (operation === 'Query' && units !== undefined)
          queries.push({ units, milliseconds: performance.now() - start })
      },
      error => sendError(response, contentType, error),
    )
})

export const TABLE_ABILITIES = {
  port: (_: undefined) => listener.port,
  /** Returns the queries since the last call, in order. */
  takeQueries(_: undefined): readonly Served[] {
    const taken = queries
    queries = []
    return taken
  },
}
serve(TABLE_ABILITIES)
