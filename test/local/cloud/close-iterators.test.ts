import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openDynamoStore } from '../../../local/cloud/stores/dynamo-store.ts'
import { until } from '../../until.ts'

const ROUNDS = 400
const VALUE_BYTES = 50_000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

test('a query keeps no copy of the table in memory after its end', async t => {
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
  collectGarbage()
  const before = process.memoryUsage().arrayBuffers
  for (let round = 0; round < ROUNDS; round++) {
    await call('PutItem', {
      Item: { key: { S: 'one' }, value: { S: String(round).padEnd(VALUE_BYTES, '.') } },
    })
    await call('Query', {
      KeyConditionExpression: '#key = :key',
      ExpressionAttributeNames: { '#key': 'key' },
      ExpressionAttributeValues: { ':key': { S: 'one' } },
    })
  }
  // V8 frees array buffers on a thread of its own, some time after a collection.
  await until(
    () => {
      collectGarbage()
      return process.memoryUsage().arrayBuffers - before < (ROUNDS * VALUE_BYTES) / 10
    },
    `less than a tenth of ${ROUNDS * VALUE_BYTES} bytes of values in memory`,
    { pollMs: 100 },
  )
})
