import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AwsError } from '@itastream/local-cloud/aws-error'
import { addMillis, asEpochMillis } from '../../../market/units.ts'
import { createCutReader } from '../../../tables/users/cut-reader.ts'
import { writeCut } from '../../../tables/users/user-cut.ts'
import type { UsersTable } from '../../../tables/users/users-table.ts'
import { startTables, TABLES, type Tables } from '../../functions/tables.ts'

let tables: Tables
let users: UsersTable
let reads = 0
let isAway = false
before(async () => {
  tables = await startTables({
    answer: async ({ operation, input, run }) => {
      if (operation === 'GetItem') {
        reads++
        if (isAway) throw new AwsError(400, 'AccessDeniedException', 'no right')
      }
      return run(input)
    },
  })
  users = { client: tables.client, table: TABLES.USERS_TABLE }
})
after(() => tables[Symbol.asyncDispose]())

test('a cut is noticed within half a minute, with one read in that time', async () => {
  let now = asEpochMillis(0)
  const read = createCutReader(users, () => now)
  assert.equal(await read('a'), undefined)
  const cut = await writeCut(users, 'a', 3_600)
  reads = 0
  now = addMillis(now, 29_999)
  assert.equal(await read('a'), undefined)
  assert.equal(reads, 0)
  now = addMillis(now, 1)
  assert.deepEqual(await read('a'), cut)
  assert.deepEqual(await read('a'), cut)
  assert.equal(reads, 1)
  assert.equal(await read('b'), undefined)
  assert.equal(reads, 2)
})

test('a read that fails is an error, unless the cut is known', async () => {
  let now = asEpochMillis(0)
  const read = createCutReader(users, () => now)
  await read('c')
  isAway = true
  assert.equal(await read('c'), undefined)
  await assert.rejects(read('d'), /no right/)
  now = addMillis(now, 30_000)
  await assert.rejects(read('c'), /no right/)
  isAway = false
  assert.equal(await read('c'), undefined)
})
