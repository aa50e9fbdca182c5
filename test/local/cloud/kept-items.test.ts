import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../../until.ts'
import { bufferBytes, openItems } from './items-memory.ts'

const KEPT_ITEMS = 500
/** Each kept item stands between items that the next ones replace, as a pack stands between boards. */
const REPLACED_ITEMS_EACH = 10
const VALUE_BYTES = 2_000

test('a kept item holds little more memory than its size, whatever was written next to it', async t => {
  const call = await openItems(t)
  const put = (key: string): Promise<object> =>
    call('PutItem', { Item: { key: { S: key }, value: { S: key.padEnd(VALUE_BYTES, '.') } } })
  const before = bufferBytes()
  for (let item = 0; item < KEPT_ITEMS; item++) {
    await put(`kept ${item}`)
    for (let other = 0; other < REPLACED_ITEMS_EACH; other++) await put(`replaced ${other}`)
  }
  const grown = (): number => bufferBytes() - before
  await until(
    () => grown() < 2 * KEPT_ITEMS * VALUE_BYTES,
    `at most twice the ${KEPT_ITEMS * VALUE_BYTES} bytes of the kept items`,
    { pollMs: 100, limitMs: 5_000 },
  )
  assert.ok(grown() >= KEPT_ITEMS * VALUE_BYTES, 'the kept items are in array buffers')
})
