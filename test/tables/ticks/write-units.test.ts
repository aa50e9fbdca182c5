import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { asTradingDate } from '../../../market/units.ts'
import { packItem } from '../../../tables/ticks/ticks-item.ts'
import { itemBytes, writeUnits } from '../../../tables/ticks/write-units.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

test('an item has the bytes of its names and values, a number a byte for two digits and one more', () => {
  assert.equal(itemBytes({ key: { S: '7203#20261120' }, pack: { B: new Uint8Array(100) } }), 3 + 13 + 4 + 100)
  assert.equal(itemBytes({ 板: { S: '買' } }), 6)
  assert.equal(itemBytes({ n: { N: '1795618800' } }), 1 + 4 + 1)
  assert.equal(itemBytes({ n: { N: '1795618801' } }), 1 + 5 + 1)
  assert.equal(itemBytes({ yes: { BOOL: true } }), 4)
  assert.throws(() => itemBytes({ list: { L: [] } }), TypeError)
})

test('a table asks for as many write units as were counted', async () => {
  let items = 0
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.nat({ max: 16_000 }), fc.constantFrom(1023, 1024, 1025)),
      fc.integer({ min: 1_790_000_000, max: 1_900_000_000 }),
      async (bytes, expires) => {
        // A place of its own each time: putting a smaller item in the place of another costs what that one did.
        const place = { time: 32_400_000_000, sequence: ++items }
        const item = packItem('7203', asTradingDate(20261120), place, new Uint8Array(bytes), expires)
        const { ConsumedCapacity } = await tables.client.send(
          new BatchWriteItemCommand({
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
