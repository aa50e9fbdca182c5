/** Counts the units that the requests of a client consume. */
import type { ConsumedCapacity } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'

export interface Units {
  readonly written: number
  readonly read: number
}

/** Makes every request of `client` report its units. `take` returns the sums since its last call. */
export function meterOf(client: DynamoDBDocumentClient): { take(): Units } {
  let written = 0
  let read = 0
  client.middlewareStack.add(
    (next, { commandName }) =>
      async args => {
        const isWrite = commandName === 'PutItemCommand'
        const isRead = commandName === 'GetItemCommand' || commandName === 'BatchGetItemCommand'
        if (!isWrite && !isRead) return next(args)
        const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } })
        const { ConsumedCapacity } = answer.output as {
          readonly ConsumedCapacity: ConsumedCapacity | readonly ConsumedCapacity[]
        }
        for (const { CapacityUnits } of [ConsumedCapacity].flat()) {
          if (isWrite) written += CapacityUnits!
          else read += CapacityUnits!
        }
        return answer
      },
    { step: 'initialize' },
  )
  return {
    take() {
      const units = { written, read }
      written = 0
      read = 0
      return units
    },
  }
}
