import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { asEpochMillis } from '../../../market/units.ts'
import { readReconnectWish, writeReconnectWish } from '../../../tables/boards/reconnect-wish.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

let tables: Tables
const boards = () => ({ client: tables.client, table: TABLES.BOARDS_TABLE })
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

test('the latest wish is read', async () => {
  assert.equal(await readReconnectWish(boards()), undefined)
  await writeReconnectWish(boards(), { at: asEpochMillis(1_000), within: 300_000 })
  await writeReconnectWish(boards(), { at: asEpochMillis(2_000), within: 60_000 })
  assert.deepEqual(await readReconnectWish(boards()), { at: 2_000, within: 60_000 })
})
