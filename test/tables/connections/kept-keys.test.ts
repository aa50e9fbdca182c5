import assert from 'node:assert/strict'
import { after, before, mock, test } from 'node:test'
import { readRoom, roomOf } from '../../../tables/connections/connections-table.ts'
import { readKeptKeys, writeKeptKeys } from '../../../tables/connections/kept-keys.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

const ISSUER = 'https://issuer.example'
const KEYS = [{ kid: 'k1', kty: 'RSA', n: 'x', e: 'AQAB' }]
const DAY_MS = 24 * 3_600_000

let tables: Tables
before(async () => {
  tables = await startTables()
})
after(() => tables[Symbol.asyncDispose]())

test('the keys of an issuer are kept for a week, and are in no room', async t => {
  const now = Date.parse('2026-11-20T09:00:00+09:00')
  mock.timers.enable({ apis: ['Date'], now })
  t.after(() => mock.timers.reset())
  const table = { client: tables.client, table: TABLES.CONNECTIONS_TABLE }
  assert.equal(await readKeptKeys(table, ISSUER), undefined)
  await writeKeptKeys(table, ISSUER, [])
  await writeKeptKeys(table, ISSUER, KEYS)
  assert.deepEqual(await readKeptKeys(table, ISSUER), KEYS)
  assert.equal(await readKeptKeys(table, 'https://other.example'), undefined)
  assert.deepEqual(await readRoom(table, roomOf('any', 1)), [])

  mock.timers.setTime(now + 7 * DAY_MS - 1)
  assert.deepEqual(await readKeptKeys(table, ISSUER), KEYS)
  mock.timers.setTime(now + 7 * DAY_MS)
  assert.equal(await readKeptKeys(table, ISSUER), undefined)
})
