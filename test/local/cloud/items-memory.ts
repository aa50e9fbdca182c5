/** A table of the DynamoDB stand-in, and the memory that its items take. */
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openDynamoStore } from '../../../local/cloud/stores/dynamo-store.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Returns the bytes of all array buffers in use. V8 frees them on a thread of its own, some time after a collection. */
export function bufferBytes(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}

/** Creates a table with the key `key`. Returns a function that calls an operation on it. */
export async function openItems(
  t: TestContext,
): Promise<(operation: string, input: object) => Promise<object>> {
  const store = openDynamoStore()
  t.after(() => store.close())
  const call = (operation: string, input: object): Promise<object> =>
    store.operation(operation)!({ TableName: 'items', ...input })
  await call('CreateTable', {
    AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  })
  await sleep(100)
  return call
}
