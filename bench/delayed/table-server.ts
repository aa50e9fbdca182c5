/** The stand-in for DynamoDB in a process of its own, which records what every Query consumes. */
import { startDynamoEndpoint } from '@itastream/local-cloud/dynamo-endpoint'
import { serve } from '../ingest/helper.ts'

interface Consuming {
  readonly ConsumedCapacity?: { readonly CapacityUnits: number }
}

interface QueryInput {
  readonly ExpressionAttributeValues: { readonly ':key': { readonly S: string } }
}

/** Partition keys by the output of their Query. */
const keys = new WeakMap<object, string>()
let queries: Served[] = []

/** An answered Query. */
export interface Served {
  /** Partition key. */
  readonly key: string
  /** Read units. */
  readonly units: number
  /** From the arrival of the request in this process until its response is sent. */
  readonly milliseconds: number
}

const endpoint = await startDynamoEndpoint({
  // As on AWS, a Query consumes the same whether or not the caller asks for the figure.
  async answer({ operation, input, run }) {
    if (operation !== 'Query') return run(input)
    const output = await run({ ...input, ReturnConsumedCapacity: 'TOTAL' })
    keys.set(output, (input as unknown as QueryInput).ExpressionAttributeValues[':key'].S)
    return output
  },
  onAnswered(operation, output, milliseconds) {
    const units = (output as Consuming).ConsumedCapacity?.CapacityUnits
    if (operation === 'Query' && units !== undefined)
      queries.push({ key: keys.get(output) ?? '', units, milliseconds })
  },
})

export const TABLE_ABILITIES = {
  port: (_: undefined) => endpoint.port,
  /** Returns each Query since the last call, in order. */
  takeQueries(_: undefined): readonly Served[] {
    const taken = queries
    queries = []
    return taken
  },
}
serve(TABLE_ABILITIES)
