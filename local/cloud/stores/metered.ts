/** Runs operations of DynamoDB and returns the units that they used. */
import type { Operation } from '../operation.ts'

export interface Metered {
  readonly output: object
  /** Capacity units by table. */
  readonly units: ReadonlyMap<string, number>
}

interface ConsumedCapacity {
  readonly TableName: string
  readonly CapacityUnits: number
}

/** Runs an operation. The output has the consumed capacity only if the caller has asked for it. */
export async function metered(run: Operation, input: object): Promise<Metered> {
  const { ReturnConsumedCapacity: asked = 'NONE' } = input as { ReturnConsumedCapacity?: unknown }
  const isAsked = asked !== 'NONE'
  const output = await run(isAsked ? input : { ...input, ReturnConsumedCapacity: 'TOTAL' })
  const { ConsumedCapacity = [], ...rest } = output as {
    ConsumedCapacity?: ConsumedCapacity | readonly ConsumedCapacity[]
  }
  const consumed = [ConsumedCapacity].flat()
  return {
    output: isAsked ? output : rest,
    units: new Map(consumed.map(({ TableName, CapacityUnits }) => [TableName, CapacityUnits])),
  }
}
