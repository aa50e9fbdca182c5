/** DynamoDB on dynalite. */
import { create } from 'dynalite/db/index.js'
import type { Operation } from '../operation.ts'
import { ACCOUNT, REGION } from '../template/place.ts'
import { closeIteratorsOfStreams } from './close-iterators.ts'
import { dynaliteActions } from './dynalite-actions.ts'

export interface DynamoStore {
  operation(name: string): Operation | undefined
  close(): Promise<void>
}

interface TimeToLiveInput {
  readonly TableName: string
  readonly TimeToLiveSpecification: { readonly AttributeName: string; readonly Enabled: boolean }
}

/** @param folder keeps the tables. Without it they are in memory and last for one run. */
export function openDynamoStore(folder?: string): DynamoStore {
  closeIteratorsOfStreams()
  doNotPoolBuffers()
  const store = create({
    ...(folder === undefined ? {} : { path: folder }),
    // A table is active at once.
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
  })
  store.tableDb.awsAccountId = ACCOUNT
  store.tableDb.awsRegion = REGION
  const actions = dynaliteActions(store)
  /** Attribute by table. It is only accepted and reported: expired items stay, as DynamoDB may keep them for days. */
  const timeToLive = new Map<string, string>()

  const own: Readonly<Record<string, Operation>> = {
    async UpdateTimeToLive(input) {
      const { TableName, TimeToLiveSpecification: specification } = input as TimeToLiveInput
      await actions('DescribeTable')?.({ TableName })
      if (specification.Enabled) timeToLive.set(TableName, specification.AttributeName)
      else timeToLive.delete(TableName)
      return { TimeToLiveSpecification: specification }
    },
    async DescribeTimeToLive(input) {
      const { TableName } = input as { TableName: string }
      await actions('DescribeTable')?.({ TableName })
      const AttributeName = timeToLive.get(TableName)
      return {
        TimeToLiveDescription:
          AttributeName === undefined
            ? { TimeToLiveStatus: 'DISABLED' }
            : { TimeToLiveStatus: 'ENABLED', AttributeName },
      }
    },
  }
  return {
    operation: name => own[name] ?? actions(name),
    close: () =>
      new Promise((resolve, reject) => store.db.close(error => (error ? reject(error) : resolve()))),
  }
}

/**
 * Gives every buffer of this process memory of its own. By default Node.js cuts small buffers from blocks of 8 KB. Then
 * one kept item holds the whole block, in which items of other tables were replaced long ago: nine times its size.
 */
function doNotPoolBuffers(): void {
  Buffer.poolSize = 0
}
