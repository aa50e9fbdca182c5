import { test } from 'node:test'
import { until } from '../../until.ts'
import { bufferBytes, openItems } from './items-memory.ts'

const ROUNDS = 400
const VALUE_BYTES = 50_000

test('a query keeps no copy of the table in memory after its end', async t => {
  const call = await openItems(t)
  const before = bufferBytes()
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
  await until(
    () => bufferBytes() - before < (ROUNDS * VALUE_BYTES) / 10,
    `less than a tenth of ${ROUNDS * VALUE_BYTES} bytes of values in memory`,
    { pollMs: 100 },
  )
})
