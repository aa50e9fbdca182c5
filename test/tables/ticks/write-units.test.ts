import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import { asEpochSeconds, asTradingDate } from '../../../market/units.ts'
import { packItem } from '../../../tables/ticks/ticks-item.ts'
import { itemBytes, writeUnits } from '../../../tables/ticks/write-units.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

test('an item has the bytes of its names and values; a number has one for two digits and one more', () => {
  assert.equal(itemBytes({ key: '7203#20261120', pack: new Uint8Array(100) }), 3 + 13 + 4 + 100)
  assert.equal(itemBytes({ 板: '買' }), 6)
  assert.equal(itemBytes({ n: 1_795_618_800 }), 1 + 4 + 1)
  assert.equal(itemBytes({ n: 1_795_618_801 }), 1 + 5 + 1)
  assert.equal(itemBytes({ yes: true }), 4)
  assert.throws(() => itemBytes({ list: [] }), TypeError)
})

test('a table consumes as many write units as are counted', async () => {
  let items = 0
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.nat({ max: 16_000 }), fc.constantFrom(1023, 1024, 1025)),
      fc.integer({ min: 1_790_000_000, max: 1_900_000_000 }),
      async (bytes, expires) => {
        // Each item has its own key: an item that replaces a larger item consumes the units of the larger item.
        const place = { time: 32_400_000_000, sequence: ++items }
        const item = packItem(
          '7203',
          asTradingDate(20261120),
          place,
          new Uint8Array(bytes),
          asEpochSeconds(expires),
        )
        const { ConsumedCapacity } = await tables.client.send(
          new BatchWriteCommand({
            RequestItems: { [TABLES.TICKS_TABLE]: [{ PutRequest: { Item: item } }] },
            ReturnConsumedCapacity: 'TOTAL',
          }),
        )
        assert.equal(ConsumedCapacity?.[0]?.CapacityUnits, writeUnits(item))
      },
    ),
    { numRuns: 60 },
  )
})
