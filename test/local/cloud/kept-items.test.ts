import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openDynamoStore } from '../../../local/cloud/stores/dynamo-store.ts'
import { until } from '../../until.ts'

const KEPT_ITEMS = 500
/** Each kept item stands between items that the next ones replace, as a pack stands between boards. */
const REPLACED_ITEMS_EACH = 10
const VALUE_BYTES = 2_000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

test('a kept item holds little more memory than its size, whatever was written next to it', async t => {
  const store = openDynamoStore()
  t.after(() => store.close())
  const call = (operation: string, input: object): Promise<object> =>
    store.operation(operation)!({ TableName: 'items', ...input })
  const put = (key: string): Promise<object> =>
    call('PutItem', { Item: { key: { S: key }, value: { S: key.padEnd(VALUE_BYTES, '.') } } })
  await call('CreateTable', {
    AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  })
  await sleep(100)
  collectGarbage()
  const before = process.memoryUsage().arrayBuffers
  for (let item = 0; item < KEPT_ITEMS; item++) {
    await put(`kept ${item}`)
    for (let other = 0; other < REPLACED_ITEMS_EACH; other++) await put(`replaced ${other}`)
  }
  const grown = (): number => process.memoryUsage().arrayBuffers - before
  // V8 frees array buffers on a thread of its own, some time after a collection.
  await until(
    () => {
      collectGarbage()
      return grown() < 2 * KEPT_ITEMS * VALUE_BYTES
    },
    `at most twice the ${KEPT_ITEMS * VALUE_BYTES} bytes of the kept items`,
    { pollMs: 100, limitMs: 5_000 },
  )
  assert.ok(grown() >= KEPT_ITEMS * VALUE_BYTES, 'the kept items are in array buffers')
})
