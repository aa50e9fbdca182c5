/** A ticks table in this process that takes one put at a time, in any order, shows each step, and may die in between. */
import { BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { TicksItem } from '../../../tables/ticks/ticks-item.ts'
import type { TicksTable } from '../../../tables/ticks/ticks-table.ts'
import { openMemoryTable } from '../../drills/cut/memory-table.ts'

/** The function has died. It has the name of an error after which store-ticks does not try again. */
export class TableDied extends Error {
  override readonly name = 'ValidationException'
}

interface PutOfPack {
  readonly PutRequest: { readonly Item: TicksItem & { readonly pack?: Uint8Array } }
}

export interface SteppedTable {
  readonly ticks: TicksTable
  /** Lets the function die after so many more puts of packs; undefined: never. */
  dieAfter(puts: number | undefined): void
}

/**
 * @param order decides in which order the items of a request are put.
 * @param afterPut runs after each put of a pack, with its issue.
 */
export function openSteppedTable(
  order: readonly number[],
  afterPut: (issue: string) => Promise<void>,
): SteppedTable {
  const memory = openMemoryTable()
  let left: number | undefined
  let turn = 0
  const putOne = async (table: string, request: PutOfPack): Promise<void> => {
    const { key, pack } = request.PutRequest.Item
    if (pack !== undefined && left !== undefined && left-- <= 0) throw new TableDied('the function has died')
    await memory.client.send(new BatchWriteCommand({ RequestItems: { [table]: [request] } }))
    if (pack === undefined) return
    try {
      await afterPut(key.split('#', 1)[0]!)
    } catch (cause) {
      // store-ticks would try again after any other error.
      throw new TableDied('the check after a put has failed', { cause })
    }
  }
  const send = async (command: unknown): Promise<object> => {
    if (!(command instanceof BatchWriteCommand)) return memory.client.send(command as never)
    const [table = '', requests = []] = Object.entries(command.input.RequestItems ?? {})[0] ?? []
    const rest = [...requests]
    while (rest.length > 0) {
      const [next] = rest.splice(order[turn++ % order.length]! % rest.length, 1)
      await putOne(table, next as PutOfPack)
    }
    return {}
  }
  return {
    ticks: { client: { send } as unknown as DynamoDBDocumentClient, table: memory.table },
    dieAfter(puts) {
      left = puts
    },
  }
}
