import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { asEpochMillis } from '../../../market/units.ts'
import {
  expiryOf,
  readAccess,
  tokyoDate,
  tokyoMonth,
  writeAccess,
} from '../../../tables/users/access-records.ts'
import type { AccessItem, AccessWay, UsersTable } from '../../../tables/users/users-table.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

let tables: Tables
let users: UsersTable
before(async () => {
  tables = await startTables()
  users = { client: tables.client, table: TABLES.USERS_TABLE }
})
after(() => tables[Symbol.asyncDispose]())

const at = (iso: string) => asEpochMillis(Date.parse(iso))
const write = (user: string, iso: string, by: AccessWay) => writeAccess(users, { user, at: at(iso), by })
const recordsOf = (month: string): Promise<AccessItem[]> => readAccess(users, month)

test('dates and months are those of Tokyo', () => {
  assert.equal(tokyoDate(at('2026-10-31T14:59:59.999Z')), '2026-10-31')
  assert.equal(tokyoDate(at('2026-10-31T15:00:00Z')), '2026-11-01')
  assert.equal(tokyoMonth(at('2026-12-31T14:59:59.999Z')), '2026-12')
  assert.equal(tokyoMonth(at('2026-12-31T15:00:00Z')), '2027-01')
})

test('records are kept for two years after the end of their month', () => {
  for (const [month, until] of [
    ['2026-11', '2028-12-01T00:00:00+09:00'],
    ['2026-12', '2029-01-01T00:00:00+09:00'],
    ['2027-01', '2029-02-01T00:00:00+09:00'],
    ['2026-02', '2028-03-01T00:00:00+09:00'],
  ] as const)
    assert.equal(expiryOf(month), Date.parse(until) / 1000, month)
  assert.throws(() => expiryOf('november'), /expected a month YYYY-MM, got november/)
})

test('a record has the first and the last access, and the way of the first', async () => {
  await write('a', '2026-03-02T09:00:00+09:00', 'rest')
  await write('a', '2026-03-05T10:00:00+09:00', 'stream')
  await write('b', '2026-03-03T08:00:00+09:00', 'stream')
  assert.deepEqual(await recordsOf('2026-03'), [
    {
      id: 'access#2026-03',
      item: 'a',
      firstAt: at('2026-03-02T09:00:00+09:00'),
      firstBy: 'rest',
      lastAt: at('2026-03-05T10:00:00+09:00'),
      expires: Date.parse('2028-04-01T00:00:00+09:00') / 1000,
    },
    {
      id: 'access#2026-03',
      item: 'b',
      firstAt: at('2026-03-03T08:00:00+09:00'),
      firstBy: 'stream',
      lastAt: at('2026-03-03T08:00:00+09:00'),
      expires: Date.parse('2028-04-01T00:00:00+09:00') / 1000,
    },
  ])
})

test('a write that comes late does not make the last access earlier', async () => {
  await write('a', '2026-04-05T10:00:00+09:00', 'stream')
  await write('a', '2026-04-02T10:00:00+09:00', 'rest')
  const [record] = await recordsOf('2026-04')
  assert.deepEqual(
    [record?.firstAt, record?.lastAt],
    [at('2026-04-05T10:00+09:00'), at('2026-04-05T10:00+09:00')],
  )
})

test('an access counts to the month of its moment in Tokyo', async () => {
  await write('last', '2026-05-31T23:59:59.999+09:00', 'stream')
  await write('first', '2026-06-01T00:00:00+09:00', 'stream')
  await write('both', '2026-05-31T15:00:00+09:00', 'stream')
  await write('both', '2026-06-30T15:00:00+09:00', 'rest')
  const usersOf = async (month: string) => (await recordsOf(month)).map(({ item }) => item)
  assert.deepEqual(await usersOf('2026-05'), ['both', 'last'])
  assert.deepEqual(await usersOf('2026-06'), ['both', 'first'])
  assert.deepEqual(await usersOf('2026-07'), [])
})
